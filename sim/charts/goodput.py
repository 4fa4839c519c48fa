r"""Goodput over time: unique successes within their deadline per second, beside the load that was offered.

/s |....................  offered
   |~~~\            /~~~  good
   +--------------------> time
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.charts import series
from sim.charts.caption_figures import caption_of_metric
from sim.charts.marks import of_flows
from sim.charts.over_time import over_time
from sim.charts.palette import theme
from sim.stats.figures import format_value

if TYPE_CHECKING:
    from collections.abc import Collection

    from matplotlib.axes import Axes


def plot(subject: Any, ax: Axes | None = None, *, flow: str | Collection[str] | None = None, **line: Any) -> Axes:
    """Draw goodput of a result, or of both sides of a comparison; returns the axes.

    ``flow``: name or names of the flows counted; all by default. Further keywords go to the lines.
    """
    with over_time(subject, ax, "Goodput", of_flows(flow), label="goodput (/s)") as panel:
        for side in panel.sides:
            band = series.band(series.goodput(side.records, series.flow_numbers(side.network, flow)))
            panel.draw(side, band, **line)
            lowest = format_value(float(band.mean.min()), "1/s")
            panel.say(side, f"{caption_of_metric(side, flow, 'goodput')}, {lowest} in the worst window")
        first = panel.sides[0]
        load = series.band(series.offered(first.records, series.flow_numbers(first.network, flow))).mean
        borders = series.edges_of(first.network) / panel.size
        rule = panel.ax.stairs(load, borders, color=theme().quiet, linewidth=1.0, linestyle=":", baseline=None)
        panel.entries.append((rule, "offered"))
        panel.reach(float(load.max()))
    return panel.ax
