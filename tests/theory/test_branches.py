"""Branches of handlers against order statistics: the k-th of n independent exponential times has mean 1/n + ... + 1/(n-k+1)."""

from __future__ import annotations

import math
from typing import Any

import pytest

import sim
from tests.theory.declare import WORKERS_UNLIMITED, client, long_run, poisson, scenario, service

CASES = ((2, 2), (1, 2), (2, 3), (4, 7))


@pytest.mark.theory
@pytest.mark.parametrize(("needed", "count"), CASES)
def test_the_last_branch_that_is_needed_ends_in_time(needed: int, count: int) -> None:
    """Of n works of mean 1 ms in branches, without cores, the k-th is done after that; to four standard errors."""
    step: dict[str, Any] = {"parallel": [{"work": {"kind": "exponential", "mean": "1ms"}}] * count}
    if needed < count:
        step["until"] = {"quorum": needed}
    services = {"front": service([step], workers=WORKERS_UNLIMITED)}
    whole = scenario("order-statistics", services, {"client": client("front.serve", poisson(20.0))}, long_run(5e4, 20.0))
    found = [value * 1e3 for value in sim.run(whole, replications=4).values("client.latency.mean")]
    mean = sum(1.0 / left for left in range(count - needed + 1, count + 1))
    spread = math.sqrt(sum(1.0 / left**2 for left in range(count - needed + 1, count + 1)))
    error = abs(sum(found) / len(found) - mean)
    assert error < 4.0 * spread / math.sqrt(4 * 45_000)
