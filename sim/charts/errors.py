r"""Error share over time: of the requests answered in a window, how many were answered by a failure.

    %  |      /~~~~\
       |_____/      \______
       +--------------------> time
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts import series
from sim.charts.caption_figures import caption_of_metric
from sim.charts.marks import of_flows
from sim.charts.over_time import over_time
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
    limits: dict[str, Any] = {"least": LEAST_TOP, "most": 1.0, "empty": "no request was answered"}
    with over_time(subject, ax, "Error share", of_flows(flow), label="failed answers", unit="share", **limits) as panel:
        for side in panel.sides:
            band = series.band(series.errors(side.records, series.flow_numbers(side.network, flow)))
            panel.draw(side, band, **line)
            known = band.mean[np.isfinite(band.mean)]
            most = f"at most {format_value(float(known.max()), 'share')} of the answers of a window" if len(known) else ""
            panel.say(side, f"{caption_of_metric(side, flow, 'errors')} failed, {most}" if most else "no request was answered")
    return panel.ax
