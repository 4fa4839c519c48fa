"""Event sourcing as it behaves: what loads take, who is refused, what is done again, in both engines alike."""

from __future__ import annotations

from typing import Any

import pytest

import sim
from sim.record import fields as f
from sim.record.fields.event_streams import EVENT_STREAMS, STREAM_APPENDED, STREAM_CONFLICTS, STREAM_EVENTS
from sim.record.outcomes import DEPENDENCY, OK
from sim.scenario import loads
from sim.scenario.checks import check
from tests.conformance.diverge import assert_conform

ENGINES = pytest.mark.parametrize("engine", ["simpy", "compiled"])
ACCOUNTS = """
name: accounts
architecture: event-driven
services:
  accounts: {{workers: 500, replicas: {replicas}, operations: {{deposit: [{steps}]}}}}
  audit: {{workers: 10, operations: {{note: [{{work: 1ms}}]}}}}
stores: {{events: {{connections: 100, {store}, streams: {{account: {{{stream}}}}}}}}}
brokers: {{log: {{topics: {{changed: {{partitions: 1}}}}}}}}
subscriptions: {{audit: {{topic: changed, operation: audit.note}}}}
workload: {{deposit: {{operation: accounts.deposit, arrivals: {{kind: {kind}, rate: {rate}/s}}, keys: {keys}}}}}
faults: {{{faults}}}
run: {{horizon: 10s, warmup: 0s, window: 1s, replications: 1, seed: 4}}
"""
STEPS = "{load: {stream: account}}, {work: 15ms}, {append: {stream: account%s}}"


def accounts(steps: str = STEPS % "", **given: Any) -> str:
    """Deposits to one account, every 10 ms, each 15 ms after it was loaded."""
    settings: dict[str, Any] = {"store": "commit: 0s", "stream": "publishes: changed", "rate": 100, "kind": "constant"}
    settings |= {"keys": 1, "faults": "", "replicas": 1}
    return ACCOUNTS.format(steps=steps, **settings | given)


def ran(text: str, engine: Any) -> tuple[dict[str, int], dict[int, int]]:
    """What one run counted: of the stream, and how many requests ended with which outcome."""
    record = sim.run(loads(text), engine=engine).records[0]
    totals = record.tables["event_streams"].sum(axis=0)[0].tolist()
    settled = record.flows.sum(axis=0)[0, f.flows.FLOW_SETTLED :].tolist()
    return dict(zip(EVENT_STREAMS.counters, totals, strict=True)), {one: settled[one] for one in range(7) if settled[one]}


@ENGINES
def test_who_is_slower_is_refused_and_changes_nothing(engine: Any) -> None:
    """Each handler knows the version for 15 ms, one comes every 10 ms: every second one finds that another was faster."""
    stream, outcomes = ran(accounts(), engine)
    assert (stream["appended"], stream["conflicts"], stream["gave_up"]) == (499, 499, 499)
    assert outcomes == {OK: 499, DEPENDENCY: 499}


@ENGINES
def test_different_aggregates_never_conflict(engine: Any) -> None:
    """A deposit every 10 ms to an account of its own: nobody is refused."""
    steps = STEPS % ", events: 3"
    stream, outcomes = ran(accounts(steps, rate=10), engine)
    assert (stream["appended"], stream["conflicts"], stream["stream_events"]) == (99, 0, 297)
    assert outcomes == {OK: 99}


@ENGINES
def test_after_a_conflict_all_is_done_again_from_the_load_on(engine: Any) -> None:
    """Who is refused loads, works and appends again, until nobody was faster: all deposits are done in the end."""
    retry = ", on_conflict: {kind: fixed, attempts_max: 100, delay: 0s}"
    stream, outcomes = ran(accounts(STEPS % retry, rate=40, kind="poisson"), engine)
    assert stream["gave_up"] == 0
    assert stream["reloads"] == stream["conflicts"] > 0
    assert stream["loads"] == pytest.approx(stream["appended"] + stream["conflicts"], abs=3)
    assert outcomes[OK] == stream["appended"]


