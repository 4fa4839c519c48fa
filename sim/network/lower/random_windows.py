"""When faults strike at random: times up and times down in turn, drawn for each replication before it begins.

    replica 1   up -----------down==up-------------------------down====up----
    replica 2   up ----down===up------------down=up--------------------------
                                                                                correlated: 80%
    times       up --------------down===up--------------down==up-------------   the same for all;
    replica 1                    =====                                          each is struck or spared,
    replica 2                    =====                  =====                   by itself, each time
                                                                                crews: 1
    replica 1   up ------down======up-------------------                        the second to fail waits, down,
    replica 2   up ----------down..======up-------------                        until the crew is with it

Streams are named by the fault and the replica, so that the same fault strikes at the same times in scenarios that are wired
otherwise, have other faults, or more replicas. A longer run has the same times, and more of them. Where replicas wait for a
crew, how long each is up and is under repair are such times, and when it fails depends on the others.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush, heapreplace
from typing import TYPE_CHECKING

import numpy as np

from sim import exact_math
from sim.draws import bits, bits_many, stream_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sim.scenario.kinds import Change
    from sim.scenario.random_times import RandomTimes
    from sim.scenario.scenario import Scenario

    Times = list[tuple[int, int]]

AT_ONCE = 64  # times up and down that are drawn at once
UP, DOWN, STRUCK = 0, 1, 2
TOGETHER = "together"


def random_windows(
    scenario: Scenario, name: str, fault: Change, struck: Sequence[tuple[int, str]], seed: int, replication: int
) -> Iterator[tuple[int, Times]]:
    """Yield the windows of a fault for each thing that it strikes, by its number: begin and end in ns."""
    assert fault.random is not None  # noqa: S101 - who asks has looked
    share = 1.0 if fault.together else fault.random.correlated
    stop = min(fault.end, scenario.run.horizon)

    def key_of(stream: str) -> int:
        return stream_key(seed, replication, f"fault {name}:{stream}")

    def clipped(times: Iterable[tuple[int, int]]) -> Times:
        return [(begin, min(end, fault.end)) for begin, end in times]

    def times_of(stream: str) -> Times:
        return clipped(windows(fault.random, key_of(stream), fault.at, stop))

    if share is None and fault.random.crews is not None:
        machines = [cycles(fault.random, key_of(label)) for _, label in struck]
        repaired = repaired_by(fault.random.crews, machines, fault.at, stop)
        yield from ((number, clipped(times)) for (number, _), times in zip(struck, repaired, strict=True))
        return
    if share is None:
        yield from ((number, times_of(label)) for number, label in struck)
        return
    times = times_of(TOGETHER)
    for number, label in struck:
        key = key_of(label)
        yield number, [one for index, one in enumerate(times) if bits(key, STRUCK, index) < share * 2.0**63]


def windows(random: RandomTimes | None, key: int, begin: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield the windows that begin before ``stop``, where the first time up begins at ``begin``."""
    now = begin
    for up, down in cycles(random, key):
        now += up
        if now >= stop:
            return
        yield now, now + down
        now += down


def cycles(random: RandomTimes | None, key: int) -> Iterator[tuple[int, int]]:
    """Yield for how long it is up, and then down, in ns: again and again, without an end."""
    assert random is not None  # noqa: S101 - who asks has looked
    first = 0
    while True:
        yield from zip(_exponential(key, UP, first, random.mtbf), _exponential(key, DOWN, first, random.mttr), strict=True)
        first += AT_ONCE


def repaired_by(crews: int, machines: Sequence[Iterator[tuple[int, int]]], begin: int, stop: int) -> list[Times]:
    """Return when each machine is down, where so many are repaired at once and the others wait in the order of failing.

    ``machines``: for how long each is up, and then under repair. Of those that fail in one instant the first of them is
    repaired first. Windows begin before ``stop``, and end when the repair does.
    """
    found: list[Times] = [[] for _ in machines]
    fails = list[tuple[int, int, int]]()  # when, which one, how long its repair takes
    for number, machine in enumerate(machines):
        up, repair = next(machine)
        fails.append((begin + up, number, repair))
    heapify(fails)
    free = [begin] * min(crews, len(machines))  # when each crew is done with what it has
    while fails and fails[0][0] < stop:
        at, number, repair = heappop(fails)
        end = max(at, free[0]) + repair
        heapreplace(free, end)
        found[number].append((at, end))
        up, repair = next(machines[number])
        heappush(fails, (end + up, number, repair))
    return found


def _exponential(key: int, role: int, first: int, mean: int) -> list[int]:
    """Exponential times in ns, at least 1; the k-th is a function of the key, the role and k."""
    u = bits_many(key, role, np.arange(first, first + AT_ONCE, dtype=np.int64)).astype(np.float64)
    drawn = exact_math.log((u + 0.5) * 2.0**-63) * -float(mean)
    found: list[int] = np.maximum(np.rint(drawn), 1.0).astype(np.int64).tolist()
    return found
