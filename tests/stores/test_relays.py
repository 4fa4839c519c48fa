"""Outboxes, relays and dual writes as they behave: when a row is published, again, or never, in both engines alike."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

import sim
from sim.record import fields as f
from sim.record.fields.facts import FACT_ROW_PUBLISHED, FACT_ROW_WRITTEN, LOG_FACT, LOG_IDENTITY
from sim.scenario import ScenarioError, loads
from tests.conformance.diverge import assert_conform

ENGINES = pytest.mark.parametrize("engine", ["simpy", "compiled"])
OUTBOX = "{transaction: {store: orders}, steps: [{work: 10ms}, {write: order}, {outbox: placed}]}"
STORE_FIRST = "{transaction: {store: orders}, steps: [{work: 10ms}, {write: order}]}, {work: 10ms}, {publish: placed}"
BROKER_FIRST = "{work: 10ms}, {publish: placed}, {transaction: {store: orders}, steps: [{write: order}]}"
SHOP = """
name: shop
architecture: event-driven
services:
  shop: {{replicas: 1, workers: 100, operations: {{place: [{steps}]}}}}
  mailer: {{workers: 1, operations: {{send: [{{effect: mailed}}]}}}}
stores: {{orders: {{commit: 10ms, {store}}}}}
relays: {{{relay}}}
brokers: {{rabbit: {{kind: {broker}, latency: 5ms, {channel}}}}}
subscriptions: {{mailer: {{{reads}: placed, operation: mailer.send, consumers: 1}}}}
workload: {{place: {{operation: shop.place, arrivals: {{kind: constant, rate: {rate}/s}}}}}}
faults: {{{faults}}}
run: {{horizon: {horizon}, warmup: 0s, window: 500ms, replications: 1, seed: 4}}
"""


def shop(
    steps: str = OUTBOX,
    *,
    relay: str = "kind: wake_at_commit, mark: 5ms",
    faults: str = "",
    rate: int = 1,
    horizon: str = "1900ms",
    queue: str = "",
    store: str = "connections: 100",
) -> str:
    """One order at 1 s; its transaction commits at 1020 ms, and what is published is at the broker 5 ms later."""
    broker = ("log", "topics: {placed: {partitions: 1}}", "topic")
    if queue:
        broker = ("queue", f"queues: {{placed: {{{queue}}}}}", "queue")
    return SHOP.format(
        steps=steps,
        relay=f"mail: {{store: orders, {relay}}}" if "outbox" in steps else "",
        faults=faults,
        rate=rate,
        horizon=horizon,
        store=store,
        broker=broker[0],
        channel=broker[1],
        reads=broker[2],
    )


def ran(text: str, engine: Any = "compiled") -> tuple[Any, dict[str, int]]:
    """A run, and what its families of stores and relays counted."""
    record = sim.run(loads(text), engine=engine).records[0]
    return record, counted(record)


def counts(scenario: sim.Scenario) -> dict[str, int]:
    """What a run of a scenario counts."""
    return counted(sim.run(scenario).records[0])


def counted(record: Any) -> dict[str, int]:
    """What the families of stores and relays counted."""
    found = {}
    for family in (f.stores.STORES, f.relays.RELAYS, f.dual_writes.DUAL_WRITES, f.failovers.FAILOVERS):
        if record.tables[family.name].shape[1]:
            totals = record.tables[family.name].sum(axis=0)[0].tolist()
            found |= {f"{family.one}.{name}": total for name, total in zip(family.counters, totals, strict=True)}
    found["messages"] = int(record.groups[:, 0, f.groups.GROUP_APPENDED].sum())
    return found


def crash(target: str, at: int) -> str:
    """A crash of the shop, or of the relay, at a time in ms, that is over soon."""
    return f"{target}: {{kind: crash, target: {'shop' if target == 'shop' else '{relay: mail}'}, at: {at}ms, for: 100ms}}"


@ENGINES
@pytest.mark.parametrize(
    ("relay", "delay_ms"),
    [
        ("kind: wake_at_commit", 10),
        ("kind: log_tail, delay: 20ms", 30),
        ("kind: poll, every: 300ms", 190),  # commits at 1020 ms, is polled at 1200 ms
        ("kind: poll, every: 300ms, timing: fixed_rate", 190),
        ("kind: poll, every: 300ms, instances: 2", 40),  # polls every 150 ms, by either in turn
    ],
)
def test_how_long_a_row_waits_for_its_relay(engine: Any, relay: str, delay_ms: int) -> None:
    """From its commit until the broker has confirmed it: there and back is 10 ms, and before it the relay's own wait."""
    _, found = ran(shop(relay=relay), engine)
    assert found["relay.published"] == found["relay.marked"] == found["messages"] == 1
    assert found["relay.delay"] == delay_ms * 1_000_000


