"""A breaker that calls slow what no attempt lives to be is told so, and only such a one."""

import pytest

from sim.scenario.loader import loads_with_warnings

SCENARIO = """
name: guarded
architecture: synchronous
services:
  shop:
    workers: 9
    pools: {pay: {size: 9}}
    operations:
      buy:
      - {call: pay.charge, retry: {kind: fixed, delay: 10ms, attempts_max: 2}, POLICIES}
  pay: {workers: 9, operations: {charge: [{work: 1ms}]}}
workload: {orders: {operation: shop.buy, arrivals: {kind: constant, rate: 9/s}, timeout: 9s}}
run: {horizon: 3s}
"""
DEAD = "breaker: {slow: {after: 1s}}"
CYCLES = "rate_limit: {kind: cycles, limit: 9, period: 1s, wait_max: 500ms}"


@pytest.mark.parametrize(
    ("policies", "ends"),
    [
        (f"timeout: 800ms, {DEAD}", "800ms"),
        (f"timeout: 1s, {DEAD}", "1s"),
        (f"timeout: 1001ms, {DEAD}", ""),
        (f"timeout: 3s, deadline: 900ms, {DEAD}", "900ms"),
        (f"timeout: 800ms, {DEAD}, bulkhead: {{calls_max: 5, wait_max: 100ms}}", "900ms"),
        (f"timeout: 800ms, {DEAD}, bulkhead: {{calls_max: 5, wait_max: 300ms}}", ""),
        (f"timeout: 800ms, {DEAD}, pool: pay", ""),
        (f"timeout: 800ms, {DEAD}, {CYCLES}", "800ms"),
        (f"timeout: 800ms, {DEAD}, {CYCLES}, order: resilience4j", ""),
        (f"timeout: 800ms, {DEAD}, bulkhead: {{calls_max: 5, wait_max: 300ms}}, order: resilience4j", "800ms"),
        (f"timeout: 800ms, {DEAD}, order: [breaker, retry, timeout]", ""),
        (f"timeout: 800ms, deadline: 1s, {DEAD}, order: [deadline, breaker, retry, timeout]", "1s"),
        ("timeout: 800ms, breaker: {profile: resilience4j}", ""),
        ("timeout: 800ms, breaker: {profile: resilience4j, slow: {after: 1s, share: 80%}}", "800ms"),
    ],
)
def test_a_threshold_that_no_attempt_reaches_is_told(policies: str, ends: str) -> None:
    """What is seen of an attempt ends with its timeout, after waits further in that are before that; or with the deadline."""
    _, problems = loads_with_warnings(SCENARIO.replace("POLICIES", policies))
    told = [one for one in problems if "slow" in one.message]
    assert [one.field.partition("buy[0].")[2] for one in told] == (["breaker.slow.after"] if ends else [])
    assert all(f"within {ends}, so that" in one.message and one.line for one in told)
