r"""Attempts over time: how many times a call is sent, where 1 is a system without retries.

     3 |      /~~~~\        a storm of retries: every failing layer multiplies it
     1 |_____/      \_____
       +--------------------> time
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts import series
from sim.charts.bands import draw_band
from sim.charts.marks import fault_windows, finish, legend, shade_faults, time_axis
from sim.charts.style import axes_for, style
from sim.charts.subject import sides
from sim.charts.text import title
from sim.stats.figures import format_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST_TOP = 1.5


def plot(subject: Any, ax: Axes | None = None, **line: Any) -> Axes:
    """Draw attempts for each call of a result, or of both sides of a comparison; returns the axes."""
    shown, own = sides(subject), ax is None
    with style():
        ax = axes_for(ax)
        size = time_axis(ax, shown)
        entries: list[tuple[object, str]] = []
        said = []
        top = LEAST_TOP
        for side in shown:
            band = series.band(series.attempts_a_call(side.records))
            entries.append((draw_band(ax, side, band, size, **line), side.label))
            top = max(top, float(np.nanmax(band.high, initial=0.0)))
            said.append(f"{side.label}: at most {format_number(float(np.nanmax(band.mean, initial=0.0)))}.")
        ax.set_ylim(0.0, 1.08 * top)
        ax.set_ylabel("attempts a call")
        title(ax, "Attempts for each call, all services")
        shade_faults(ax, fault_windows(shown), size)
        legend(ax, entries)
        finish(ax, shown, f"Attempts for each call over time. {' '.join(said)}", own=own)
    return ax
