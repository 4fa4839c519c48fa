"""A broker that is down: publishers wait, consumers get nothing, what it keeps is kept; the backlog is as foreseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sim.api import run
from sim.metrics.undelivered import UNDELIVERED
from sim.record import fields as f
from sim.record.outcomes import OK, OUTCOME_COUNT
from sim.scenario import loads
from tests.conformance.diverge import assert_conform

if TYPE_CHECKING:
    from sim.record.record import Record

SHOP = """
name: shop
architecture: event-driven
services:
  shop: {replicas: 2, workers: 1000, operations: {place: [{publish: PUBLISH}]}}
  pay: {replicas: 2, operations: {charge: [{work: 4ms}, {effect: charged}]}}
brokers: {log: {kind: KIND, HOLDS, latency: 1ms, delivery_timeout: TIMEOUT}}
subscriptions: {pay: {READS: orders, operation: pay.charge, consumers: 2}}
workload: {place: {operation: shop.place, arrivals: {kind: constant, rate: 100/s}}}
faults: {outage: {kind: broker_outage, target: log, at: 10s, for: 5s}MORE}
run: {horizon: 30s, window: 1s, replications: 1}
"""
LOG = {"KIND": "log", "HOLDS": "topics: {orders: {partitions: 4}}", "READS": "topic"}
LOG |= {"WAIT": "acks: leader", "NOT": "acks: none"}
QUEUE = {"KIND": "queue", "HOLDS": "queues: {orders: {visibility: 6s}}", "READS": "queue"}
QUEUE |= {"WAIT": "confirm: true", "NOT": "confirm: false"}
FAILED = slice(f.flows.FLOW_SETTLED + OK + 1, f.flows.FLOW_SETTLED + OUTCOME_COUNT)
BROKERS = {"log": LOG, "queue": QUEUE}


def record_of(kind: str, *, wait: bool = True, timeout: str = "2m", more: str = "") -> Record:
    """The record of a replication, the same from both engines."""
    words = BROKERS[kind]
    text = SHOP.replace("PUBLISH", f"orders, {words['WAIT' if wait else 'NOT']}")
    text = text.replace("MORE", more).replace("TIMEOUT", timeout)
    for word in ("KIND", "HOLDS", "READS"):
        text = text.replace(word, words[word])
    simpy, compiled = (run(loads(text), engine=engine).records[0] for engine in ("simpy", "compiled"))
    assert simpy.fingerprint() == compiled.fingerprint()
    return simpy


@pytest.mark.parametrize("kind", sorted(BROKERS))
def test_publishers_wait_and_nothing_is_lost(kind: str) -> None:
    """Rate times duration many messages wait; all come at once when the broker is back, and all are applied once."""
    record = record_of(kind)
    broker = record.tables["brokers"][:, 0]
    assert broker[:, f.brokers.BROKER_HELD].sum() == pytest.approx(500, abs=1)
    assert broker[14, f.brokers.BROKER_HELD_MAX] == pytest.approx(500, abs=1)
    assert broker[15, f.brokers.BROKER_RESENT] == broker[:, f.brokers.BROKER_HELD].sum()
    assert broker[:, f.brokers.BROKER_DOWN_AREA].sum() == 5 * 10**9
    assert record.groups[10:15, 0, f.groups.GROUP_APPENDED].sum() <= 1
    assert record.groups[11:15, 0, f.groups.GROUP_DELIVERED].sum() == 0
    assert record.groups[:, 0, f.groups.GROUP_LOST].sum() == 0
    assert record.flow_levels[0, f.flows.LEVEL_TRACES] <= 2


@pytest.mark.parametrize("kind", sorted(BROKERS))
def test_a_publish_fails_after_its_delivery_timeout(kind: str) -> None:
    """With 2 s to try, those that came in the first 3 s of the outage fail, 100 a second, 2 s after they came."""
    record = record_of(kind, timeout="2s")
    broker = record.tables["brokers"][:, 0]
    assert broker[:, f.brokers.BROKER_UNDELIVERED].sum() == pytest.approx(300, abs=1)
    assert broker[12:15, f.brokers.BROKER_UNDELIVERED].sum() == pytest.approx(300, abs=2)
    failed = record.flows[:, 0, FAILED].sum(axis=1)
    assert failed.sum() == broker[:, f.brokers.BROKER_UNDELIVERED].sum()
    assert failed[:12].sum() == 0
    assert UNDELIVERED.measures["system"](record, 0, 0, 30) == broker[:, f.brokers.BROKER_UNDELIVERED].sum()


@pytest.mark.parametrize("kind", sorted(BROKERS))
def test_what_a_retry_publishes_again_has_not_failed(kind: str) -> None:
    """Handlers that hear that their messages were given up fail, and their clients ask again until the broker is back."""
    words = {**BROKERS[kind], "TIMEOUT": "2s", "PUBLISH": f"orders, {BROKERS[kind]['WAIT']}", "MORE": ""}
    text = SHOP.replace("rate: 100/s}", "rate: 100/s}, retry: {kind: fixed, attempts_max: 9, delay: 100ms}")
    for word, meaning in words.items():
        text = text.replace(word, meaning)
    record = assert_conform(loads(text), seed=1)
    assert record is not None
    assert record.tables["brokers"][:, 0, f.brokers.BROKER_UNDELIVERED].sum() > 300
    assert record.flows[:, 0, FAILED].sum() == 0
    assert record.flows[:, 0, f.flows.FLOW_SPOILED].sum() == 0
    assert record.groups[:, 0, f.groups.GROUP_APPLIED].sum() >= 2998


@pytest.mark.parametrize("kind", sorted(BROKERS))
def test_who_does_not_wait_is_told_ok_and_the_message_is_gone(kind: str) -> None:
    """Without a confirmation clients hear that all is well, and the flow fails all the same."""
    record = record_of(kind, wait=False, timeout="2s")
    assert record.flows[:, 0, FAILED].sum() == 0
    lost = record.tables["brokers"][:, 0, f.brokers.BROKER_UNDELIVERED].sum()
    assert lost == pytest.approx(300, abs=1)
    assert record.flows[:, 0, f.flows.FLOW_SPOILED].sum() == lost


@pytest.mark.parametrize("kind", sorted(BROKERS))
def test_what_waits_at_a_replica_goes_down_with_it(kind: str) -> None:
    """Half of what waits when one of two replicas crashes is lost."""
    record = record_of(kind, wait=False, more=", crash: {kind: crash, target: shop, replicas: 1, at: 14s, for: 5s}")
    broker = record.tables["brokers"][:, 0]
    assert broker[14, f.brokers.BROKER_LOST] == pytest.approx(200, abs=1)
    assert broker[:, f.brokers.BROKER_UNDELIVERED].sum() == 0


@pytest.mark.parametrize("kind", sorted(BROKERS))
def test_what_comes_from_a_replica_that_is_down_waits_nowhere(kind: str) -> None:
    """Its publisher goes down while it is under way, and the broker is down when it comes: it is lost with those that wait."""
    faults = ", crash: {kind: crash, target: shop, at: 11000500us, for: 5s}"
    record = record_of(kind, wait=False, more=faults)
    broker = record.tables["brokers"][:, 0]
    assert broker[11, f.brokers.BROKER_HELD] == 1
    assert broker[:, f.brokers.BROKER_LOST].sum() == broker[:, f.brokers.BROKER_HELD].sum() == pytest.approx(101, abs=1)
    assert broker[:, f.brokers.BROKER_RESENT].sum() == 0


def test_a_queue_does_not_hear_acknowledgements_while_it_is_down() -> None:
    """What a consumer is done with during the outage is handed out again when its visibility is over: a duplicate."""
    record = record_of("queue")
    assert record.tables["queues"][10, 0, f.queues.QUEUE_UNHEARD] == record.tables["queues"][:, 0, f.queues.QUEUE_EXPIRED].sum()


def test_an_outage_in_which_nothing_happens_is_not_exercised() -> None:
    """A broker that nobody uses while it is down shows nothing."""
    ending = "{kind: step, steps: [{at: 0s, rate: 50/s}, {at: 5s, rate: 0/s}]}"
    text = SHOP.replace("{kind: constant, rate: 100/s}", ending)
    text = text.replace("PUBLISH", "orders").replace("MORE", "").replace("TIMEOUT", "1s")
    for word in ("KIND", "HOLDS", "READS"):
        text = text.replace(word, LOG[word])
    assert any("outage" in note and "log" in note for note in run(loads(text)).to_dict()["fault_notes"])
