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
from sim.charts.marks import of_flows
from sim.charts.over_time import over_time
from sim.stats.figures import format_value

if TYPE_CHECKING:
    from collections.abc import Collection

    from matplotlib.axes import Axes

THIN, THICK = 0.9, 2.0


def plot(subject: Any, ax: Axes | None = None, *, flow: str | Collection[str] | None = None, **line: Any) -> Axes:
    """Draw latency over time of a result, or of both sides of a comparison; returns the axes.

    ``flow``: name or names of the flows counted; all by default. Further keywords go to the lines.
    """
    name = "Latency of successful answers"
    settings: dict[str, Any] = {"label": "time to an ok answer", "unit": "s", "empty": "no request was answered well"}
    with over_time(subject, ax, name, of_flows(flow), **settings) as panel:
        for side in panel.sides:
            flows = series.flow_numbers(side.network, flow)
            for share, width, label in ((0.5, THICK, "median"), (0.99, THIN, "p99")):
                band = series.band(series.latency_quantiles(side.records, flows, share))
                panel.draw(side, band, label, **{"linewidth": width, **line})
                known = band.mean[np.isfinite(band.mean)]
                most = f"at most {format_value(float(known.max()), 's')}" if len(known) else "not known: none succeeded"
                panel.say(side, f"{label} of a window {most}")
    return panel.ax
