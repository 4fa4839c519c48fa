r"""Guards over time: the share of callers whose circuit breakers, or other guards, keep calls back.

    |      ____
    |     |    \__
    |_____|       \____      1: every caller's guard is engaged
    +--------------------> time

The curve is the mean over each window, of all states of all guards: a guard has a state for each replica that calls. What they
refused in the meantime is said in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts import series
from sim.charts.over_time import over_time
from sim.record import fields as f
from sim.stats.figures import format_number, format_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from sim.record.record import Record


def plot(subject: Any, ax: Axes | None = None, **line: Any) -> Axes:
    """Draw the share of engaged guards of a result, or of both sides of a comparison; returns the axes."""
    settings: dict[str, Any] = {"label": "guards engaged", "unit": "share", "least": 1.0, "most": 1.0}
    settings["empty"] = "no call has a guard"
    with over_time(subject, ax, "Guards that keep calls back", ", all calls", **settings) as panel:
        for side in panel.sides:
            band = series.band(engaged(side.records))
            panel.draw(side, band, **line)
            panel.say(side, _said(side.records, band.mean))
    return panel.ax


def engaged(records: Sequence[Record]) -> series.Floats:
    """Share of the states of all guards that keep calls back, mean over each window, (n, windows); nan without guards."""
    network = records[0].network
    states = sum(guard.states for guard in network.guards)
    width = np.diff(series.edges_of(network)) * series.SECOND
    if not states:
        return np.full((len(records), len(width)), np.nan)
    areas = np.array([record.guards[:, :, f.guards.GUARD_ENGAGED_AREA].sum(axis=1) for record in records])
    shares: series.Floats = areas / (width * states)
    return shares


def _said(records: Sequence[Record], mean: series.Floats) -> str:
    """A side in words."""
    if not np.isfinite(mean).any():
        return "no call has a guard"
    refused = float(np.mean([record.guards[:, :, f.guards.GUARD_REFUSED].sum() for record in records]))
    most = format_value(float(np.nanmax(mean)), "share")
    return f"at most {most} engaged in a window, {format_number(refused)} attempts refused in a run"
