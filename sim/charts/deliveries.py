r"""Deliveries in vain over time: what queues hand out, and nobody acknowledges.

    |      ____
    |     |    \__
    |_____|       \____      a second: expired, or handed back
    +--------------------> time

The curve is the number of deliveries a second that were not acknowledged in time or were handed back, over all queues. How
many of each, and how many messages became dead letters, is said in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts import series
from sim.charts.over_time import over_time
from sim.record import fields as f
from sim.stats.figures import format_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from sim.record.record import Record

NONE = "there is no queue"


def plot(subject: Any, ax: Axes | None = None, **line: Any) -> Axes:
    """Draw the deliveries in vain of a result, or of both sides of a comparison; returns the axes."""
    settings: dict[str, Any] = {"label": "deliveries (/s)", "least": 1.0, "empty": NONE}
    with over_time(subject, ax, "Deliveries in vain", ", of all queues", **settings) as panel:
        for side in panel.sides:
            panel.draw(side, series.band(in_vain(side.records)), baseline=0.0, **line)
            panel.say(side, _said(side.records))
    return panel.ax


def in_vain(records: Sequence[Record]) -> series.Floats:
    """Deliveries that expired or were handed back, a second, (n, windows); nan without queues."""
    network = records[0].network
    width = np.diff(series.edges_of(network))
    if not network.queues:
        return np.full((len(records), len(width)), np.nan)
    columns = [f.queues.QUEUE_EXPIRED, f.queues.QUEUE_RETURNED]
    counts = np.array([record.tables["queues"][:, :, columns].sum(axis=(1, 2)) for record in records])
    rates: series.Floats = counts / width
    return rates


def _said(records: Sequence[Record]) -> str:
    """A side in words."""
    if not records[0].network.queues:
        return NONE
    columns = [f.queues.QUEUE_EXPIRED, f.queues.QUEUE_RETURNED, f.queues.QUEUE_DEAD]
    mean = np.mean([record.tables["queues"][:, :, columns].sum(axis=(0, 1)) for record in records], axis=0)
    expired, returned, dead = (format_number(float(value)) for value in mean)
    return f"in a run {expired} expired and {returned} were handed back; {dead} messages became dead letters"