@ENGINES
def test_what_is_drawn_again_after_a_conflict_is_drawn_anew(engine: Any) -> None:
    """The work of a second try has another length, and what comes after the append is as it would be without a conflict."""
    retry = ", on_conflict: {kind: fixed, attempts_max: 50, delay: 1ms}"
    work = "{kind: exponential, mean: 15ms}"
    text = accounts((STEPS % retry).replace("15ms", work) + ", {work: {kind: exponential, mean: 1ms}}", rate=40)
    record, apart = (
        sim.run_once(loads(text.replace("keys: 1", f"keys: {keys}")), engine=engine, log_facts=200_000) for keys in (1, 100_000)
    )
    assert record.tables["event_streams"][:, 0, STREAM_CONFLICTS].sum() > 20
    assert apart.tables["event_streams"][:, 0, STREAM_CONFLICTS].sum() == 0
    once, often = (_last_works(one) for one in (apart, record))
    same = [ident for ident in often if ident in once]
    assert len(same) > 100
    assert all(often[ident] == once[ident] for ident in same)


def _last_works(record: Any) -> dict[int, int]:
    """How long the work behind the append took, by the execution."""
    found: dict[int, int] = {}
    appended: dict[int, int] = {}
    for time, fact, ident, value in record.log.tolist():
        if fact == f.facts.FACT_STREAM_APPEND and value == STREAM_APPENDED:
            appended[ident] = time
        elif fact == f.facts.FACT_WORKED and ident in appended:
            found[ident] = time - appended.pop(ident)
    return found


@ENGINES
def test_a_snapshot_is_there_so_long_after_the_append_that_began_it(engine: Any) -> None:
    """Ten deposits a second, a snapshot each 20 events that takes 500 ms: a load replays 5 to 24 events, and pays for it."""
    stream = "replay: 1ms, snapshot: {every: 20, load: 7ms, write: 500ms}"
    counted, _ = ran(accounts(stream=stream, rate=10), engine)
    assert counted["snapshots"] == 4
    early = sum(range(25))  # before the first snapshot is there
    assert counted["replayed"] - early == pytest.approx(sum(5 + n % 20 for n in range(counted["loads"] - 25)), abs=80)
    assert counted["load_time"] == counted["replayed"] * 1_000_000 + (counted["loads"] - 25) * 7_000_000


@ENGINES
def test_the_events_of_a_stream_are_published_once_each_whatever_goes_down(engine: Any) -> None:
    """A replica that goes down loses no event that is in the stream, and publishes none that is not."""
    faults = ", ".join(f"f{n}: {{kind: crash, target: accounts, at: {n}017ms, for: 300ms}}" for n in range(1, 9))
    text = accounts(faults=faults, store="commit: 5ms", rate=40)
    record = sim.run(loads(text), engine=engine).records[0]
    stream = record.tables["event_streams"].sum(axis=0)[0]
    assert record.groups.sum(axis=0)[0, f.groups.GROUP_APPENDED] == stream[STREAM_EVENTS]
    assert record.tables["stores"].sum(axis=0)[0, f.stores.STORE_BROKEN_OFF] > 0


