r"""Goodput over time: unique successes within their deadline per second, beside the load that was offered.

/s |....................  offered
   |~~~\            /~~~  good
   +--------------------> time
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.charts import series
from sim.charts.bands import draw_band
from sim.charts.marks import fault_windows, finish, legend, of_flows, shade_faults, time_axis
from sim.charts.palette import theme
from sim.charts.style import axes_for, style
from sim.charts.subject import sides
from sim.charts.text import title
from sim.stats.figures import format_value

if TYPE_CHECKING:
    from collections.abc import Collection

    from matplotlib.axes import Axes


def plot(subject: Any, ax: Axes | None = None, *, flow: str | Collection[str] | None = None, **line: Any) -> Axes:
    """Draw goodput of a result, or of both sides of a comparison; returns the axes.

    ``flow``: name or names of the flows counted; all by default. Further keywords go to the lines.
    """
    shown, own = sides(subject), ax is None
    with style():
        ax = axes_for(ax)
        size = time_axis(ax, shown)
        entries: list[tuple[object, str]] = []
        top = 0.0
        said = []
        for side in shown:
            flows = series.flow_numbers(side.network, flow)
            band = series.band(series.goodput(side.records, flows))
            entries.append((draw_band(ax, side, band, size, **line), side.label))
            top = max(top, float(band.high.max()))
            lowest, mean = format_value(float(band.mean.min()), "1/s"), format_value(float(band.mean.mean()), "1/s")
            said.append(f"{side.label}: {mean} on average, {lowest} in the worst window.")
        first = shown[0]
        load = series.band(series.offered(first.records, series.flow_numbers(first.network, flow))).mean
        borders = series.edges_of(first.network) / size
        rule = ax.stairs(load, borders, color=theme().quiet, linewidth=1.0, linestyle=":", baseline=None)
        entries.append((rule, "offered"))
        ax.set_ylim(0.0, 1.08 * max(top, float(load.max()), 1e-9))
        ax.set_ylabel("goodput (/s)")
        title(ax, f"Goodput{of_flows(flow)}")
        shade_faults(ax, fault_windows(shown), size)
        legend(ax, entries)
        finish(ax, shown, f"Goodput over time{of_flows(flow)}. {' '.join(said)}", own=own)
    return ax
