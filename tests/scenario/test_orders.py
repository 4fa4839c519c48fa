"""The order of the policies of a call: what it may say, and what it does."""

from __future__ import annotations

from typing import Any

import pytest

import sim
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.scenario import ScenarioError, loads

SHOP = """
name: shop
architecture: synchronous
network: {{hop: 0s}}
services:
  shop: {{workers: 1000, pools: {{p: {{size: 9}}}}, operations: {{buy: [{{call: payment.charge, {call}}}]}}}}
  payment: {{workers: 1000, operations: {{charge: [{{work: 20ms}}]}}}}
workload: {{orders: {{operation: shop.buy, arrivals: {{kind: constant, rate: 100/s}}}}}}
run: {{horizon: 1s, warmup: 0s, window: 1s, replications: 1, seed: 4}}
"""
ALL = "timeout: 50ms, rate_limit: {limit: 9, period: 1s}, breaker: {failures: 2}, bulkhead: {calls_max: 3}, pool: p"
RETRY = "retry: {kind: fixed, attempts_max: 2, delay: 1ms}"


def asked(order: str) -> tuple[list[str], int]:
    """In which order the guards are asked, and before how many of them the timeout begins; -1: after all of them."""
    network = compile_network(loads(SHOP.format(call=f"{ALL}, order: {order}" if order else ALL)))
    site = next(site for site in network.sites if site.guards)
    names = [network.guards[number].name.split(": ")[1].split()[0] for number in site.guards]
    return names, site.early_before if site.early_timeout else -1


@pytest.mark.parametrize(
    ("order", "guards", "before"),
    [
        ("", "rate_limit breaker bulkhead pool", -1),
        ("resilience4j", "breaker rate_limit bulkhead pool", 2),
        ("dotnet", "rate_limit bulkhead breaker pool", 3),
        ("microprofile", "breaker bulkhead rate_limit pool", 1),
        ("[pool, timeout, bulkhead, breaker, rate_limit]", "pool bulkhead breaker rate_limit", 1),
        ("[bulkhead, breaker, pool, rate_limit, timeout]", "bulkhead breaker pool rate_limit", -1),
        ("[bulkhead, breaker, pool, rate_limit]", "bulkhead breaker pool rate_limit", -1),
    ],
)
def test_guards_are_asked_in_the_order_that_is_declared(order: str, guards: str, before: int) -> None:
    """That of the key, that of a product with what it does not name behind it, or the usual one."""
    assert asked(order) == (guards.split(), before)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("breaker: {}, order: [breaker, throtle]", "the call has no throtle"),
        ("breaker: {}, pool: p, order: [breaker]", "pool is left out; write where it stands"),
        ("breaker: {}, order: [breaker, breaker]", "breaker stands there twice"),
        (f"breaker: {{}}, {RETRY}, order: [breaker, retry]", "breaker stands before the retry: outside of the retry it"),
        (f"bulkhead: {{}}, {RETRY}, order: dotnet", "bulkhead stands before the retry"),
        ("breaker: {}, order: [retry, breaker]", "the call has no retry"),
        ("breaker: {}, order: polly", "order"),
    ],
)
def test_an_order_that_cannot_be_kept_is_refused(call: str, said: str) -> None:
    """What is not there, left out, or outside of the retry, where a guard would see several attempts as one."""
    with pytest.raises(ScenarioError, match=said):
        loads(SHOP.format(call=f"timeout: 1s, {call}"))


def counted(call: str) -> dict[str, Any]:
    """What the guards and the edge counted in a run that both engines agree on."""
    runs = [sim.run(loads(SHOP.format(call=call)), replications=1, engine=one) for one in ("simpy", "compiled")]
    assert runs[0].fingerprint() == runs[1].fingerprint()
    record = runs[0].records[0]
    edge = record.edges[0, f.edges.EDGES.names(record.network).index("shop.buy -> payment.charge")]
    settled = dict(zip(("ok", "error", "rejected", "timeout"), edge[f.edges.EDGE_SETTLED :].tolist(), strict=False))
    rooms = dict(zip(f.rooms.ROOMS.counters, record.tables["rooms"][0, 0].tolist(), strict=True))
    return {**settled, **rooms}


def test_a_timeout_that_begins_first_ends_the_wait() -> None:
    """Five calls come while one is under way: within a timeout of 30 ms only those are done that need not wait longer."""
    bulkhead = "timeout: 30ms, bulkhead: {calls_max: 1, wait_max: 1h}"
    usual, early = counted(bulkhead), counted(f"{bulkhead}, order: resilience4j")
    assert (usual["timeout"], usual["timed_out"]) == (0, 0)
    assert usual["waited"] / usual["went"] > 100_000_000
    assert early["timeout"] > 30
    assert early["waited"] <= 30_000_000 * early["waits"]


def test_what_a_breaker_outside_refuses_takes_no_permit() -> None:
    """By default an attempt takes a permit before it asks the breaker, and puts it back; in the other order it does not ask."""
    for order, asked in (("[rate_limit, breaker]", "rate_limit"), ("[breaker, rate_limit]", "breaker")):
        call = f"timeout: 5ms, rate_limit: {{limit: 50, period: 1s}}, breaker: {{failures: 2}}, order: {order}"
        record = sim.run(loads(SHOP.format(call=call)), replications=1).records[0]
        attempts = record.guards[0, :, f.guards.GUARD_ATTEMPTS].tolist()
        first = record.network.guards[attempts.index(99)]
        assert first.name.endswith(asked)