@pytest.mark.parametrize("crash", ["", ", crash: {kind: crash, target: accounts, at: 4017ms, for: 300ms}"])
def test_a_store_gives_up_no_event_while_the_broker_is_down(crash: str) -> None:
    """A handler's message is given up after the delivery timeout, and goes down with its replica: a store reads its own log.

    What it publishes comes to the broker in its order when that is back, with what handlers publish that still wait.
    """
    faults = "down: {kind: broker_outage, target: log, at: 2s, for: 4s}" + crash
    text = accounts(STEPS % "" + ", {publish: changed, acks: none}", faults=faults, rate=40)
    text = text.replace("brokers: {log: {", "brokers: {log: {latency: 1ms, delivery_timeout: 1s, ")
    record = assert_conform(loads(text), seed=4)
    assert record is not None
    appended = record.tables["event_streams"][:, 0, f.event_streams.STREAM_EVENTS]
    assert record.groups.sum(axis=0)[0, f.groups.GROUP_APPENDED] == 2 * appended.sum() - record.tables["brokers"][
        :, 0, [f.brokers.BROKER_UNDELIVERED, f.brokers.BROKER_LOST]
    ].sum()
    lost = record.tables["brokers"].sum(axis=0)[0, f.brokers.BROKER_LOST]
    assert (lost > 0) == bool(crash)
    assert record.groups[6, 0, f.groups.GROUP_APPENDED] > appended[2:6].sum() + appended[5]
    back = f.facts.FACT_LET_GO, f.brokers.BROKER_RESENT
    resent = [ident for _, fact, ident, how in record.log.tolist() if (fact, how) == back]
    held = [ident for _, fact, ident, _ in record.log.tolist() if fact == f.facts.FACT_HELD]
    assert resent == [ident for ident in held if ident in set(resent)]


@ENGINES
def test_an_append_that_the_store_aborts_is_no_conflict(engine: Any) -> None:
    """With all commits aborted, nothing is in the stream, nothing is done again, and nobody hears of an event."""
    retry = ", on_conflict: {kind: fixed, attempts_max: 5, delay: 0s}"
    stream, outcomes = ran(accounts(STEPS % retry, store="aborts: 100%", rate=10), engine)
    assert (stream["append_aborts"], stream["appended"], stream["reloads"]) == (99, 0, 0)
    assert outcomes == {DEPENDENCY: 99}


def test_keys_by_zipfs_law_come_as_often_as_it_says() -> None:
    """The share of the most frequent of 50 keys is 1 over the sum of k to the minus 0.8."""
    text = accounts(rate=2000, keys="{count: 50, exponent: 0.8}", stream="")
    keys = loads(text).workload["deposit"].keys
    weights = keys.weights()  # type: ignore[union-attr]
    assert weights[0] / sum(weights) == pytest.approx(0.15342385)


@pytest.mark.parametrize(
    ("steps", "more", "message"),
    [
        ("{transaction: {store: events}, steps: [{load: {stream: account}}]}", {}, "has a transaction of its own"),
        ("{append: {stream: account, on_conflict: {kind: fixed, attempts_max: 2, delay: 0s}}}", {}, "without a load before"),
        ("{load: {stream: acount}}", {}, "did you mean 'account'"),
        (STEPS % "", {"keys": "null"}, "say how many there are with 'keys'"),
        ("{load: {stream: account}}", {}, "no handler appends to this stream"),
        (STEPS % "", {"stream": "publishes: chnged"}, "did you mean 'changed'"),
        (STEPS % "", {"keys": "{count: 5, kind: uniform, exponent: 1}"}, "uniform keys have no exponent"),
    ],
)
def test_what_cannot_be_meant_is_said(steps: str, more: dict[str, Any], message: str) -> None:
    """Each mistake is told with its place and the remedy."""
    try:
        found = [problem.message for problem in check(loads(accounts(steps, **more)))]
    except sim.ScenarioError as error:
        found = [str(error)]
    assert any(message in one for one in found), found


def test_a_queue_that_may_refuse_events_is_warned_of() -> None:
    """A store publishes each event once: what a full queue refuses is lost; one that drops the oldest says so by itself."""
    text = accounts().replace("brokers: {log: {topics: {changed: {partitions: 1}}}}", "brokers: {q: {kind: queue, QUEUES}}")
    text = text.replace("audit: {topic: changed", "audit: {queue: changed")
    bounded = loads(text.replace("QUEUES", "queues: {changed: {length_max: 10}}"))
    (found,) = [one for one in check(bounded) if one.field == "stores.events.streams.account.publishes"]
    assert found.severity == "warning"
    assert "lost while the queue 'changed' is full" in found.message
    assert not [one for one in check(loads(text.replace("QUEUES", "queues: {changed: {}}"))) if "lost while" in one.message]
