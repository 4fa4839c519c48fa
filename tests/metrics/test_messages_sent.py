"""Messages are what left: an attempt that a guard kept back is none, nor is one that found no replica."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sim
from sim.record import fields as f
from sim.record.outcomes import UNAVAILABLE
from sim.scenario import loads

if TYPE_CHECKING:
    from sim.results.result import Result

SHOP = """
name: shop
architecture: synchronous
services:
  shop: {{workers: 20, operations: {{buy: [{{call: payment.charge, timeout: 100ms, {guards}}}]}}}}
  payment: {{workers: 2, operations: {{charge: [{{work: 10ms}}]}}}}
workload: {{buy: {{operation: shop.buy, arrivals: {{kind: constant, rate: 100/s}}}}}}
faults: {{down: {{kind: crash, target: payment, at: 1s, for: 1s, detection: 200ms}}}}
run: {{horizon: 3s, replications: 1}}
"""


SLOWER = "services.payment.operations.charge.0.work=15ms"


def run(guards: str, *changes: str) -> Result:
    """The result of a shop whose calls have these guards."""
    return sim.run(loads(SHOP.format(guards=guards), overrides=changes))


def test_what_found_no_replica_was_not_sent() -> None:
    """Once it is known that payment is down, nothing is sent there; each request of a customer is."""
    result = run("optional: true")
    edges = result.records[0].edges.sum(axis=(0, 1))
    nowhere = int(edges[f.edges.EDGE_SETTLED + UNAVAILABLE])
    assert 60 < nowhere <= 81
    assert result.values("messages_sent") == [edges[f.edges.EDGE_ATTEMPTS] - nowhere]


def test_what_a_breaker_kept_back_was_not_sent() -> None:
    """An open breaker keeps attempts from leaving: the messages are those that payment, or nobody, was asked by."""
    result = run("optional: true, breaker: {kind: consecutive, failures: 3, open: 300ms}")
    record = result.records[0]
    refused = int(record.guards[:, :, f.guards.GUARD_REFUSED].sum())
    edges = record.edges.sum(axis=(0, 1))
    assert refused > 50
    assert result.values("messages_sent") == [
        edges[f.edges.EDGE_ATTEMPTS] - edges[f.edges.EDGE_SETTLED + UNAVAILABLE] - refused
    ]


def test_what_gave_up_waiting_was_not_sent() -> None:
    """Without hops and faults what was sent has arrived: of those that wait for a connection, who gave up is not among it."""
    result = run("optional: true, bulkhead: {calls_max: 1, wait_max: 5ms}", "faults={}", SLOWER)
    record = result.records[0]
    assert record.guards[:, :, f.guards.GUARD_REFUSED].sum() > 50
    assert result.values("messages_sent") == [record.services[:, :, f.services.SERVICE_ARRIVED].sum()]
