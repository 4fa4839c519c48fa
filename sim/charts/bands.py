"""A curve with its band: what was counted in a window is drawn over the whole window, never between windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts.series import Band, edges_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.charts.subject import Side

BAND_ALPHA = 0.22


def draw_band(
    ax: Axes, side: Side, band: Band, size: float, *, baseline: float | None = None, most: float = np.inf, **line: Any
) -> object:
    """Draw mean and band of a side over its windows; returns the line, for the legend.

    ``size``: seconds in the unit of the time axis. ``baseline``: fill down to it, for areas. ``most``: what a value can
    be at most; at least it is 0.
    """
    borders = edges_of(side.network) / size
    look = side.look
    ax.fill_between(
        borders,
        _held(np.maximum(band.low, 0.0)),
        _held(np.minimum(band.high, most)),
        step="post",
        color=look.colour,
        alpha=BAND_ALPHA,
        linewidth=0,
        zorder=2,
    )
    if baseline is not None:
        ax.fill_between(borders, baseline, _held(band.mean), step="post", color=look.colour, alpha=0.12, linewidth=0)
    settings: dict[str, Any] = {"color": look.colour, "linestyle": look.line, "zorder": 3, **line}
    return ax.step(borders, _held(band.mean), where="post", **settings)[0]


def _held(values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """One value more, so that the last window is drawn to its end."""
    return np.append(values, values[-1:])
