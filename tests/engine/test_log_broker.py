"""The log broker: what is lost, doubled and delayed follows from commits, crashes and rebalances, and from nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from sim.record.fields.groups import (
    GROUP_APPLIED,
    GROUP_APPLY_TIME,
    GROUP_DROPPED,
    GROUP_DUPLICATES,
    GROUP_FAILED,
    GROUP_HELD,
    GROUP_LAG_AREA,
    GROUP_LAG_MAX,
    GROUP_LOST,
    GROUP_REBALANCES,
    GROUP_REDELIVERED,
    LEVEL_LAG,
    LEVEL_UNHANDLED,
)
from tests.engine.story import once, scene, topic

MS = 1_000_000


def messages(count: int = 3, acks: str = "none", work: str = "10ms", replicas: int = 1, **more: Any) -> dict[str, Any]:
    """So many messages, 1 ms apart from 1000 ms on, for a consumer ``c`` that works 10 ms on each."""
    services = {
        "p": {"workers": 9, "operations": {"go": [{"publish": "t", "acks": acks}]}},
        "c": {"replicas": replicas, "operations": {"go": more.pop("handler", [{"work": work}])}},
    }
    faults = more.pop("faults", {})
    run = more.pop("run", {})
    flows = {f"f{n}": once("p.go", f"{1000 + n}ms") for n in range(count)}
    return scene(services, flows, faults=faults, run=run, **topic("c.go", **more))


def crash(at: str = "1005ms", lasts: str = "20ms", **more: Any) -> dict[str, Any]:
    """The first replica of ``c`` crashes."""
    return {"x": {"kind": "crash", "target": "c", "replicas": 1, "at": at, "for": lasts, **more}}


@pytest.mark.parametrize(("acks", "replied"), [("leader", 1006), ("none", 1000)])
def test_acks(play: Any, acks: str, replied: int) -> None:
    """With acks of the leader the handler waits for one way there and one back; without it goes on at once."""
    story = play(messages(1, acks=acks, latency="3ms"))
    assert story.times("appended") == [1003]
    assert story.times("replied") == [replied]
    assert story.times("acknowledged") == ([1006] if acks == "leader" else [])


def test_one_at_a_time_in_order(play: Any) -> None:
    """A consumer handles one message at a time, in the order of the partition; the trace ends with its message."""
    story = play(messages(3))
    assert story.rows("delivered") == [(1000, 0), (1010, 1), (1020, 2)]
    assert story.times("closed") == [1010, 1020, 1030]
    assert story.group(GROUP_APPLIED) == 3
    assert story.group(GROUP_APPLY_TIME) == (10 + 19 + 28) * MS
    assert story.group(GROUP_LAG_AREA) == (10 + 19 + 28) * MS
    assert story.record.groups[:, 0, GROUP_LAG_MAX].max() == 3


def test_consumers_share_the_partitions(play: Any) -> None:
    """Three partitions and three consumers: all at once. Consumers beyond the partitions stay idle."""
    assert play(messages(3, partitions=3, consumers=3)).times("delivered") == [1000, 1001, 1002]
    assert play(messages(3, partitions=2, consumers=3)).times("delivered") == [1000, 1001, 1010]


def test_the_message_that_waits_longest_comes_first(play: Any) -> None:
    """A consumer of several partitions takes the oldest head, not one partition after the other."""
    story = play(messages(4, partitions=2))
    assert story.rows("delivered") == [(1000, 0), (1010, 0), (1020, 1), (1030, 1)]


def test_one_key_one_partition(play: Any) -> None:
    """All messages of one key are in one partition, in order; other keys are elsewhere."""
    data = messages(1, partitions=5, consumers=5)
    data["brokers"]["b"]["topics"]["t"]["partitioner"] = "key"
    data["workload"] = {"f": {"operation": "p.go", "arrivals": {"kind": "constant", "rate": "50/s"}, "keys": 1}}
    story = play(data)
    assert [offset for _, offset in story.rows("appended")] == list(range(99))
    data["workload"]["f"]["keys"] = 1000
    offsets = [offset for _, offset in play(data).rows("appended")]
    assert max(offsets) < 50


def test_the_key_of_the_trace_spreads_what_the_key_of_the_flow_keeps_together(play: Any) -> None:
    """With one key all messages are in one partition; by the keys of their traces they are spread over all of them."""
    data = messages(1, partitions=5, consumers=5)
    data["brokers"]["b"]["topics"]["t"]["partitioner"] = "key"
    data["workload"] = {"f": {"operation": "p.go", "arrivals": {"kind": "constant", "rate": "50/s"}, "keys": 1}}
    plain = play(data).rows("appended")
    publish = data["services"]["p"]["operations"]["go"][0]
    publish["key"] = "flow"
    assert play(data).rows("appended") == plain
    publish["key"] = "trace"
    offsets = [offset for _, offset in play(data).rows("appended")]
    assert offsets.count(0) == 5
    assert max(offsets) < 35


def test_commit_before_loses_the_message_in_hand(play: Any) -> None:
    """At most once: a crash loses exactly the message in hand; the others come after restart and pause, once."""
    story = play(messages(3, commit="before", session_timeout="1s", rebalance_pause="5ms", faults=crash()))
    assert story.times("lost") == [1005]
    assert story.rows("delivered") == [(1000, 0), (1030, 1), (1040, 2)]
    assert [story.group(field) for field in (GROUP_LOST, GROUP_APPLIED, GROUP_DUPLICATES)] == [1, 2, 0]
    assert [good for _, good in story.rows("closed")] == [0, 1, 1]


def test_commit_after_repeats_the_message_in_hand(play: Any) -> None:
    """At least once: the message in hand comes again, to the survivor, after session timeout and pause."""
    faults = crash(lasts="900ms")
    story = play(messages(2, replicas=2, session_timeout="50ms", rebalance_pause="7ms", faults=faults))
    assert story.times("session_expired") == [1055]
    assert story.rows("delivered") == [(1000, 0), (1062, 0), (1072, 1)]
    assert [story.group(field) for field in (GROUP_LOST, GROUP_APPLIED, GROUP_DUPLICATES)] == [0, 2, 0]
    assert story.group(GROUP_REDELIVERED) == 1
    assert story.group(GROUP_HELD) == (5 + 10 + 10) * MS


@pytest.mark.parametrize(("every", "repeated"), [(1, 0), (2, 1), (3, 0), (4, 3), (100, 3)])
def test_commit_every(play: Any, every: int, repeated: int) -> None:
    """What was handled and not yet committed is applied again: up to n - 1 messages, and the one in hand."""
    faults = crash("1035ms")
    story = play(messages(6, commit_every=every, session_timeout="1s", rebalance_pause="0s", faults=faults))
    assert story.group(GROUP_DUPLICATES) == repeated
    assert story.group(GROUP_REDELIVERED) == repeated + 1
    assert story.group(GROUP_APPLIED) == 6
    assert [offset for _, offset in story.rows("delivered")] == [0, 1, 2, 3, *range(3 - repeated, 6)]


def test_lag_is_what_is_not_committed(play: Any) -> None:
    """With a commit for every two messages, the lag of a last odd message stays."""
    story = play(messages(3, commit_every=2))
    assert story.rows("committed") == [(1020, 2)]
    assert story.record.group_levels[0, LEVEL_LAG] == 1
    assert story.record.group_levels[0, LEVEL_UNHANDLED] == 0


def test_a_rebalance_stops_everybody_twice(play: Any) -> None:
    """Eager: when a member is given up, and when it comes back, the whole group stops for the pause."""
    data = messages(1, replicas=2, partitions=2, session_timeout="50ms", rebalance_pause="100ms", faults=crash(lasts="300ms"))
    data["workload"] = {"f": {"operation": "p.go", "arrivals": {"kind": "constant", "rate": "100/s"}}}
    data["services"]["c"]["operations"]["go"] = [{"work": "1ms"}]
    story = play(data)
    assert story.times("rebalancing") == [1055, 1305]
    assert story.rows("assigned") == [(0, 2), (1155, 1), (1405, 2)]
    delivered = story.times("delivered")
    assert not [time for time in delivered if 1055 <= time < 1155 or 1305 <= time < 1405]
    assert [time for time in delivered if 1005 <= time < 1055]  # the survivor's own partition goes on
    assert story.group(GROUP_REBALANCES) == 2
    assert story.group(GROUP_DUPLICATES) == 0


def test_a_rebalance_waits_for_work_in_hand(play: Any) -> None:
    """The pause is the least: a member at work is waited for, and commits before the partitions change hands."""
    faults = crash(lasts="300ms")
    data = messages(2, replicas=2, partitions=2, work="80ms", session_timeout="50ms", rebalance_pause="5ms", faults=faults)
    story = play(data)
    assert story.times("rebalancing") == [1055, 1305]
    assert story.rows("assigned")[1] == (1081, 1)  # at work from 1001 to 1081
    assert story.rows("delivered") == [(1000, 0), (1001, 0), (1081, 0)]
    assert story.group(GROUP_APPLIED) == 2


def test_back_before_the_session_is_over(play: Any) -> None:
    """A consumer that restarts in time is not given up; its return rebalances once."""
    story = play(messages(2, session_timeout="500ms", rebalance_pause="5ms", faults=crash()))
    assert story.times("session_expired") == []
    assert story.times("rebalancing") == [1025]
    assert story.rows("delivered") == [(1000, 0), (1030, 0), (1040, 1)]


def test_nobody_left(play: Any) -> None:
    """Without members messages wait in the log, and are handled when a consumer comes back."""
    faults = crash(lasts="300ms")
    story = play(messages(2, session_timeout="50ms", rebalance_pause="5ms", faults=faults))
    assert story.rows("assigned") == [(0, 1), (1060, 0), (1310, 1)]
    assert story.rows("delivered") == [(1000, 0), (1310, 0), (1320, 1)]


@pytest.mark.parametrize(("attempts", "dropped"), [(1, [1010]), (3, [1044])])
def test_redelivery_in_place(play: Any, attempts: int, dropped: list[int]) -> None:
    """A handler that fails gets the message again at once, after the delay; after the last attempt it is dropped."""
    retry = {"kind": "fixed", "attempts_max": attempts, "delay": "7ms"}
    story = play(messages(1, handler=[{"work": "10ms"}, {"fail": 1.0}], retry=retry))
    assert story.times("delivered") == [1000.0 + 17 * n for n in range(attempts)]
    assert story.times("handled") == dropped
    assert story.group(GROUP_DROPPED) == 1
    assert story.group(GROUP_FAILED) == attempts
    assert story.record.group_levels[0, LEVEL_LAG] == 0
    assert [good for _, good in story.rows("closed")] == [0]


def test_each_group_reads_everything(play: Any) -> None:
    """Two groups each handle every message at their own pace; the trace ends when both have."""
    data = messages(2)
    data["services"]["d"] = {"operations": {"go": [{"work": "3ms"}]}}
    data["subscriptions"]["h"] = {"topic": "t", "operation": "d.go"}
    story = play(data)
    assert story.rows("delivered", "c.go") == [(1000, 0), (1010, 1)]
    assert story.rows("delivered", "d.go") == [(1000, 0), (1003, 1)]
    assert story.times("closed") == [1010, 1020]
    assert story.group(GROUP_APPLIED) == story.group(GROUP_APPLIED, "h") == 2


def test_consumers_are_not_workers(play: Any) -> None:
    """Messages are handled in threads of their own: the service's only worker stays free for requests."""
    data = messages(1)
    data["workload"]["g"] = once("c.go", "1001ms")
    assert play(data).outcomes("replied") == [(1000, "ok"), (1011, "ok")]


def test_a_slow_replica_consumes_slowly(play: Any) -> None:
    """A slowdown strikes work on messages like any other, also what it finds under way."""
    slow = {"x": {"kind": "slowdown", "target": "c", "factor": 3.0, "at": "1005ms", "for": "10ms"}}
    assert play(messages(3, faults=slow)).times("delivered") == [1000, 1016.666666, 1026.666666]
