"""Timeouts that wait for each other beside the calendar end as if each stood on it."""

from __future__ import annotations

from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from sim.engine.simpy_engine.clock import Clock
from sim.engine.simpy_engine.timeouts import Timeouts

LENGTH = 50


def ended(seed: int, *, apart: bool) -> tuple[list[tuple[int, int, bool]], int]:
    """Begin 200 timeouts, many in one instant and in any order, and settle half of their attempts: (time, number, awaited)."""
    rng, clock, found = Random(seed), Clock(), []

    def expire(attempt: Any) -> None:
        if attempt.awaited:
            attempt.awaited = False
            found.append((clock.now, attempt.number, True))

    timeouts = Timeouts(clock, LENGTH, expire)

    def settle(attempt: Any) -> None:
        if attempt.awaited:
            attempt.awaited = False
            found.append((clock.now, attempt.number, False))

    def begin(attempt: Any) -> None:
        if apart:
            clock.after(LENGTH, 1000 + attempt.number, expire, attempt)
        else:
            timeouts.begin(attempt, 1000 + attempt.number)

    for number in rng.sample(range(200), 200):
        attempt = SimpleNamespace(number=number, awaited=True)
        at = rng.randrange(1, 60)
        clock.at(at, rng.randrange(1000), begin, attempt)
        if rng.random() < 0.5:
            clock.at(at + rng.randrange(1, 2 * LENGTH), rng.choice([5, 1000 + number, 5000]), settle, attempt)
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
    timeouts = Timeouts(clock, LENGTH, lambda _: None)
    for number in range(1000):
        timeouts.begin(SimpleNamespace(awaited=False), number)  # type: ignore[arg-type]
    assert clock.run_to(10_000) == 1
