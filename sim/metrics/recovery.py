r"""When is it over? From the end of a fault to the first moment from which everything is as before.

    fault =======|                          end
    failed  ..####|###.......               share of failed requests, of every flow, and of messages given up or lost,
                  |                         of every group: at most 1 % above its level before
    lag     ..../ | \__....                 every backlog at most its peak before, or a second's worth of arrivals,
                  |<------>|                but no queue that is full, unless it mostly was before; recovered, and still so
                                            for 5 windows, or for 5 seconds where that is more

Faults that overlap or touch are one episode; their times are those of the replication, where they strike at random. A recovery
that does not come before the next fault begins, or before the run ends, has not been seen: its time is infinite, which is said
in words and never averaged. Where these come so soon that no recovery could have been seen, no measured window lies before the
first fault, or the faults of an episode met nothing, there is no time at all (nan): what struck nobody shows nothing. Of
random faults, those count that a recovery could be seen of.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.metrics.breach import flow_requests
from sim.metrics.exercised import NOTHING_MET, met_something
from sim.metrics.once import once
from sim.metrics.reach import reached
from sim.metrics.spans import SECOND, has_before, healthy
from sim.metrics.strikes import strikes
from sim.network.lower.faults import is_random
from sim.record import fields as f
from sim.scenario.checks import recovery_windows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.metrics.base import Metric
    from sim.network import Network
    from sim.record.record import Record
    from sim.scenario.scenario import Scenario

FAILED_ABOVE = 0.01
"""By how much the failed share may lie above its level before the faults."""
WITHOUT_FAULT = "without a fault"
"""Why there is nothing to recover from."""
WITHIN = "within the run"
"""What a recovery that has not been seen was not, where no other fault follows."""
AT_RANDOM = "with random faults of which none struck, or one before anything was measured"
"""Why there may be no value in one replication, where faults strike at random times."""
WITHOUT_BEFORE = "could not be seen: no window before the first fault to compare with"
"""Why nobody can say that all is as before."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Episode:
    """Faults that overlap or touch: ``[begin, end)`` in ns, and ``limit``, when the next begins or the run ends."""

    faults: tuple[str, ...]
    begin: int
    end: int
    limit: int


@dataclass(frozen=True)
class Recovery:
    """How long after an episode all was well again, in seconds, to a window.

    ``inf``: not before its limit; ``nan``: the limit comes too soon for any recovery to be seen, nothing is known of before, or
    the faults met nothing.
    ``watched``: the longest time, in seconds, that could have been seen before that limit; nan when none could.
    """

    episode: Episode
    seconds: float
    watched: float


@once
def episodes(record: Record) -> list[Episode]:
    """Return when faults struck, united where they overlap or touch, in order of time.

    Of a run with faults at random times also where they follow each other sooner than a recovery could be seen: that they do is
    a matter of chance, and says nothing of the system.
    """
    scenario = record.network.scenario
    hold = hold_of(scenario) if is_random(scenario) else 0
    return _united([(one.fault, one.begin, one.end) for one in strikes(record)], scenario, hold)


def declared_episodes(scenario: Scenario) -> list[Episode]:
    """Return the same of the faults of a scenario that have declared times."""
    faults = [(name, fault.at, fault.end) for name, fault in scenario.faults.items() if fault.random is None]
    return _united(sorted(faults, key=lambda one: one[1:]), scenario, 0)


