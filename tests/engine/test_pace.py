"""The pace of the moment, against a naive oracle: what is done is a sum of time over pace, in fractions, without rounding.

    work 10 ms   |-- 4 ms as declared --|== 18 ms at a third ==|      4/1 + 18/3 = 10
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.semantics.rules import FOREVER, PACE_MAX, PACE_ONE, PART_BITS, left, left_part, paced

PARTS = 1 << PART_BITS
WORK_MAX = 1 << 62
Changes = list[tuple[int, int]]

paces = st.one_of(st.integers(1, PACE_MAX), st.sampled_from([1, PACE_ONE, 3 * PACE_ONE, PACE_MAX - 1, PACE_MAX]))
works = st.one_of(st.integers(0, WORK_MAX), st.integers(0, 10**10))


@dataclass
class Ours:
    """Work under way as the engines keep it."""

    work: int
    pace: int
    part: int = 0
    ends: int = field(init=False)

    def __post_init__(self) -> None:
        """It begins at 0."""
        self.ends = paced(self.work, 0, self.pace)

    def change(self, now: int, pace: int) -> None:
        """The pace changes; work that is done by now does not notice."""
        if self.ends > now and pace != self.pace:
            elapsed = paced(self.work, self.part, self.pace) - (self.ends - now)
            self.work, self.part = left(self.work, self.part, elapsed, self.pace), left_part(self.part, elapsed, self.pace)
            self.ends = now + paced(self.work, self.part, pace)
        self.pace = pace


def exact_end(work: int, pace: int, changes: Changes) -> Fraction:
    """When the work is done, by the oracle: what ends in the ns of a change does not notice it."""
    now, rest = 0, Fraction(work)
    for gap, following in changes:
        if now + gap >= int(now + rest * pace / PACE_ONE):
            break
        rest -= Fraction(gap * PACE_ONE, pace)
        now, pace = now + gap, following
    return now + rest * pace / PACE_ONE


@given(works, st.integers(0, PARTS - 1), paces)
@example(WORK_MAX, PARTS - 1, PACE_MAX)
@example((1 << 40) - 1, PARTS - 1, PACE_MAX)
def test_paced(work: int, part: int, pace: int) -> None:
    """The time that work takes is rounded down once, and never longer than for ever."""
    exact = (Fraction(work) + Fraction(part, PARTS)) * pace / PACE_ONE
    if pace == PACE_ONE:
        assert paced(work, part, pace) == int(exact)
    else:
        found = paced(work, part, pace)
        assert found == min(int(exact), FOREVER) or (found == FOREVER and exact > FOREVER - 2 * pace)


@given(works, st.integers(0, PARTS - 1), paces, st.data())
def test_left(work: int, part: int, pace: int, data: st.DataObject) -> None:
    """What is left is rounded up to the fraction that is kept, and it is never negative."""
    takes = paced(work, part, pace)
    if takes == 0:
        return
    elapsed = data.draw(st.integers(0, takes - 1))
    whole, fraction = left(work, part, elapsed, pace), left_part(part, elapsed, pace)
    exact = Fraction(work) + Fraction(part, PARTS) - Fraction(elapsed * PACE_ONE, pace)
    assert whole >= 0
    assert 0 <= fraction < PARTS
    assert whole * PARTS + fraction == -(-exact * PARTS // 1)


@settings(max_examples=500, derandomize=True)
@given(st.integers(0, 10**12), paces, st.lists(st.tuples(st.integers(0, 10**9), paces), max_size=30))
def test_any_changes(work: int, pace: int, changes: Changes) -> None:
    """After any changes, work ends as the oracle says, rounded down to ns, and at most 2**-20 ns later for each change."""
    exact = exact_end(work, pace, changes)
    if exact >= FOREVER:
        return
    ours, now = Ours(work, pace), 0
    for gap, following in changes:
        now += gap
        ours.change(now, following)
    assert -1 < ours.ends - exact <= Fraction(len(changes), PACE_ONE)


@pytest.mark.parametrize(("fast", "slow"), [(PACE_ONE, 3 * PACE_ONE), (PACE_MAX // 2 + 1, PACE_MAX), (7, PACE_ONE - 1)])
def test_no_drift(fast: int, slow: int) -> None:
    """Ten thousand changes move the end by no more than the rounding of one."""
    work = 10**9 * PACE_ONE // fast
    changes = [(20_011, slow if n % 2 else fast) for n in range(10_000)]
    ours, now = Ours(work, fast), 0
    for gap, pace in changes:
        now += gap
        ours.change(now, pace)
    assert ours.ends > now
    assert -1 < ours.ends - exact_end(work, fast, changes) <= Fraction(len(changes), PACE_ONE)


def test_a_change_that_is_taken_back() -> None:
    """In one instant to another pace and back is no change at all."""
    for pace in (1, 7, PACE_ONE, 3 * PACE_ONE + 1, PACE_MAX - 1):
        ours = Ours(123_456_789_012, pace)
        ends, now = ours.ends, ours.ends // 3
        for other in (PACE_MAX, pace // 2 + 1, 5 * PACE_ONE, pace):
            ours.change(now, other)
        assert ours.ends == ends
