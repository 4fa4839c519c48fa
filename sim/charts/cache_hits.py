r"""Caches over time: the share of what they are asked that they have.

    |-----.    ,--------
    |     |   /
    |_____|__/__________     0: all of it comes through to what they shield
    +--------------------> time

The curve is the mean over replications of all caches of a scenario together, in each window. What was loaded, and what waited
for the load of another one, is said in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts import series
from sim.charts.over_time import over_time
from sim.record.fields.caches import CACHE_COALESCED, CACHE_HITS, CACHE_LOOKS, CACHE_MISSES
from sim.stats.figures import format_number, format_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from sim.record.record import Record


def plot(subject: Any, ax: Axes | None = None, **line: Any) -> Axes:
    """Draw the hit ratio of a result, or of both sides of a comparison; returns the axes."""
    settings: dict[str, Any] = {"label": "hit ratio", "unit": "share", "least": 1.0, "most": 1.0, "empty": "no cache is asked"}
    with over_time(subject, ax, "What caches answer", ", all caches", **settings) as panel:
        for side in panel.sides:
            band = series.band(hits(side.records))
            panel.draw(side, band, **line)
            panel.say(side, _said(side.records, band.mean))
    return panel.ax


def hits(records: Sequence[Record]) -> series.Floats:
    """Hits of all that caches were asked in each window, (n, windows); nan where nobody asked any."""
    asked, had = (_counted(records, column) for column in (CACHE_LOOKS, CACHE_HITS))
    return np.divide(had, asked, out=np.full(asked.shape, np.nan), where=asked > 0)


def _counted(records: Sequence[Record], column: int) -> series.Floats:
    """A counter of all caches, by replication and window."""
    return np.array([record.tables["caches"][:, :, column].sum(axis=1) for record in records], dtype=np.float64)


def _said(records: Sequence[Record], mean: series.Floats) -> str:
    """A side in words."""
    if not np.isfinite(mean).any():
        return "no cache is asked"
    loads, waits = (float(_counted(records, column).sum(axis=1).mean()) for column in (CACHE_MISSES, CACHE_COALESCED))
    least = format_value(float(np.nanmin(mean)), "share")
    return f"at least {least} in a window; {format_number(loads)} loads in a run, {format_number(waits)} waited for one"
