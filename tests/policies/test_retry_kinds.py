"""The five backoffs, jitter and exponentially distributed delays: bounds, means, and the published formulas."""

from __future__ import annotations

import random
from math import log
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.policies.retries import _random
from sim.policies.retries.decorrelated_jitter import DecorrelatedJitterRetry
from sim.policies.retries.equal_jitter import EqualJitterRetry
from sim.policies.retries.exponential import ExponentialRetry
from sim.policies.retries.exponentially_distributed import ExponentiallyDistributedRetry
from sim.policies.retries.fixed import FixedRetry
from sim.record.outcomes import OUTCOMES
from sim.scenario import loads
from sim.scenario.kinds import FAILURES
from tests.lowering.meaning import spelt

TOP = (1 << 63) - 1
UNIFORM = st.integers(0, TOP)
GROWING = {"attempts_max": 9, "base": "100ns", "cap": "1000ns"}
BOUNDS = [100, 200, 400, 800, 1000, 1000]


def waits_of(model: Any, draws: list[int]) -> list[int]:
    """The waits of one call, by what it draws; each rule as machine words."""
    rule, row, previous, found = spelt(type(model).retry), model.row(), 0, []
    for attempt, u in enumerate(draws, 1):
        previous = rule(row, attempt, previous, u)
        found.append(previous)
    return found


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.lists(UNIFORM, min_size=6, max_size=6))
def test_waits_are_those_of_the_published_formulas(draws: list[int]) -> None:
    """Equal: v/2 + U(0, v/2); decorrelated: min(cap, U(base, 3 * previous)), base before the first; jitter: v * U(.8, 1.2)."""
    parts = [u / 2**63 for u in draws]
    equal = waits_of(EqualJitterRetry.model_validate(GROWING), draws)
    assert all(abs(wait - (v / 2 + v / 2 * part)) <= 1 for wait, v, part in zip(equal, BOUNDS, parts, strict=True))
    spread = waits_of(ExponentialRetry.model_validate({**GROWING, "jitter": "±20%"}), draws)
    assert all(abs(wait - v * (0.8 + 0.4 * part)) <= 1.5 for wait, v, part in zip(spread, BOUNDS, parts, strict=True))
    before = 100.0
    for wait, part in zip(waits_of(DecorrelatedJitterRetry.model_validate(GROWING), draws), parts, strict=True):
        assert abs(wait - min(1000.0, 100 + (3 * before - 100) * part)) <= 1.5
        before = max(float(wait), 100.0)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(UNIFORM, st.integers(0, _random.MEAN_MAX))
def test_exponential_waits_are_logarithms(u: int, mean: int) -> None:
    """Within 2**-22 of the mean and of themselves, at any scale; never negative."""
    wait = spelt(_random.memoryless)(mean, u)
    assert wait >= 0
    exact = -mean * log((u // 2 + 1) / 2**62)
    assert abs(wait - exact) <= (mean + exact) * 2**-22 + 2


def test_exponential_waits_have_their_mean_and_their_variance() -> None:
    """Ten thousand draws: mean and standard deviation are 1 s, within four standard errors."""
    chance, model = random.Random(5), ExponentiallyDistributedRetry.model_validate({"attempts_max": 2, "mean": "1s"})
    waits = [model.retry(model.row(), 1, 0, chance.getrandbits(63)) / 1e9 for _ in range(10_000)]
    mean = sum(waits) / len(waits)
    assert abs(mean - 1) < 0.04
    assert abs(sum((wait - mean) ** 2 for wait in waits) / len(waits) - 1) < 0.12


def test_no_jitter_is_none() -> None:
    """Without jitter a wait is what it was before there was any; with it the mean is the same."""
    plain = FixedRetry(attempts_max=3, delay="100ns").row()
    assert [FixedRetry.retry(plain, 1, 0, u) for u in (0, TOP)] == [100, 100]
    spread = FixedRetry.model_validate({"attempts_max": 3, "delay": "100ns", "jitter": 0.2}).row()
    assert [FixedRetry.retry(spread, 1, 0, u) for u in (0, TOP)] == [80, 120]
    assert FixedRetry.retry(spread, 3, 0, 0) == -1


def test_failures_are_the_outcomes_that_are_not_well() -> None:
    """The names that a scenario may write are those of the record."""
    assert OUTCOMES[1:] == FAILURES


SHOP = """
name: shop
architecture: synchronous
network: {{hop: 0s}}
services:
  shop: {{workers: 100, operations: {{buy: [{{call: payment.charge, timeout: 20ms, optional: true, retry: {retry}}}]}}}}
  payment: {{workers: 2, queue_max: 3, operations: {{charge: [{{work: {{kind: exponential, mean: 10ms}}}}]}}}}
workload: {{orders: {{operation: shop.buy, arrivals: {{kind: poisson, rate: 150/s}}}}}}
run: {{horizon: 5s, warmup: 0s, replications: 1, seed: 4}}
"""


@pytest.mark.parametrize(
    "retry",
    [
        "{kind: decorrelated_jitter, attempts_max: 5, base: 2ms, cap: 60ms}",
        "{kind: equal_jitter, attempts_max: 5, base: 2ms, cap: 60ms, on: [timeout]}",
        "{kind: exponentially_distributed, attempts_max: 4, mean: 5ms}",
        "{kind: exponential, attempts_max: 4, base: 2ms, cap: 60ms, jitter: ±20%}",
    ],
)
def test_both_engines_wait_alike(retry: str) -> None:
    """An overloaded service whose callers try again: the same record from both engines."""
    runs = [sim.run(loads(SHOP.format(retry=retry)), replications=1, engine=engine) for engine in ("simpy", "compiled")]
    assert runs[0].fingerprint() == runs[1].fingerprint()
