"""What a breaker makes of attempts that a guard further in keeps from leaving: nothing, or what products make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sim.engine import run_once
from sim.network import compile as compile_network
from sim.policies.breaker_profiles import PROFILES
from sim.record import fields as f
from sim.scenario import loads

if TYPE_CHECKING:
    from sim.record.record import Record

COUNTED = ("resilience4j", "polly", "hystrix", "microprofile")
"""Products that see an exception where a bulkhead is full."""
SHOP = """
name: shop
architecture: synchronous
services:
  shop:
    workers: 100
    operations: {buy: [{call: pay.charge, timeout: 1s, optional: true, breaker: BREAKER, bulkhead: BULKHEAD}]}
  pay: {workers: 50, operations: {charge: [{work: 40ms}]}}
workload: {buy: {operation: shop.buy, arrivals: {kind: constant, rate: 100/s}}}
run: {horizon: 3s, replications: 1}
"""
POOL = """
name: pool
architecture: synchronous
services:
  shop:
    workers: 100
    pools: {pay: {size: 1, wait_max: 500ms}}
    operations:
      buy: [{call: pay.charge, timeout: 60ms, optional: true, breaker: BREAKER, pool: pay, order: [breaker, timeout, pool]}]
      audit: [{call: pay.audit, pool: pay}]
  pay: {workers: 50, operations: {charge: [{work: 1ms}], audit: [{work: 300ms}]}}
workload:
  buy: {operation: shop.buy, arrivals: {kind: constant, rate: 50/s}}
  audit: {operation: shop.audit, arrivals: {kind: constant, rate: 1/s}}
run: {horizon: 3s, replications: 1}
"""
IN_A_ROW = "{failures: 3, open: 500ms, refusals: HOW}"


def ran(breaker: str, bulkhead: str = "", text: str = SHOP) -> tuple[dict[str, int], dict[str, int]]:
    """What breaker and bulkhead, or pool, counted in a run that both engines tell alike."""
    network = compile_network(loads(text.replace("BREAKER", breaker).replace("BULKHEAD", bulkhead)))
    records = [run_once(network, seed=1, engine=engine) for engine in ("simpy", "compiled")]
    assert records[0].fingerprint() == records[1].fingerprint()
    return counted(records[1], 0), counted(records[1], 1)


def counted(record: Record, guard: int) -> dict[str, int]:
    """The counters of a guard over the run, by name."""
    row: Any = record.guards[:, guard].sum(axis=0)
    return dict(zip(f.guards.GUARDS.counters, row.tolist(), strict=True))


def test_taken_back_a_full_bulkhead_means_nothing_to_a_breaker() -> None:
    """One of four attempts finds the bulkhead free; the others are refused by it, and the breaker stays closed."""
    breaker, bulkhead = ran(IN_A_ROW.replace("HOW", "taken_back"), "{calls_max: 1}")
    assert bulkhead["refused"] > 200
    assert (breaker["refused"], breaker["failed"], breaker["withdrawn"]) == (0, 0, bulkhead["refused"])


def test_counted_a_full_bulkhead_opens_the_breaker() -> None:
    """Three refused in a row open it at 30 ms; half-open its probe finds the bulkhead free: known by hand from there on."""
    breaker, bulkhead = ran(IN_A_ROW.replace("HOW", "counted"), "{calls_max: 1}")
    assert breaker["refused"] > 200
    assert breaker["withdrawn"] == 0
    assert breaker["failed"] == bulkhead["refused"] < 30
    assert breaker["attempts"] == breaker["refused"] + breaker["succeeded"] + breaker["failed"] == 299


def test_a_refusal_that_it_ignores_is_not_a_failure() -> None:
    """`ignores: [rejected]` counts it neither way, as resilience4j's `ignoreExceptions` does."""
    breaker, bulkhead = ran("{failures: 3, open: 500ms, refusals: counted, ignores: [rejected]}", "{calls_max: 1}")
    assert (breaker["refused"], breaker["failed"], breaker["ignored"]) == (0, 0, bulkhead["refused"])


@pytest.mark.parametrize("how", ["taken_back", "counted"])
def test_who_waits_further_in_until_its_timeout(how: str) -> None:
    """While an audit has the only connection for 300 ms, who wants it waits for 60 ms in vain: timeouts to it, or nothing."""
    breaker, pool = ran(IN_A_ROW.replace("HOW", how), text=POOL)
    assert pool["failed"] == 0
    if how == "taken_back":
        assert breaker["withdrawn"] > 20
        assert breaker["refused"] == breaker["failed"] == 0
    else:
        assert breaker["withdrawn"] == 0
        assert breaker["failed"] >= 9
        assert breaker["refused"] > 20


@pytest.mark.parametrize("profile", PROFILES)
def test_profiles_are_those_of_their_products(profile: str) -> None:
    """Four products see the exception of a full bulkhead; failure accrual and outlier detection hear of endpoints only."""
    breaker, bulkhead = ran(f"{{profile: {profile}}}", "{calls_max: 1}")
    assert (breaker["failed"] > 0) == (profile in COUNTED)
    assert breaker["failed"] + breaker["withdrawn"] == bulkhead["refused"]