@pytest.mark.parametrize("steps", [OUTBOX, STORE_FIRST, BROKER_FIRST])
@pytest.mark.parametrize("at", [1010, 1020, 1025, 1030])
def test_both_engines_tell_the_same_of_a_crash_point(steps: str, at: int) -> None:
    """The instants at which two things happen are the crash points where the order of events decides."""
    relay = f", {crash('relay', at)}" if steps == OUTBOX else ""
    assert_conform(loads(shop(steps, faults=crash("shop", at) + relay)), seed=4)


@ENGINES
def test_an_abort_publishes_nothing_from_an_outbox_and_a_phantom_from_the_broker_first(engine: Any) -> None:
    """All commits are aborted: rows of the outbox go with them, an event that was published before does not."""
    _, found = ran(shop(store="aborts: 100%"), engine)
    assert found["relay.written"] == found["messages"] == 0
    _, found = ran(shop(BROKER_FIRST, store="aborts: 100%"), engine)
    assert found["dual_write.phantoms"] == found["messages"] == 1
    _, found = ran(shop(STORE_FIRST, store="aborts: 100%"), engine)
    assert (found["dual_write.whole"], found["messages"]) == (1, 0)


@ENGINES
def test_a_refused_event_is_lost_by_a_dual_write_and_waits_in_an_outbox(engine: Any) -> None:
    """A queue with room for one and a consumer that is down: the handler loses the second order's event, the relay keeps it."""
    down = "down: {kind: crash, target: mailer, at: 500ms, for: 3s}"
    _, found = ran(shop(STORE_FIRST, faults=down, queue="length_max: 1", rate=4, horizon="1900ms"), engine)
    assert (found["dual_write.lost"], found["messages"]) == (5, 2)
    _, found = ran(shop(faults=down, queue="length_max: 1", rate=4, horizon="6s"), engine)
    assert found["relay.refused"] > 0
    assert found["relay.published"] == found["messages"] == found["store.committed"] == 23


def test_a_branch_without_a_publish_loses_nothing() -> None:
    """A handler that ends well, and commits without publishing as its steps say, has torn nothing."""
    branches = "{choose: [{weight: 1, steps: [{publish: placed}]}, {weight: 1, steps: []}]}"
    steps = f"{{transaction: {{store: orders}}, steps: []}}, {branches}"
    _, found = ran(shop(steps, rate=20, horizon="5s"))
    assert found["dual_write.lost"] == found["dual_write.phantoms"] == 0
    assert 0 < found["messages"] < found["dual_write.whole"]


def test_executions_under_way_leave_an_objective_open() -> None:
    """No event is lost so far, and one may be yet: neither pass nor failure."""
    text = shop(STORE_FIRST, horizon="1025ms") + 'objectives: ["placed.lost <= 0", "placed.phantoms <= 0"]\n'
    lost, phantoms = sim.run(loads(text.replace("window: 500ms", "window: 25ms"))).objectives()
    assert lost.outcome == phantoms.outcome == "unsure"


