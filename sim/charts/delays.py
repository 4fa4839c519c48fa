r"""Latency over time: median and 99th percentile of the successful answers of each window.

    s |      _/--\_       p99 of each window, thin
      |   __/      \__
      |  ~~~~~~~~~~~~~~   median, thick
      +--------------------> time

Answers that failed have no latency here; how many they are is what the error share shows, on the same time axis.
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

THIN, THICK = 0.9, 2.0


def plot(subject: Any, ax: Axes | None = None, *, flow: str | Collection[str] | None = None, **line: Any) -> Axes:
    """Draw latency over time of a result, or of both sides of a comparison; returns the axes.

    ``flow``: name or names of the flows counted; all by default. Further keywords go to the lines.
    """
    shown, own = sides(subject), ax is None
    with style():
        ax = axes_for(ax)
        size = time_axis(ax, shown)
        entries: list[tuple[object, str]] = []
        said = []
        top = 0.0
        for side in shown:
            flows = series.flow_numbers(side.network, flow)
            for share, width, name in ((0.5, THICK, "median"), (0.99, THIN, "p99")):
                band = series.band(series.latency_quantiles(side.records, flows, share))
                entries.append((draw_band(ax, side, band, size, **{"linewidth": width, **line}), f"{side.label}, {name}"))
                known = band.mean[np.isfinite(band.mean)]
                top = max(top, float(np.nanmax(band.high, initial=0.0)))
                said.append(f"{side.label}: {name} at most {format_value(float(known.max(initial=0.0)), 's')}.")
        ax.set_ylim(0.0, 1.08 * top or 1.0)
        ax.yaxis.set_major_formatter(lambda value, _at: format_value(value, "s"))
        ax.set_ylabel("time to an ok answer")
        title(ax, f"Latency of successful answers{of_flows(flow)}")
        shade_faults(ax, fault_windows(shown), size)
        legend(ax, entries)
        finish(ax, shown, f"Latency of successful answers over time{of_flows(flow)}. {' '.join(said)}", own=own)
    return ax
