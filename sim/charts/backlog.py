r"""Backlog over time: requests that wait in queues and messages that are not yet committed.

    |        * peak 840, 12 s of work
    |      /   \
    |     /     \
    |____/       \__drained___
    +--------------------------> time

The peak is the highest window of the mean over replications; drained is when the mean is back at what was usual before the
first fault. How much work a backlog is depends on where it waits and how fast that place works: see `sim.charts.work`. So
it is written beside the peak; one axis of seconds could not hold for all places and both sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts import series
from sim.charts.notes import Note
from sim.charts.over_time import over_time
from sim.charts.work import Work, work_of
from sim.stats.figures import format_number, format_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.charts.subject import Side

MARKED_FROM = 5.0
"""A mean backlog that never reaches so many is noise: nothing is marked."""
USUAL = 2.0
"""Drained: at most so many times the mean before the first fault, or so many in all."""
WORK_NOTE = "of work: what waits at the slowest place, by the highest rate at which it was seen to work"


def plot(subject: Any, ax: Axes | None = None, **line: Any) -> Axes:
    """Draw the backlog of a result, or of both sides of a comparison, with peak and end marked; returns the axes."""
    rest = ": requests in queues and messages not yet committed"
    with over_time(subject, ax, "Backlog", rest, label="requests + messages", least=1.0) as panel:
        for side in panel.sides:
            band, work = series.band(series.backlog(side.records)), work_of(side.records)
            panel.draw(side, band, baseline=0.0, **line)
            panel.notes += _mark(panel.ax, side, band.mean, work, panel.size)
            panel.say(side, _said(side, band.mean, work))
        panel.footnote = WORK_NOTE if panel.notes else ""
    return panel.ax


def drained_at(side: Side, mean: series.Floats) -> tuple[int, int | None]:
    """The window of the peak, and the first one after it that is back to usual, None when there is none."""
    faults = [fault.at for fault in side.network.scenario.faults.values()]
    before = mean[: min(faults) // side.network.window] if faults else mean[:0]
    usual = max(USUAL, USUAL * float(before.mean()) if len(before) else 0.0)
    peak = int(np.argmax(mean))
    below = np.flatnonzero(mean[peak:] <= usual)
    return peak, peak + int(below[0]) if len(below) else None


def _mark(ax: Axes, side: Side, mean: series.Floats, work: Work, size: float) -> list[Note]:
    """Mark the peak and where the backlog is drained; returns what to write beside them."""
    peak, drained = drained_at(side, mean)
    if mean[peak] < MARKED_FROM:
        return []
    borders = series.edges_of(side.network) / size
    middle = (borders[peak] + borders[peak + 1]) / 2
    colour = side.look.colour
    ax.plot([middle], [mean[peak]], marker=side.look.marker, color=colour, markersize=5, zorder=6, linestyle="none")
    seconds = work.seconds[peak]
    text = f"{format_value(seconds, 's')} of work" if np.isfinite(seconds) else "nobody works on it"
    notes = [Note(f"peak {format_number(float(mean[peak]))}, {text}", middle, float(mean[peak]), colour)]
    if drained is not None:
        at = borders[drained]
        ax.plot([at], [0.0], marker="v", color=colour, markersize=6, zorder=6, clip_on=False, linestyle="none")
        notes.append(Note(f"drained at {format_value(float(at) * size, 's', 4)}", at, 0.0, colour))
    return notes


def _said(side: Side, mean: series.Floats, work: Work) -> str:
    """A side in words."""
    peak, drained = drained_at(side, mean)
    if mean[peak] < MARKED_FROM:
        return "next to nothing waits"
    borders = series.edges_of(side.network)
    end = "not drained by the end" if drained is None else f"drained at {format_value(float(borders[drained]), 's', 4)}"
    at = format_value(float(borders[peak]), "s", 4)
    name, rate = work.names[work.places[peak]], work.rates[work.places[peak]]
    seen = f"{format_value(work.seconds[peak], 's')} of work for {name}, at {format_value(rate, '1/s')}, the highest rate seen"
    words = seen if rate else f"of which {name} was never seen to do any"
    return f"peak {format_number(float(mean[peak]))} at {at} ({words}), {end}"
