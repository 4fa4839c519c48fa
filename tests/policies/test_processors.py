"""What shares cores or slows itself down, against an oracle that keeps what is left of each, in fractions."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.semantics import processors as rules
from sim.semantics.rules import FOREVER, PACE_MAX, PACE_ONE

UNIT = 1 << rules.SHARE_BITS
ROUNDING = Fraction(1, 1024)


@dataclass
class Naive:
    """All that is at work, and what is left of each in ns: each change goes through all of them."""

    cores: int
    serial: int
    crosstalk: int
    pace: int = PACE_ONE
    now: int = 0
    left: dict[int, Fraction] = field(default_factory=dict)

    @property
    def rate(self) -> Fraction:
        """How much of each is done in a ns."""
        n = len(self.left)
        law = 1 + Fraction(self.serial * (n - 1) + self.crosstalk * n * (n - 1), UNIT)
        slower = Fraction(int(law * PACE_ONE), PACE_ONE)
        pace = Fraction(max(1, min(PACE_MAX, int(self.pace * slower))), PACE_ONE)
        return min(Fraction(1), Fraction(self.cores, n)) / pace if self.cores else 1 / pace

    def first(self) -> tuple[int, int]:
        """Which one is done first, and when: in the first whole ns, unless that is only rounding."""
        name = min(self.left, key=lambda one: (self.left[one], one))
        return name, self.now + max(0, ceil(self.left[name] / self.rate - ROUNDING))

    def bring_up(self, now: int) -> None:
        """Time passes."""
        if self.left:
            done = (now - self.now) * self.rate
            self.left = {name: left - done for name, left in self.left.items()}
        self.now = now

    def end(self, name: int) -> None:
        """One is done; where it was so by rounding, all have got that."""
        missing = max(Fraction(0), self.left.pop(name))
        self.left = {one: left - missing for one, left in self.left.items()}


@dataclass
class Ruled:
    """The same by the shared rules, with the tags of what is at work."""

    state: Any
    tags: dict[int, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, cores: int, serial: int, crosstalk: int) -> Ruled:
        """Nothing is at work."""
        state = rules.ProcessorState.plain()
        state.cores, state.serial, state.crosstalk = cores, serial, crosstalk
        state.pace = state.together = PACE_ONE
        return cls(state)

    def first(self) -> tuple[int, int]:
        """Which one is done first, and when."""
        name = min(self.tags, key=lambda one: (*self.tags[one], one))
        return name, self.state.since + rules.takes(self.state, *self.tags[name])

    def begin(self, now: int, name: int, work: int) -> None:
        """One more is at work."""
        rules.bring_up(self.state, now)
        rules.join(self.state, 1)
        self.tags[name] = (self.state.served + work, self.state.served_part)

    def end(self, now: int, name: int, *, done: bool) -> None:
        """One less."""
        rules.bring_up(self.state, now)
        tag = self.tags.pop(name)
        if done:
            rules.reached(self.state, *tag)
        rules.join(self.state, -1)


PARTS = st.sampled_from([0, UNIT // 2, UNIT // 50, UNIT // 3, UNIT, 11])
PACES = st.sampled_from([PACE_ONE, 2 * PACE_ONE, PACE_ONE // 2, PACE_ONE * 7 // 3, 20 * PACE_ONE, 1000 * PACE_ONE])
HISTORY = st.lists(
    st.tuples(st.sampled_from(["begin", "begin", "begin", "drop", "pace"]), st.integers(0, 40), st.integers(0, 300), PACES),
    max_size=40,
)


@settings(max_examples=100, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 4), PARTS, PARTS, HISTORY)
def test_all_is_done_when_what_is_left_of_each_says(cores: int, serial: int, crosstalk: int, history: Any) -> None:
    """Whatever begins, is dropped or changes pace: what is done, and in which ns, is as if each were kept by itself."""
    naive, ruled = Naive(cores, serial, crosstalk), Ruled.of(cores, serial, crosstalk)
    now, begun = 0, 0

    def until(time: int | None) -> None:
        while naive.left:
            assert ruled.first() == naive.first()
            name, at = naive.first()
            if time is not None and at > time:
                return
            naive.bring_up(at)
            naive.end(name)
            ruled.end(at, name, done=True)

    for what, gap, work, pace in history:
        now += gap
        until(now)
        naive.bring_up(now)
        if what == "begin":
            begun += 1
            ruled.begin(now, begun, work)
            naive.left[begun] = Fraction(work)
        elif what == "pace":
            rules.set_pace(ruled.state, now, pace)
            naive.pace = pace
        elif naive.left:
            name = min(naive.left)
            del naive.left[name]
            ruled.end(now, name, done=False)
    until(None)
    assert not ruled.tags
    assert (ruled.state.at_work, ruled.state.served, ruled.state.served_part) == (0, 0, 0)


@pytest.mark.parametrize(
    ("serial", "crosstalk", "at_work", "times"),
    [
        (0, 0, 5, 1),
        (UNIT // 2, 0, 1, 1),
        (UNIT // 2, 0, 3, 2),
        (UNIT, 0, 7, 7),
        (0, UNIT // 4, 4, 4),
        (UNIT // 8, UNIT // 64, 32, Fraction(1, 1) + Fraction(31, 8) + Fraction(32 * 31, 64)),
        (UNIT, UNIT, rules.AT_WORK_MAX, Fraction(PACE_MAX, PACE_ONE)),
        (UNIT, UNIT, 1 << 40, Fraction(PACE_MAX, PACE_ONE)),
    ],
)
def test_contention_is_the_universal_law(serial: int, crosstalk: int, at_work: int, times: Fraction) -> None:
    """N at work take 1 + serial (N - 1) + crosstalk N (N - 1) times as long, and never longer than anything may take."""
    assert rules.slowed(serial, crosstalk, at_work) == times * PACE_ONE


def test_no_number_leaves_its_word() -> None:
    """With as many at work as are told apart, at the slowest pace, all is within 64 bits, and for ever is not longer."""
    ruled = Ruled.of(100_000, UNIT, UNIT)
    ruled.state.at_work = rules.AT_WORK_MAX
    rules.set_pace(ruled.state, 0, PACE_MAX)
    for work in (0, 1, 10**9, FOREVER, (1 << 62) - 1):
        takes = rules.takes(ruled.state, work, (1 << 42) - 1)
        assert 0 <= takes <= FOREVER
        exact = Fraction(work) * rules.AT_WORK_MAX / 100_000 * (PACE_MAX // PACE_ONE)
        assert takes == FOREVER or takes >= exact
    rules.bring_up(ruled.state, 1 << 60)
    assert 0 <= ruled.state.served < 1 << 60
    assert rules.times(PACE_MAX, PACE_MAX) == PACE_MAX
    assert rules.times(1, PACE_ONE + 1) == 1


@pytest.mark.parametrize(
    ("how", "since", "waiting", "arrived_at", "resumed"),
    [
        (rules.IN_TURN, 5, 0, 0, True),
        (rules.IN_TURN, 5, 1, 6, True),
        (rules.IN_TURN, 5, 1, 5, True),
        (rules.IN_TURN, 5, 1, 4, False),
        (rules.RESUMED_FIRST, 5, 1, 4, True),
        (rules.RESUMED_LAST, 5, 1, 6, False),
        (rules.RESUMED_LAST, 5, 0, 0, True),
    ],
)
def test_who_has_a_free_worker(how: int, since: int, waiting: int, arrived_at: int, resumed: bool) -> None:  # noqa: FBT001
    """In turn it is who waits longest, the handler of those of one instant; first and last are what they say."""
    assert rules.resumed_next(how, since, waiting, arrived_at) is resumed