def _united(struck: Sequence[tuple[str, int, int]], scenario: Scenario, hold: int) -> list[Episode]:
    """Unite what overlaps, touches, or is so close that no hold of whole windows lies between; it is in order of time."""
    horizon, window = scenario.run.horizon, scenario.run.window
    united: list[tuple[list[str], int, int]] = []
    for name, first, last in struck:
        if united and (first <= united[-1][2] or (hold and first // window < -(-united[-1][2] // window) + hold)):
            names, begin, end = united[-1]
            united[-1] = (names if name in names else [*names, name], begin, max(end, last))
        else:
            united.append(([name], first, last))
    limits = [*(begin for _, begin, _ in united), horizon][1:]
    return [
        Episode(tuple(names), begin, end, min(limit, horizon))
        for (names, begin, end), limit in zip(united, limits, strict=True)
    ]


@once
def recoveries(record: Record, flow: int | None = None) -> list[Recovery]:
    """Return the recovery from each episode: of the whole system, or of one flow's requests and the messages they lead to."""
    if not episodes(record):
        return []
    calm, kept = quiet_flows(record), quiet_groups(record)
    if flow is None:
        every = _all(calm) & _all(kept) & held(_all(backlogs_back(record)), hold_of(record.network))
    else:
        every = calm[:, flow] & _all(kept[:, reached(record.network)[1][flow]])
    return _that_were_seen(record, [_from_end(record, episode, every) for episode in episodes(record)])


def _that_were_seen(record: Record, found: list[Recovery]) -> list[Recovery]:
    """Return recoveries without those of random faults that could not be seen, or that met nothing, if there are others.

    Whether chance leaves a time to see one says nothing of how long it takes.
    """
    seen = [one for one in found if not math.isnan(one.seconds)]
    return seen if seen and is_random(record.network.scenario) else found


def hold_of(of: Network | Scenario) -> int:
    """Return for how many windows all must be well before it counts as recovered."""
    scenario: Scenario = getattr(of, "scenario", of)  # type: ignore[arg-type]
    return recovery_windows(scenario.run.window)


@once
def quiet_flows(record: Record) -> Flags:
    """Return for each window and flow whether, over it and the rest of the hold, the failed share is as it was before.

    The share is taken over all these windows together, so that one failure of a rare flow is not a relapse. Windows too
    close to the end to be followed by a whole hold are not quiet.
    """
    settled, failed = flow_requests(record)
    first, stop = healthy(record)
    before = failed[first:stop].sum(axis=0) / np.maximum(settled[first:stop].sum(axis=0), 1)
    offered = record.flows[:, :, f.flows.FLOW_OFFERED]
    flows = len(before)
    sums = _over_hold(np.concatenate([settled, failed, offered], axis=1), hold_of(record.network))
    total, bad, asked = sums[:, :flows], sums[:, flows : 2 * flows], sums[:, 2 * flows :]
    answered = (total > 0) | (asked == 0)
    quiet: Flags = answered & (bad <= (before + FAILED_ABOVE) * total)
    return quiet


@once
def quiet_groups(record: Record) -> Flags:
    """Return the same for each window and group, of its messages: the share that was given up, handed on or lost, for good."""
    columns = [f.groups.GROUP_DROPPED, f.groups.GROUP_LOST, f.groups.GROUP_EXPIRED, f.groups.GROUP_HANDED_ON]
    failed = record.groups[:, :, columns].sum(axis=2)
    ended = record.groups[:, :, f.groups.GROUP_APPLIED] + failed
    first, stop = healthy(record)
    before = failed[first:stop].sum(axis=0) / np.maximum(ended[first:stop].sum(axis=0), 1)
    hold = hold_of(record.network)
    total, bad = _over_hold(ended, hold), _over_hold(failed, hold)
    quiet: Flags = (total >= 0) & (bad <= (before + FAILED_ABOVE) * total)
    return quiet


def backlogs_back(record: Record) -> Flags:
    """Return for each window whether each backlog is as before: lags of groups, then queues of services."""
    return np.concatenate([lags_back(record), queues_back(record)], axis=1)


@once
def lags_back(record: Record) -> Flags:
    """Return for each window and group whether its lag stays at its level before the faults."""
    return _back(record, record.groups[:, :, f.groups.GROUP_LAG_MAX], record.groups[:, :, f.groups.GROUP_APPENDED])


def queues_back(record: Record) -> Flags:
    """Return for each window and service whether its queue stays at its level before the faults.

    A queue in which one replica may be full has not come back, unless as many waited before: others are turned away there.
    One in which all replicas are full never has, unless it was so in half of the windows before: one surge makes no level.
    """
    services = record.network.services
    room = np.array([math.inf if one.queue_max < 0 else max(one.queue_max - 1, 0) for one in services])
    full = np.array([math.inf if one.queue_max <= 0 else one.queue_max * one.replicas for one in services])
    waiting = record.services[:, :, f.services.SERVICE_WAITING_MAX]
    back = _back(record, waiting, record.services[:, :, f.services.SERVICE_ARRIVED], room)
    first, stop = healthy(record)
    used_to = 2 * (waiting[first:stop] >= full).sum(axis=0) >= max(stop - first, 1)
    kept: Flags = back & ((waiting < full) | used_to)
    return kept


def held(flags: Flags, hold: int) -> Flags:
    """Return for each window whether it and the rest of its hold are all set; the last ones, without a whole hold, are not."""
    well: Flags = _over_hold(flags.astype(np.int64), hold) == hold
    return well


@once
def drains(record: Record, group: int) -> list[Recovery]:
    """Return for each episode how long after it the group's lag is back at its level before the faults, and is back to stay.

    Back for a hold, as for a recovery, and after the last relapse before the episode's limit. In a chain of topics the wave
    comes to the later groups after the fault. A relapse has as many bad windows as a hold, with no hold of good ones between
    them: one of chance is none.
    """
    if not episodes(record):
        return []
    back = lags_back(record)[:, group]
    found = [_from_end(record, episode, _to_stay(record, episode, back)) for episode in episodes(record)]
    return _that_were_seen(record, found)


def _to_stay(record: Record, episode: Episode, back: Flags) -> Flags:
    """Return the windows of which all are good for a hold, and that no relapse follows within the episode's watch."""
    hold = hold_of(record.network)
    seen = _seen(record, episode)
    well = held(back[:, None], hold)[:, 0]
    if not seen:
        return well
    bad, last = 0, seen.stop + hold - 1
    for window in range(last - 1, seen.start - 1, -1):
        bad += not back[window]
        if bad >= hold:
            well[: window + 1] = False
            break
        if well[window] and window + hold <= last:
            bad = 0
    return well


def worst(found: list[Recovery]) -> float:
    """Return the longest of the recoveries in seconds; nan without any fault, or when it may be one that could not be seen."""
    times = [recovery.seconds for recovery in found]
    if any(map(math.isinf, times)):
        return math.inf
    return math.nan if any(map(math.isnan, times)) else max(times, default=math.nan)


def worst_watched(found: list[Recovery]) -> float:
    """Return how long the worst recovery takes at least, in seconds: the unseen ones for as long as they were watched."""
    known = [one.watched if math.isinf(one.seconds) else one.seconds for one in found]
    return max((time for time in known if not math.isnan(time)), default=math.nan)


def fit_hold(metric: Metric, scenario: Scenario) -> Metric:
    """Return a metric of recoveries with what a scenario lets one see of them: why there may be none, the shortest watch."""
    if not scenario.faults:
        return replace(metric, missing=WITHOUT_FAULT)
    if not has_before(scenario):
        return replace(metric, missing=WITHOUT_BEFORE)
    hold = hold_of(scenario)
    short = f"less than {hold} windows from a fault's end to the next fault or the end of the run"
    why = f"could not be seen: {short}, or {NOTHING_MET}"
    declared = declared_episodes(scenario)
    times = [_watch(scenario.run.window, one, seen) for one in declared if (seen := _room(scenario, one, hold))]
    cut = any(one.limit < scenario.run.horizon for one in declared)
    if is_random(scenario):
        times, cut, why = [], True, f"{why}, or {AT_RANDOM}"
    infinite = metric.infinite.replace(WITHIN, "before the next fault or the end of the run") if cut else metric.infinite
    return replace(metric, missing=why, infinite=infinite, watched_min=min(times, default=math.nan))


def _back(
    record: Record, peaks: NDArray[np.int64], arrived: NDArray[np.int64], most: NDArray[np.float64] | float = math.inf
) -> Flags:
    """Level before the faults: the peak, or one second's worth of arrivals (but at most ``most``) when that is more."""
    first, stop = healthy(record)
    if stop <= first or not peaks.size:
        return np.zeros(peaks.shape, dtype=np.bool_)
    per_second = arrived[first:stop].sum(axis=0) * SECOND / ((stop - first) * record.network.window)
    back: Flags = peaks <= np.maximum(peaks[first:stop].max(axis=0), np.minimum(np.ceil(per_second), most))
    return back


def _all(flags: Flags) -> Flags:
    """Return for each window whether all of its flags are set."""
    every: Flags = np.logical_and.reduce(flags, axis=1)
    return every


def _over_hold(counts: NDArray[np.int64], hold: int) -> NDArray[np.int64]:
    """Sum over each window and the rest of its hold; -1 where they do not all exist."""
    sums = np.full(counts.shape, -1, dtype=np.int64)
    windows = counts.shape[0] - hold + 1
    if windows > 0:
        upto = np.cumsum(counts, axis=0)
        sums[:windows] = upto[hold - 1 :]
        sums[1:windows] -= upto[: windows - 1]
    return sums


def _seen(record: Record, episode: Episode) -> range:
    """Windows after an episode in which a recovery could be seen: those whose hold lies before the limit.

    None where no window lies before the first fault: nobody knows what "as before" would be.
    """
    first, stop = healthy(record)
    scenario = record.network.scenario
    return _room(scenario, episode, hold_of(scenario)) if stop > first else range(0)


def _room(scenario: Scenario, episode: Episode, hold: int) -> range:
    """The same, whatever lies before."""
    run = scenario.run
    last = -(-run.horizon // run.window) if episode.limit == run.horizon else episode.limit // run.window
    return range(-(-episode.end // run.window), last - hold + 1)


def _watch(window: int, episode: Episode, seen: range) -> float:
    """How long an episode is watched, in seconds."""
    return (seen[-1] * window - episode.end) / SECOND


def _from_end(record: Record, episode: Episode, well: Flags) -> Recovery:
    """Time from the end of the episode to the first window that is well, of those in which it could be seen."""
    network = record.network
    seen = _seen(record, episode)
    struck = (one for one in strikes(record) if episode.begin <= one.begin <= episode.end)
    if not seen or not any(met_something(record, one) for one in struck):
        return Recovery(episode, math.nan, math.nan)
    number = seen.start + int(well[seen.start : seen.stop].argmax())
    if not well[number]:
        return Recovery(episode, math.inf, _watch(network.window, episode, seen))
    seconds = (number * network.window - episode.end) / SECOND
    return Recovery(episode, seconds, seconds)
