r"""How long it takes to recover, over the replications, when some runs ended first.

    share recovered
    1 |            .-------      a step where runs recovered, a band for its interval
      |      .-----'     |  |    a tick where a run ended unrecovered: longer than that, nobody knows how much
    0 +------'--------------> time after the fault

Kaplan and Meier's curve (`sim.stats.survival`): a run that ended first counts for as long as it was watched.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.charts.marks import finish, legend
from sim.charts.notes import Note, place
from sim.charts.style import axes_for, style
from sim.charts.subject import Side, sides
from sim.charts.text import title
from sim.metrics import recovery as recovered
from sim.metrics.spans import has_before
from sim.network.lower.faults import is_random
from sim.stats import survival
from sim.stats.figures import format_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BAND_ALPHA = 0.18


def plot(subject: Any, ax: Axes | None = None, *, fault: str | None = None) -> Axes:
    """Draw the share of replications that have recovered by a time after a fault; returns the axes.

    ``fault``: name of the fault; by default the one that each replication takes longest to recover from. Raises
    ``ValueError`` when the scenario has no fault, none of that name, or one whose recovery could not be seen.
    """
    shown, own = sides(subject), ax is None
    found = [_times(side, fault) for side in shown]
    with style():
        ax = axes_for(ax, size=(7.2, 3.8))
        entries: list[tuple[Any, str]] = []
        notes = []
        said = []
        ends = []
        for side, (times, watched) in zip(shown, found, strict=True):
            curve = survival.recovery(times, watched)
            entries.append((_draw(ax, side, curve), f"{side.label}: {curve.n - curve.unseen} of {curve.n} recovered"))
            said.append(f"{side.label}: {curve}.")
            ends.append(curve.watched)
            if math.isfinite(curve.median):
                notes.append(Note(f"median {format_value(curve.median, 's')}", curve.median, 0.5, side.look.colour, above=True))
        if len(found) > 1:
            (times, watched), (others, others_watched) = found
            names = (shown[0].label, shown[1].label)
            said.append(survival.who_is_sooner(times, others, watched, others_watched, names))
        ax.set_xlim(0.0, 1.05 * max(*ends, 1.0))
        ax.set_ylim(0.0, 1.04)
        ax.set_yticks([0.0, 0.25, 0.5, 0.75, 1.0])
        ax.yaxis.set_major_formatter(lambda value, _at: format_value(value, "share"))
        ax.set_xlabel("time after the end of the fault (s)")
        ax.set_ylabel("recovered")
        place(ax, notes)
        of = f"after {fault}" if fault else "from the worst fault of each run"
        title(ax, f"Time to recover, {of}")
        legend(ax, entries, ncols=1)
        note = "Kaplan-Meier; tick: a run that ended unrecovered"
        finish(ax, shown, f"Share of replications recovered, {of}. {' '.join(said)}", own=own, note=note)
    return ax


def _times(side: Side, fault: str | None) -> tuple[list[float], list[float]]:
    """For each replication how long it took (inf: not seen), and for how long it was watched; in seconds."""
    if not side.network.scenario.faults:
        raise ValueError(f"{side.name} has no fault to recover from")
    times, watched = [], []
    for record in side.records:
        found = recovered.recoveries(record)
        if fault is not None:
            found = [one for one in found if fault in one.episode.faults]
        if not found and fault is not None and fault not in side.network.scenario.faults:
            raise ValueError(f"{side.name} has no fault '{fault}'; faults: {', '.join(side.network.scenario.faults)}")
        times.append(recovered.worst(found))
        watched.append(recovered.worst_watched(found))
    if not has_before(side.network.scenario):
        raise ValueError(f"{side.name}: the recovery {recovered.WITHOUT_BEFORE}; write a later fault, or a shorter run.warmup")
    if is_random(side.network.scenario):  # chance left no recovery to be seen in some runs, which says nothing of it
        seen = [at for at, time in enumerate(times) if not math.isnan(time)]
        times, watched = [times[at] for at in seen] or times, [watched[at] for at in seen] or watched
    if any(map(math.isnan, times)):
        windows = recovered.hold_of(side.network)
        remedy = f"no recovery is seen in less than {windows} windows; write a longer run.horizon, or name a fault"
        raise ValueError(f"{side.name} has a fault that ends too soon before the next one, or before the run does: {remedy}")
    return times, watched


def _draw(ax: Axes, side: Side, curve: survival.Recovery) -> Any:
    """The steps with their band, and a tick for each run that ended unrecovered."""
    look = side.look
    end = max(curve.watched, 1.0) * 1.05
    at = [0.0, *(step.at for step in curve.steps), end if not curve.unseen else curve.watched]
    shares = [0.0, *(step.share for step in curve.steps)]
    low = [0.0, *(step.low for step in curve.steps)]
    high = [0.0, *(step.high for step in curve.steps)]
    for values in (shares, low, high):
        values.append(values[-1])
    ax.fill_between(at, low, high, step="post", color=look.colour, alpha=BAND_ALPHA, linewidth=0, zorder=1)
    drawn = ax.step(at, shares, where="post", color=look.colour, linestyle=look.line, zorder=3)[0]
    seen = {step.at for step in curve.steps}
    ended = [time for time in curve.ended if time not in seen] if curve.unseen else []
    levels = [max((share for when, share in zip(at, shares, strict=True) if when <= time), default=0.0) for time in ended]
    if ended:
        tick: dict[str, Any] = {"marker": "|", "markersize": 9, "markeredgewidth": 1.6, "linestyle": "none"}
        ax.plot(ended, levels, color=look.colour, zorder=4, clip_on=False, **tick)
    return drawn
