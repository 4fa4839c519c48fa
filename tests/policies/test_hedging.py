"""The rules of hedges, against oracles written another way: the budget in fractions, the percentile by its quantile."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.semantics.hedging import (
    ESTIMATE_MAX,
    MILLE,
    ONE,
    PART_BITS,
    SAVED_MAX,
    STEPS,
    HedgeState,
    called,
    learn,
    may_hedge,
    waits,
)

BUDGETS = st.sampled_from([1, 7, ONE // 20, ONE // 3, ONE // 2, ONE - 1, ONE])


@settings(max_examples=200, derandomize=True, deadline=None)
@given(BUDGETS, st.lists(st.booleans(), max_size=300))
def test_a_budget_is_a_share_of_the_calls(budget: int, history: list[bool]) -> None:
    """What was let go never exceeds the share of the calls so far; an account in fractions allows the same ones."""
    state, account, calls, let_go = HedgeState.plain(), Fraction(0), 0, 0
    for is_call in history:
        if is_call:
            called(state, budget)
            calls += 1
            account = min(account + Fraction(budget, ONE), Fraction(SAVED_MAX, ONE))
            continue
        allowed = bool(may_hedge(state, budget))
        assert allowed == (account >= 1)
        if allowed:
            account -= 1
            let_go += 1
        assert let_go <= Fraction(budget, ONE) * calls


def test_without_a_budget_all_may_leave() -> None:
    """Nothing is saved, and nothing is denied."""
    state = HedgeState.plain()
    called(state, -1)
    assert all(may_hedge(state, -1) for _ in range(100))
    assert state.saved == 0


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.integers(1, 999), st.lists(st.tuples(st.integers(0, 2**62), st.booleans()), max_size=60))
def test_an_estimate_moves_as_fractions_say(mille: int, history: list[tuple[int, bool]]) -> None:
    """Up by q / 16 of itself where it took longer or was left, down by (1 - q) / 16 where not, rounded towards itself."""
    state, estimate = HedgeState.plain(), 0
    q = Fraction(mille, 1000)
    for lasted, answered in history:
        learn(state, mille, lasted, answered)
        units = min(lasted * 2**PART_BITS, ESTIMATE_MAX)
        if estimate == 0:
            estimate = units
        elif not answered or units > estimate:
            estimate += int(estimate * q / STEPS)
        elif units < estimate:
            estimate -= int(estimate * (1 - q) / STEPS)
        estimate = min(max(1, estimate), ESTIMATE_MAX)
        assert state.estimate == estimate
        assert 1 <= waits(state, 0, mille) <= ESTIMATE_MAX >> PART_BITS


def test_nobody_knows_a_percentile_at_first() -> None:
    """Until the first answer nothing is waited for; a fixed time is known from the beginning."""
    state = HedgeState.plain()
    assert waits(state, 0, 950) == 0
    assert waits(state, 7, 0) == 7
    learn(state, 950, 12, True)
    assert waits(state, 0, 950) == 12


@pytest.mark.parametrize("mille", [500, 900, 950, 990])
def test_an_estimate_rests_near_its_percentile(mille: int) -> None:
    """Of 20,000 exponential times of 10 ms about the share that it says is shorter than the estimate of the moment."""
    chance, state, shorter = random.Random(mille), HedgeState.plain(), 0
    for number in range(22_000):
        lasted = round(chance.expovariate(1e-7))
        shorter += number >= 2000 and lasted <= waits(state, 0, mille)
        learn(state, mille, lasted, True)
    assert shorter / 20_000 == pytest.approx(mille / MILLE, abs=0.02)
