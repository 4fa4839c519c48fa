r"""Attempts over time: how many times a call is sent, where 1 is a system without retries.

     3 |      /~~~~\        a storm of retries: every failing layer multiplies it
     1 |_____/      \_____
       +--------------------> time
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts import series
from sim.charts.over_time import over_time
from sim.stats.figures import format_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST_TOP = 1.5


def plot(subject: Any, ax: Axes | None = None, **line: Any) -> Axes:
    """Draw attempts for each call of a result, or of both sides of a comparison; returns the axes."""
    settings: dict[str, Any] = {"label": "attempts a call", "least": LEAST_TOP, "empty": "no call was made"}
    with over_time(subject, ax, "Attempts for each call", ", all services", **settings) as panel:
        for side in panel.sides:
            band = series.band(series.attempts_a_call(side.records))
            panel.draw(side, band, **line)
            known = band.mean[np.isfinite(band.mean)]
            panel.say(side, f"at most {format_number(float(known.max()))} in a window" if len(known) else "no call was made")
    return panel.ax
