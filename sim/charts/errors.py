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
from sim.charts.marks import fault_windows, finish, legend, of_flows, shade_faults, time_axis
from sim.charts.style import axes_for, style
from sim.charts.subject import sides
from sim.charts.text import title
from sim.stats.figures import format_value

if TYPE_CHECKING:
    from collections.abc import Collection

    from matplotlib.axes import Axes

LEAST_TOP = 0.01
"""A chart without errors still shows a percent, so that noise does not look like a disaster."""


def plot(subject: Any, ax: Axes | None = None, *, flow: str | Collection[str] | None = None, **line: Any) -> Axes:
    """Draw the error share of a result, or of both sides of a comparison; returns the axes.

    ``flow``: name or names of the flows counted; all by default. Further keywords go to the lines.
    """
    shown, own = sides(subject), ax is None
    with style():
        ax = axes_for(ax)
        size = time_axis(ax, shown)
        entries: list[tuple[object, str]] = []
        top = LEAST_TOP
        said = []
        for side in shown:
            band = series.band(series.errors(side.records, series.flow_numbers(side.network, flow)))
            entries.append((draw_band(ax, side, band, size, most=1.0, **line), side.label))
            top = max(top, float(np.nanmax(band.high, initial=0.0)))
            worst = float(np.nanmax(band.mean, initial=0.0))
            said.append(f"{side.label}: at most {format_value(worst, 'share')} of the answers of a window failed.")
        ax.set_ylim(0.0, min(1.0, 1.08 * top))
        ax.yaxis.set_major_formatter(lambda value, _at: format_value(value, "share"))
        ax.set_ylabel("failed answers")
        title(ax, f"Error share{of_flows(flow)}")
        shade_faults(ax, fault_windows(shown), size)
        legend(ax, entries)
        finish(ax, shown, f"Error share over time{of_flows(flow)}. {' '.join(said)}", own=own)
    return ax
