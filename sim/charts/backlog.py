r"""Backlog over time: requests that wait in queues and messages that are not yet committed.

    |        * peak 840, 12 s of work
    |      /   \
    |     /     \
    |____/       \__drained___
    +--------------------------> time

The peak is the highest window of the mean over replications. When it is drained is what the metric drain_time says: of each
replication, how long after the end of a fault until every group's lag is back at its level before; where there is no group,
every queue. Without a fault there is nothing to drain. How much work a backlog is depends on where it waits and how fast that
place works: see `sim.charts.work`. So it is written beside the peak; one axis of seconds could not hold for all places and
both sides.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts import series
from sim.charts.notes import Note
from sim.charts.over_time import over_time
from sim.charts.work import Work, work_of
from sim.metrics.base import SYSTEM
from sim.metrics.drain_time import DRAIN_TIME
from sim.metrics.estimates import estimate_of
from sim.metrics.recovery import drains, episodes, queues_back
from sim.network.lower.faults import is_random
from sim.stats.figures import format_number, format_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from sim.charts.subject import Side
    from sim.record.record import Record

MARKED_FROM = 5.0
"""A mean backlog that never reaches so many is noise: nothing is marked."""
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


def drained(side: Side) -> list[tuple[float, series.Floats]]:
    """The end of each episode of faults, and how long after it the backlog of each replication is as before, in seconds.

    None where faults strike at other times in each replication.
    """
    if is_random(side.network.scenario):
        return []
    each = [_drains(record) for record in side.records]
    ends = [episode.end / series.SECOND for episode in episodes(side.records[0])]
    return [(end, np.array([times[at] for times in each])) for at, end in enumerate(ends)]


def _drains(record: Record) -> list[float]:
    """Of one replication, the time of each episode: that of the slowest group, or of all queues where there is no group."""
    network = record.network
    if network.groups:
        groups = [drains(record, group) for group in range(len(network.groups))]
        return [_longest([one.seconds for one in each]) for each in zip(*groups, strict=True)]
    back: Any = queues_back(record).all(axis=1)
    found = []
    for episode in episodes(record):
        last = network.windows if episode.limit >= network.horizon else episode.limit // network.window
        seen = range(-(-episode.end // network.window), last)
        at = next((number for number in seen if back[number]), None)
        never = np.inf if seen else np.nan
        found.append(never if at is None else (at * network.window - episode.end) / series.SECOND)
    return found


def _longest(times: Sequence[float]) -> float:
    """The longest of some times: inf where one has no end, else nan where one is not known."""
    return math.inf if math.inf in times else math.nan if any(map(math.isnan, times)) else max(times)


def _drain_time(side: Side) -> str:
    """How long the slowest drain took, in words: the figure of the tables."""
    metric = DRAIN_TIME.fitted(side.network.scenario, SYSTEM)
    found = estimate_of(metric, [_longest(_drains(record)) for record in side.records])
    if math.isfinite(found.mean):
        return f"{_back(side)} {found} after the end of a fault"
    if found.infinite:
        return f"not {_back(side)} by the end in {found.infinite} of {found.n} replications"
    return f"when {_back(side)} is not known ({metric.missing})"


def _back(side: Side) -> str:
    """What is over: drain_time is about messages; queues alone have no metric of that name."""
    return "drained" if side.network.groups else "queues as before"


def _mark(ax: Axes, side: Side, mean: series.Floats, work: Work, size: float) -> list[Note]:
    """Mark the peak and where the backlog is drained; returns what to write beside them."""
    peak = int(np.argmax(mean))
    if mean[peak] < MARKED_FROM:
        return []
    borders = series.edges_of(side.network) / size
    middle = (borders[peak] + borders[peak + 1]) / 2
    colour = side.look.colour
    ax.plot([middle], [mean[peak]], marker=side.look.marker, color=colour, markersize=5, zorder=6, linestyle="none")
    seconds = work.seconds[peak]
    text = f"{format_value(seconds, 's')} of work" if np.isfinite(seconds) else "nobody works on it"
    notes = [Note(f"peak {format_number(float(mean[peak]))}, {text}", middle, float(mean[peak]), colour)]
    for end, times in drained(side):
        took = float(times.mean())
        if math.isfinite(took) and took > 0.0:
            at = (end + took) / size
            ax.plot([at], [0.0], marker="v", color=colour, markersize=6, zorder=6, clip_on=False, linestyle="none")
            notes.append(Note(f"{_back(side)} after {format_value(took, 's')}", at, 0.0, colour))
    return notes


def _said(side: Side, mean: series.Floats, work: Work) -> str:
    """A side in words."""
    peak = int(np.argmax(mean))
    if mean[peak] < MARKED_FROM:
        return "next to nothing waits"
    borders = series.edges_of(side.network)
    end = f", {_drain_time(side)}" if side.network.scenario.faults else ""
    at = format_value(float(borders[peak]), "s", 4)
    name, rate = work.names[work.places[peak]], work.rates[work.places[peak]]
    seen = f"{format_value(work.seconds[peak], 's')} of work for {name}, at {format_value(rate, '1/s')}, the highest rate seen"
    words = seen if rate else f"of which {name} was never seen to do any"
    return f"peak {format_number(float(mean[peak]))} at {at} ({words}){end}"
