"""The order of the policies of a call: what it may say, and what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import sim
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.scenario import ScenarioError, loads

if TYPE_CHECKING:
    from sim.network import Network, Site

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


def names(network: Network, site: Site) -> list[str]:
    """The keys of the guards of a site."""
    return [network.guards[number].name.split(": ")[1].split()[0] for number in site.guards]


def asked(order: str) -> tuple[list[str], int]:
    """In which order the guards are asked, and before how many of them the timeout begins; -1: after all of them."""
    network = compile_network(loads(SHOP.format(call=f"{ALL}, order: {order}" if order else ALL)))
    site = next(site for site in network.sites if site.guards)
    return names(network, site), site.early_before if site.early_timeout else -1


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
        ("breaker: {}, order: [breaker, throtle]", "throtle is nothing that an order has; did you mean 'throttle'"),
        ("breaker: {}, pool: p, order: [breaker]", "pool is left out; write where it stands"),
        ("breaker: {}, order: [breaker, breaker]", "breaker stands there twice"),
        (f"breaker: {{}}, {RETRY}, order: [timeout, breaker, retry]", "timeout stands before the retry: it is that of one att"),
        (f"breaker: {{}}, pool: p, {RETRY}, deadline: 1s, order: [pool, deadline, breaker, retry]", "deadline stands in betw"),
        (f"breaker: {{}}, {RETRY}, deadline: 1s, order: [retry, deadline, breaker]", "deadline stands in between"),
        ("breaker: {}, order: [deadline, breaker]", "the call has no deadline"),
        ("breaker: {}, order: [retry, breaker]", "the call has no retry"),
        ("breaker: {}, order: polly", "order"),
    ],
)
def test_an_order_that_cannot_be_kept_is_refused(call: str, said: str) -> None:
    """What is not there, left out, or has an end of time where it has no meaning."""
    with pytest.raises(ScenarioError, match=said):
        loads(SHOP.format(call=f"timeout: 1s, {call}"))


@pytest.mark.parametrize(
    ("order", "outside", "inside", "early", "behind"),
    [
        ("dotnet", "rate_limit bulkhead", "breaker pool", 1, True),
        ("[breaker, retry, bulkhead, timeout, rate_limit, pool]", "breaker", "bulkhead rate_limit pool", 1, False),
        ("[deadline, pool, retry, breaker, bulkhead, rate_limit]", "pool", "breaker bulkhead rate_limit", -1, False),
        ("[pool, deadline, retry, breaker, bulkhead, rate_limit]", "pool", "breaker bulkhead rate_limit", -1, True),
        ("[breaker, bulkhead, rate_limit, pool, retry]", "breaker bulkhead rate_limit pool", "", -1, False),
    ],
)
def test_what_stands_before_the_retry_is_outside_of_it(order: str, outside: str, inside: str, early: int, behind: bool) -> None:  # noqa: FBT001
    """A call begins at a site of those guards, which has no retry; its attempts leave from one with the others."""
    network = compile_network(loads(SHOP.format(call=f"{ALL}, {RETRY}, deadline: 1s, order: {order}")))
    outer = next(site for site in network.sites if site.inner >= 0)
    inner = network.sites[outer.inner]
    assert (names(network, outer), names(network, inner)) == (outside.split(), inside.split())
    assert (outer.retry_on, outer.timeout, outer.early_timeout, inner.held) == (0, 0, 0, True)
    assert inner.retry_on != 0
    assert (inner.early_before if inner.early_timeout else -1) == early
    assert (outer.deadline < 0, inner.deadline) == (behind, 1_000_000_000)


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
