r"""Concurrency limits over time: how many requests a replica lets be in flight, and how many are.

    |  _____          ______ the limit, as it learns
    | /     \____
    |/........:..:....:..... in flight, waiting or at work
    +--------------------> time

The curves are means over each window and over all replicas of services with a limit. Where they touch, requests are turned
away. How many were let in, and how often the limit was set anew, is said in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts import series
from sim.charts.over_time import over_time
from sim.metrics.at_replicas import limited_replicas
from sim.record.fields.limiters import IN_FLIGHT_AREA, LIMIT_AREA, LIMITER_ADMITTED, LIMITER_LEARNT
from sim.stats.figures import format_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from sim.record.record import Record

NONE = "no service has a concurrency limit"


def plot(subject: Any, ax: Axes | None = None, **line: Any) -> Axes:
    """Draw limit and requests in flight of a result, or of both sides of a comparison; returns the axes."""
    settings: dict[str, Any] = {"label": "requests, a replica", "least": 1.0, "empty": NONE}
    with over_time(subject, ax, "Concurrency limits", ", all services", **settings) as panel:
        for side in panel.sides:
            if any(record.network.limiters for record in side.records):
                flying = series.band(by_replica(side.records, IN_FLIGHT_AREA))
                panel.draw(side, flying, "in flight", **{"linestyle": ":", **line})
            limit = series.band(by_replica(side.records, LIMIT_AREA))
            panel.draw(side, limit, "limit", **line)
            panel.say(side, _said(side.records, limit.mean))
    return panel.ax


def by_replica(records: Sequence[Record], area: int) -> series.Floats:
    """Mean over each window, and over all replicas that have a limit, (n, windows); nan where there are none."""
    network = records[0].network
    width = np.diff(series.edges_of(network)) * series.SECOND
    if not network.limiters:
        return np.full((len(records), len(width)), np.nan)
    replicas = limited_replicas(records[0], range(len(network.limiters)))
    areas = np.array([record.tables["limiters"][:, :, area].sum(axis=1) for record in records])
    numbers: series.Floats = areas / (width * replicas)
    return numbers


def _said(records: Sequence[Record], limit: series.Floats) -> str:
    """A side in words."""
    if not np.isfinite(limit).any():
        return NONE
    admitted, learnt = (
        float(np.mean([record.tables["limiters"][:, :, column].sum() for record in records]))
        for column in (LIMITER_ADMITTED, LIMITER_LEARNT)
    )
    least, most = (format_number(float(pick(limit))) for pick in (np.nanmin, np.nanmax))
    times = f"set anew {format_number(learnt)} times"
    return f"a limit of {least} to {most} in a window, {times}; {format_number(admitted)} requests let in, in a run"
