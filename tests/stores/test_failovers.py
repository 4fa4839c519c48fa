"""Failovers of stores as they behave: which commits are lost, who had heard of them, what is done again; in both engines."""

from __future__ import annotations

import math
import statistics
from typing import Any

import pytest

import sim
from sim.record import fields as f
from sim.record.fields.facts import FACT_COMMIT_LOST, FACT_TRANSACTION_ENDED, LOG_FACT, LOG_IDENTITY, LOG_TIME, LOG_VALUE
from sim.scenario import loads
from tests.conformance.diverge import assert_conform
from tests.stores.test_relays import BROKER_FIRST, OUTBOX, STORE_FIRST, ran, shop

ENGINES = pytest.mark.parametrize("engine", ["simpy", "compiled"])
RELAYS = {
    "wake": "kind: wake_at_commit, mark: 5ms",
    "tail": "kind: log_tail, delay: 20ms, mark: 5ms",
    "poll": "every: 300ms, mark: 5ms",
}


def over(at: int, loses: int, lasts: int = 50) -> str:
    """A failover of the store at a time, which loses so much; all in ms."""
    return f"over: {{kind: store_failover, target: orders, at: {at}ms, for: {lasts}ms, loses: {loses}ms}}"


@ENGINES
def test_commits_of_the_last_so_long_are_lost_and_no_others(engine: Any) -> None:
    """By the log: those that were over in the window before the failover, the oldest instant not included."""
    text = shop(STORE_FIRST, faults=over(2500, 300), rate=50, horizon="4s")
    _, found = ran(text, engine)
    assert found["failover.failovers"] == 1
    assert found["failover.commits_lost"] == found["failover.rows_lost"] == 14
    logged = assert_conform(loads(text), seed=4)
    assert logged is not None
    rows = logged.log.tolist()
    done = FACT_TRANSACTION_ENDED, f.stores.STORE_COMMITTED
    committed = {row[LOG_IDENTITY]: row[LOG_TIME] for row in rows if (row[LOG_FACT], row[LOG_VALUE]) == done}
    lost = {row[LOG_IDENTITY] for row in rows if row[LOG_FACT] == FACT_COMMIT_LOST}
    assert lost == {ident for ident, at in committed.items() if 2_200_000_000 < at <= 2_500_000_000}
    assert found["store.committed"] == len(committed)


@pytest.mark.parametrize("loses", [10, 300])
@pytest.mark.parametrize("relay", RELAYS)
def test_an_outbox_tells_of_each_order_that_is_kept_whenever_its_store_fails_over(relay: str, loses: int) -> None:
    """One order, and a failover at each instant that matters: kept, and told of once or twice; or lost, a phantom if told of.

    By hand for the relay that is woken: commit at 1020 ms, at the broker at 1025, confirmed at 1030, marked at 1035.
    """
    instants = {990, 1005, 1010, 1015, *range(1019, 1052, 3), 1020, 1030, 1040, *range(1195, 1232, 6), 1330}
    twice = 0
    for at in sorted(instants):
        _, found = ran(shop(relay=RELAYS[relay], faults=over(at, loses)))
        kept = found["store.committed"] - found.get("failover.commits_lost", 0)
        told = found["messages"]
        assert (found["dual_write.undone"] == 1) == (told > 0 and not kept), at
        assert told >= kept, at
        assert told <= 1 + kept, at
        assert found["relay.written"] == found["store.committed"]
        assert found["relay.written"] + found["relay.unmarked"] == found["relay.marked"] + found["relay.lost"], at
        twice += told == 2
        if relay == "wake" and loses == 10:
            assert (kept, told) == by_hand(at), at
    assert twice > 0


def by_hand(at: int) -> tuple[int, int]:
    """Whether the order is kept, and how often others hear of it, for a failover that loses 10 ms."""
    if at <= 1020:
        return int(at <= 949), 0
    if at < 1030:
        return 0, 1
    return 1, 1 + int(at < 1045)


@pytest.mark.parametrize(
    ("steps", "first", "last"), [(STORE_FIRST, 1021, 1034), (BROKER_FIRST, 1000, 1044)], ids=["store first", "broker first"]
)
def test_a_dual_write_is_a_phantom_when_its_commit_is_lost(steps: str, first: int, last: int) -> None:
    """Judged before the failover or after it: what came to the broker is a phantom where no commit is left."""
    for at in (1005, 1015, 1021, 1029, 1030, 1034, 1035, 1036, 1040, 1044, 1045, 1060):
        _, found = ran(shop(steps, faults=over(at, 15)))
        phantoms = found["dual_write.phantoms"] + found["dual_write.undone"]
        kept = found["store.committed"] - found["failover.commits_lost"]
        assert phantoms == int(first <= at <= last), at
        assert phantoms == int(found["messages"] > 0 and not kept), at


