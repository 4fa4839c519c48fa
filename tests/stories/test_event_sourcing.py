"""What the page on event sourcing says in words, as assertions."""

from __future__ import annotations

from typing import Any

from sim.record.fields.edges import EDGE_ATTEMPTS
from sim.record.fields.event_streams import STREAM_APPENDS, STREAM_CONFLICTS, STREAM_EVENTS, STREAM_LOAD_TIME, STREAM_LOADS
from sim.record.fields.flows import FLOW_SETTLED
from sim.record.fields.groups import GROUP_APPENDED
from tests.stories.story import result_of

FOLDER = "event-sourcing"
CALM = ("faults={}",)


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def test_on_a_hot_account_the_lock_is_better() -> None:
    """Events are answered sooner in the median, seven times later at the 99th percentile, and a few in a thousand not.

    One in six comes to the first account of 200, by Zipf's law.
    """
    assert 5.5 < sum(1 / number for number in range(1, 201)) < 6.5
    assert of("events", "deposit.latency.p50", *CALM).mean < of("sync", "deposit.latency.p50", *CALM).mean
    assert 6 < of("events", "deposit.latency.p99", *CALM).mean / of("sync", "deposit.latency.p99", *CALM).mean < 9
    assert 0.001 < of("events", "deposit.errors", *CALM).mean < 0.004
    assert of("sync", "deposit.errors", *CALM).high == 0


def test_without_snapshots_the_hot_account_stops_itself() -> None:
    """Loads grow with every event, and conflicts with the loads; with a snapshot every 100 events some 49.5 are replayed."""
    assert abs(of("events", "account.replayed", *CALM).mean - 99 / 2) < 1.5
    assert of("no_snapshots", "account.conflicts", *CALM).low > 2 * of("events", "account.conflicts", *CALM).high
    for record in result_of(FOLDER, "no_snapshots", CALM).records:
        table = record.tables["event_streams"][:, 0]
        early, late = table[10:30].sum(axis=0), table[-20:].sum(axis=0)
        per_load = [part[STREAM_LOAD_TIME] / part[STREAM_LOADS] for part in (early, late)]
        assert per_load[1] > 1.5 * per_load[0]
        assert late[STREAM_CONFLICTS] / late[STREAM_APPENDS] > early[STREAM_CONFLICTS] / early[STREAM_APPENDS]


def test_the_events_wait_for_the_audit_and_the_caller_does_not() -> None:
    """Ten of the 110 seconds measured the audit is down: who calls it fails about those deposits, and they are in the books."""
    sync, events = of("sync", "deposit.errors"), of("events", "deposit.errors")
    assert sync.low > 0.9 * 10 / 110
    assert events.high < 0.01
    for record in result_of(FOLDER, "events").records:
        appended = record.tables["event_streams"].sum(axis=0)[0, STREAM_EVENTS]
        on_the_way = appended - record.groups.sum(axis=0)[0, GROUP_APPENDED]
        assert 0 <= on_the_way < 10  # 400 a second, 2 ms each


def test_guards_gain_nothing() -> None:
    """As many fail; fewer calls go to an audit that is away, and in the first second that it is back fewer are answered."""
    assert of("guarded", "deposit.errors").mean > of("sync", "deposit.errors").mean - 0.001
    guarded, plain = (result_of(FOLDER, variant).records for variant in ("guarded", "sync"))
    edge = [one.name for one in plain[0].network.edges].index("accounts.deposit -> audit.note")
    asked = [sum(int(one.edges[60:70, edge, EDGE_ATTEMPTS].sum()) for one in records) for records in (guarded, plain)]
    assert asked[0] < asked[1] / 2
    back = [sum(int(one.flows[70, 0, FLOW_SETTLED]) for one in records) for records in (guarded, plain)]
    assert back[0] < back[1] / 2
