r"""Replicas over time, where they come and go: how many are ready, and how many are wanted.

    |        ,....    ...... wanted: what the autoscaler, or the deploy, has decided
    |    ...: /       ______ ready: started up, neither down nor being replaced
    |___:____/
    +--------------------> time

The curves are means over each window, of all services together that have an autoscaler or are deployed; between them lie the
start-ups. How often the number wanted was raised and lowered is said in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts import series
from sim.charts.over_time import over_time
from sim.record.fields.scalers import SCALER_LOWERED, SCALER_RAISED, SCALER_READY_AREA, SCALER_WANTED_AREA
from sim.stats.figures import format_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from sim.record.record import Record

NONE = "no replicas come and go"


def plot(subject: Any, ax: Axes | None = None, **line: Any) -> Axes:
    """Draw the replicas that are ready and wanted of a result, or of both sides of a comparison; returns the axes."""
    settings: dict[str, Any] = {"label": "replicas", "least": 1.0, "empty": NONE}
    with over_time(subject, ax, "Replicas that come and go", ", all services", **settings) as panel:
        for side in panel.sides:
            if any(record.network.scalers for record in side.records):
                wanted = series.band(number_of(side.records, SCALER_WANTED_AREA))
                panel.draw(side, wanted, "wanted", **{"linestyle": ":", **line})
            ready = series.band(number_of(side.records, SCALER_READY_AREA))
            panel.draw(side, ready, "ready", **line)
            panel.say(side, _said(side.records, ready.mean))
    return panel.ax


def number_of(records: Sequence[Record], area: int) -> series.Floats:
    """Mean number of replicas in each window, of all scaled services, (n, windows); nan where there are none."""
    network = records[0].network
    width = np.diff(series.edges_of(network)) * series.SECOND
    if not network.scalers:
        return np.full((len(records), len(width)), np.nan)
    areas = np.array([record.tables["scalers"][:, :, area].sum(axis=1) for record in records])
    numbers: series.Floats = areas / width
    return numbers


def _said(records: Sequence[Record], ready: series.Floats) -> str:
    """A side in words."""
    if not np.isfinite(ready).any():
        return NONE
    raised, lowered = (
        float(np.mean([record.tables["scalers"][:, :, column].sum() for record in records]))
        for column in (SCALER_RAISED, SCALER_LOWERED)
    )
    least, most = (format_number(float(pick(ready))) for pick in (np.nanmin, np.nanmax))
    times = f"raised {format_number(raised)} times, lowered {format_number(lowered)} times"
    return f"{least} to {most} ready in a window; the number wanted was {times} in a run"