@ENGINES
def test_a_store_that_is_down_refuses_and_breaks_off(engine: Any) -> None:
    """What waits and what comes fails at once, what is open fails at the end of its commit; after it all is as before."""
    down = "down: {kind: store_down, target: orders, at: 2005ms, for: 500ms}"
    _, found = ran(shop(faults=down, rate=10, horizon="5s"), engine)
    assert (found["store.broken_off"], found["store.refused"]) == (1, 5)
    assert found["store.committed"] == found["messages"] == 49 - 6


@ENGINES
def test_a_slow_store_takes_longer_to_commit_and_to_mark(engine: Any) -> None:
    """Commits that begin in the window take five times as long."""
    slow = "slow: {kind: store_slow, target: orders, factor: 5, at: 2s, for: 1s}"
    _, found = ran(shop(faults=slow, rate=10, horizon="5s"), engine)
    assert found["store.held"] == 49 * 20_000_000 + 10 * 40_000_000


@pytest.mark.parametrize(("claim", "kept"), [("leader", True), ("skip_locked", False)])
def test_whether_several_instances_keep_the_order(claim: str, kept: Any) -> None:
    """With a leader rows are published as they were committed; with skip_locked several publish at once."""
    relay = f"kind: wake_at_commit, instances: 3, batch: 1, claim: {claim}"
    text = shop(relay=relay, rate=150, horizon="3s")
    scenario = loads(text.replace("latency: 5ms", "latency: {kind: exponential, mean: 5ms}"))
    record = assert_conform(scenario, seed=4)
    assert record is not None
    rows = record.log.tolist()
    written, published = (
        [row[LOG_IDENTITY] for row in rows if row[LOG_FACT] == fact] for fact in (FACT_ROW_WRITTEN, FACT_ROW_PUBLISHED)
    )
    assert len(published) > 100
    assert (published == written[: len(published)]) == kept


@pytest.mark.parametrize(("struck", "rest_ms"), [("", 2000), (", replicas: 1", 0)])
def test_one_of_two_instances_may_go_down_and_the_order_is_kept(struck: str, rest_ms: int) -> None:
    """With a leader the other instance takes over at its next poll; of both nobody publishes until they are up again."""
    faults = f"down: {{kind: crash, target: {{relay: mail}}{struck}, at: 2205ms, for: 2s}}"
    relay = "kind: poll, every: 100ms, instances: 2, batch: 20, claim: leader"
    record = assert_conform(loads(shop(relay=relay, rate=50, horizon="6s", faults=faults)), seed=4)
    assert record is not None
    log = [(row[f.facts.LOG_FACT], row[f.facts.LOG_TIME] / 1e6, row[f.facts.LOG_IDENTITY]) for row in record.log.tolist()]
    published = [(at, identity) for fact, at, identity in log if fact == f.facts.FACT_ROW_PUBLISHED]
    written = [identity for fact, _, identity in log if fact == f.facts.FACT_ROW_WRITTEN]
    assert [identity for _, identity in published] == written[: len(published)]
    longest = max(later - earlier for (earlier, _), (later, _) in pairwise(published))
    assert rest_ms < longest < rest_ms + 200


def test_as_many_instances_are_struck_as_there_are() -> None:
    """A fault that is to strike more instances than a relay has is refused; at random they may share their times."""
    fault = "down: {{kind: crash, target: {{relay: mail}}, replicas: {}, {}}}"
    with pytest.raises(ScenarioError, match="3 instances, but 'mail' has 2; write at most 2"):
        loads(shop(relay="instances: 2", faults=fault.format(3, "at: 1s, for: 1s")))
    chance = "random: {mtbf: 1s, mttr: 500ms, correlated: 50%}"
    assert_conform(loads(shop(relay="instances: 2", rate=50, horizon="6s", faults=fault.format("50%", chance))), seed=4)
