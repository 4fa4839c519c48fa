"""When faults strike at random: times up and times down in turn, drawn for each replication before it begins.

    replica 1   up -----------down==up-------------------------down====up----
    replica 2   up ----down===up------------down=up--------------------------
                                                                                correlated: 80%
    times       up --------------down===up--------------down==up-------------   the same for all;
    replica 1                    =====                                          each is struck or spared,
    replica 2                    =====                  =====                   by itself, each time

Streams are named by the fault and the replica, so that the same fault strikes at the same times in scenarios that are wired
otherwise, have other faults, or more replicas. A longer run has the same times, and more of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim import exact_math
from sim.draws import bits, bits_many, stream_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.scenario.kinds import Change, RandomTimes
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

    def times_of(stream: str) -> Times:
        times = windows(fault.random, stream_key(seed, replication, f"fault {name}:{stream}"), fault.at, stop)
        return [(begin, min(end, fault.end)) for begin, end in times]

    if share is None:
        yield from ((number, times_of(label)) for number, label in struck)
        return
    times = times_of(TOGETHER)
    for number, label in struck:
        key = stream_key(seed, replication, f"fault {name}:{label}")
        yield number, [one for index, one in enumerate(times) if bits(key, STRUCK, index) < share * 2.0**63]


def windows(random: RandomTimes | None, key: int, begin: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield the windows that begin before ``stop``, where the first time up begins at ``begin``."""
    assert random is not None  # noqa: S101 - who asks has looked
    now, first = begin, 0
    while True:
        ups = _exponential(key, UP, first, random.mtbf)
        downs = _exponential(key, DOWN, first, random.mttr)
        for up, down in zip(ups, downs, strict=True):
            now += up
            if now >= stop:
                return
            yield now, now + down
            now += down
        first += AT_ONCE


def _exponential(key: int, role: int, first: int, mean: int) -> list[int]:
    """Exponential times in ns, at least 1; the k-th is a function of the key, the role and k."""
    u = bits_many(key, role, np.arange(first, first + AT_ONCE, dtype=np.int64)).astype(np.float64)
    drawn = exact_math.log((u + 0.5) * 2.0**-63) * -float(mean)
    found: list[int] = np.maximum(np.rint(drawn), 1.0).astype(np.int64).tolist()
    return found