@pytest.mark.parametrize("steps", [OUTBOX, STORE_FIRST, BROKER_FIRST])
@pytest.mark.parametrize("at", [1020, 1025, 1030, 1035])
def test_both_engines_tell_the_same_of_a_failover(steps: str, at: int) -> None:
    """The instants at which two things happen; with several orders, instances and a second failover within the first one."""
    second = over(at + 20, 40).replace("over", "again", 1)
    relay = "kind: wake_at_commit, mark: 5ms, instances: 2, batch: 2"
    assert_conform(loads(shop(steps, relay=relay, faults=f"{over(at, 10)}, {second}", rate=100, horizon="1300ms")), seed=4)


@ENGINES
def test_an_order_that_nobody_heard_of_and_that_is_lost_was_in_vain(engine: Any) -> None:
    """Its row waits for the poll when the store fails over: no message, no phantom, and a flow that is not done well."""
    record, found = ran(shop(relay="every: 300ms", faults=over(1100, 200)), engine)
    assert (found["messages"], found["dual_write.undone"], found["failover.commits_lost"]) == (0, 0, 1)
    assert (found["relay.lost"], found["relay.lost_unpublished"], found["relay.marked"]) == (1, 1, 0)
    assert int(record.flows[:, 0, f.flows.FLOW_SPOILED].sum()) == 1


STREAM = """
name: accounts
architecture: event-driven
services:
  bank:
    workers: 10
    operations: {deposit: [{load: {stream: account}}, {append: {stream: account, events: 2}}]}
  mailer: {workers: 9, operations: {send: []}}
stores:
  orders:
    commit: 10ms
    streams: {account: {replay: 1ms, snapshot: {every: 6, load: 1ms, write: 30ms}, publishes: changed}}
brokers: {log: {topics: {changed: {partitions: 1}}}}
subscriptions: {mailer: {topic: changed, operation: mailer.send}}
workload: {deposit: {operation: bank.deposit, arrivals: {kind: constant, rate: 10/s}, keys: 1}}
"""


@ENGINES
def test_a_stream_is_as_long_as_before_and_what_it_published_is_not(engine: Any) -> None:
    """Three appends of two events are lost, each event of which had been published; loads replay what is left."""
    faults = f"faults: {{{over(1950, 300)}}}\nrun: {{horizon: 3s, warmup: 0s, window: 1s, replications: 1, seed: 1}}\n"
    result = sim.run(loads(STREAM + faults), engine=engine)
    totals = result.records[0].tables["event_streams"].sum(axis=(0, 1)).tolist()
    counts = dict(zip(f.event_streams.EVENT_STREAMS.counters, totals, strict=True))
    assert counts["stream_events_lost"] == 6
    assert counts["conflicts"] == 0
    assert (result.values("changed.phantoms"), result.values("orders.commits_lost")) == ([6.0], [3.0])
    assert int(result.records[0].levels["event_streams"][0, f.event_streams.LEVEL_STORED]) == counts["stream_events"] - 6


def test_as_many_commits_are_lost_as_come_in_the_time_that_is_lost() -> None:
    """Commits at random at a rate: a failover that loses t of them loses rate x t on average, with that variance (Poisson)."""
    failovers = ", ".join(over(1000 * n, 100).replace("over", f"o{n}", 1) for n in range(1, 60))
    text = shop(STORE_FIRST, faults=failovers, rate=80, horizon="60s").replace("kind: constant", "kind: poisson")
    text = text.replace("replications: 1", "replications: 12").replace("window: 500ms", "window: 1s")
    found = [record.tables["failovers"][1:, 0, f.failovers.FAILOVER_COMMITS] for record in sim.run(loads(text)).records]
    lost = [int(one) for run in found for one in run]
    expected = 80 * 0.100
    assert abs(statistics.mean(lost) - expected) <= 4 * math.sqrt(expected / len(lost))
    spread = expected * math.sqrt((2 + 1 / expected) / len(lost))  # standard error of the variance of a Poisson sample
    assert abs(statistics.variance(lost) - expected) <= 4 * spread


def test_a_failover_of_sagas_is_refused_and_one_that_loses_nothing_is_none() -> None:
    """What a saga is that has forgotten its last steps is not modelled; ``store_down`` is what loses nothing."""
    saga = "{saga: order, state: {store: orders}, steps: [{do: {call: mailer.send}}]}"
    with pytest.raises(sim.ScenarioError, match="strike it with kind: store_down"):
        loads(shop(saga, faults=over(1000, 10)))
    with pytest.raises(sim.ScenarioError, match="loses"):
        loads(shop(faults=over(1000, 0)))


def test_a_lost_row_in_the_hands_of_a_relay_leaves_phantoms_open() -> None:
    """The relay holds three rows when they are lost, has published one, and may publish the others yet: unsure."""
    text = shop(relay="every: 300ms, mark: 5ms", faults=over(1204, 400, 20), rate=20, horizon="1208ms")
    objectives = 'objectives: ["placed.phantoms <= 0"]\n'
    assert sim.run(loads(text.replace("window: 500ms", "window: 4ms") + objectives)).objectives()[0].outcome == "unsure"
