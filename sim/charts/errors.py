r"""Error share over time: of the requests answered in a window, how many were answered by a failure.

    %  |      /~~~~\
       |_____/      \______
       +--------------------> time
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts import series
from sim.charts.bands import draw_band
from sim.charts.marks import fault_windows, legend, of_flows, shade_faults, time_axis
from sim.charts.style import axes_for, style
from sim.charts.subject import sides

if TYPE_CHECKING:
    from collections.abc import Collection

    from matplotlib.axes import Axes

LEAST_TOP = 0.01
"""A chart without errors still shows a percent, so that noise does not look like a disaster."""


def plot(subject: Any, ax: Axes | None = None, *, flow: str | Collection[str] | None = None, **line: Any) -> Axes:
    """Draw the error share of a result, or of both sides of a comparison; returns the axes.

    ``flow``: name or names of the flows counted; all by default. Further keywords go to the lines.
    """
    from matplotlib.ticker import PercentFormatter  # noqa: PLC0415 - loaded by the first chart only

    shown = sides(subject)
    with style():
        ax = axes_for(ax)
        size = time_axis(ax, shown)
        entries: list[tuple[object, str]] = []
        top = LEAST_TOP
        for side in shown:
            band = series.band(series.errors(side.records, series.flow_numbers(side.network, flow)))
            entries.append((draw_band(ax, side, band, size, most=1.0, **line), side.label))
            top = max(top, float(np.nanmax(band.high, initial=0.0)))
        ax.set_ylim(0.0, min(1.0, 1.08 * top))
        ax.yaxis.set_major_formatter(PercentFormatter(1.0))
        ax.set_ylabel("failed answers (%)")
        ax.set_title(f"Error share{of_flows(flow)}")
        shade_faults(ax, fault_windows(shown), size)
        legend(ax, entries)
    return ax
