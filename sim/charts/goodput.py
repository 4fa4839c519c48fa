r"""Goodput over time: unique successes within their deadline per second, beside the load that was offered.

/s |....................  offered
   |~~~\            /~~~  good
   +--------------------> time
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.charts import series
from sim.charts.bands import draw_band
from sim.charts.marks import fault_windows, legend, of_flows, shade_faults, time_axis
from sim.charts.palette import QUIET
from sim.charts.style import axes_for, style
from sim.charts.subject import sides

if TYPE_CHECKING:
    from collections.abc import Collection

    from matplotlib.axes import Axes


def plot(subject: Any, ax: Axes | None = None, *, flow: str | Collection[str] | None = None, **line: Any) -> Axes:
    """Draw goodput of a result, or of both sides of a comparison; returns the axes.

    ``flow``: name or names of the flows counted; all by default. Further keywords go to the lines.
    """
    shown = sides(subject)
    with style():
        ax = axes_for(ax)
        size = time_axis(ax, shown)
        entries: list[tuple[object, str]] = []
        top = 0.0
        for side in shown:
            flows = series.flow_numbers(side.network, flow)
            band = series.band(series.goodput(side.records, flows))
            entries.append((draw_band(ax, side, band, size, **line), side.label))
            top = max(top, float(band.high.max()))
        first = shown[0]
        load = series.band(series.offered(first.records, series.flow_numbers(first.network, flow))).mean
        rule = ax.stairs(load, series.edges_of(first.network) / size, color=QUIET, linewidth=0.8, linestyle=":", baseline=None)
        entries.append((rule, "offered"))
        ax.set_ylim(0.0, 1.08 * max(top, float(load.max()), 1e-9))
        ax.set_ylabel("goodput (/s)")
        ax.set_title(f"Goodput{of_flows(flow)}")
        shade_faults(ax, fault_windows(shown), size)
        legend(ax, entries)
    return ax
