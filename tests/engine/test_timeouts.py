"""Timeouts that wait for each other beside the calendar end as if each stood on it."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from sim.engine.simpy_engine.clock import Clock
from sim.engine.simpy_engine.timeouts import Timeouts
from sim.semantics.order import RETRY, TIMEOUT, rank_of

LENGTH = 50


def ended(seed: int, *, apart: bool) -> tuple[list[tuple[int, int, bool]], int]:
    """Begin 200 timeouts, many in one instant and in any order, and settle half of their attempts: (time, number, awaited)."""
    rng, clock, found = Random(seed), Clock(), []
    awaited: dict[int, Any] = {}

    def expire(number: int) -> None:
        if awaited.pop(number, None) is not None:
            found.append((clock.now, number, True))

    timeouts = Timeouts(clock, LENGTH, awaited, expire)  # type: ignore[arg-type]

    def settle(number: int) -> None:
        if awaited.pop(number, None) is not None:
            found.append((clock.now, number, False))

    def begin(number: int) -> None:
        awaited[number] = number
        if apart:
            clock.after(LENGTH, rank_of(TIMEOUT, number), expire, number)
        else:
            timeouts.begin(rank_of(TIMEOUT, number))

    for number in rng.sample(range(200), 200):
        at = rng.randrange(1, 60)
        clock.at(at, rng.randrange(1000), begin, number)
        if rng.random() < 0.5:
            rank = rng.choice([5, rank_of(TIMEOUT, number), rank_of(RETRY, 0)])
            clock.at(at + rng.randrange(1, 2 * LENGTH), rank, settle, number)
    return found, clock.run_to(10_000)


@pytest.mark.parametrize("seed", range(20))
def test_timeouts_end_as_if_each_stood_on_the_calendar(seed: int) -> None:
    """The same attempts are given up and settled, at the same times and in the same order, with fewer events."""
    of_one_length, fewer = ended(seed, apart=False)
    by_themselves, all_of_them = ended(seed, apart=True)
    assert of_one_length == by_themselves
    assert fewer < all_of_them


def test_a_timeout_that_nobody_waits_for_never_comes_to_the_calendar() -> None:
    """Of a thousand attempts that settle at once, the first one's timeout stands there, and no other."""
    clock = Clock()
    timeouts = Timeouts(clock, LENGTH, {}, lambda _: None)
    for number in range(1000):
        timeouts.begin(rank_of(TIMEOUT, number))
    assert clock.run_to(10_000) == 1
