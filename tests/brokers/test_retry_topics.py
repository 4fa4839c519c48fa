"""Retry topics: what a consumer group of a log fails at for good is handed on, after a delay handled there, and never lost."""

from __future__ import annotations

from typing import Any

import pytest

from sim.metrics.dropped import DROPPED
from sim.metrics.handed_on import HANDED_ON
from sim.record import fields as f
from tests.engine.test_log_broker import crash, messages

FAILS = [{"work": "10ms"}, {"fail": 1.0}]


def handed(count: int = 2, *, read: bool = True, again: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Messages that ``c`` fails at after 10 ms, 2 ms from everybody, and ``d`` that reads those that are handed on."""
    group = {"handler": FAILS, "latency": "2ms", "on_failure": {"then": "r"}, "rebalance_pause": "0s", **more}
    data = messages(count, **group)
    data["brokers"]["b"]["topics"]["r"] = {"partitions": 1, "partitioner": "round_robin"}
    if read:
        data["services"]["d"] = {"operations": {"go": [{"work": "1ms"}]}}
        data["subscriptions"]["again"] = {"topic": "r", "operation": "d.go", **(again or {})}
    return data


def outage(at: str, lasts: str) -> dict[str, Any]:
    """The broker is down for a while."""
    return {"out": {"kind": "broker_outage", "target": "b", "at": at, "for": lasts}}


def test_what_fails_is_handed_on_and_handled_after_the_delay(play: Any) -> None:
    """Failed at 1012 ms, at the log at 1014, heard of at 1016, when the next one is begun; handled 20 ms after its append."""
    story = play(handed(again={"delay": "20ms"}))
    assert story.times("delivered", "c.go") == [1002, 1016]
    assert story.times("appended", "r") == [1014, 1028]
    assert story.times("delivered", "d.go") == [1034, 1048]
    one, other = f.groups.GROUP_HANDED_ON, f.groups.GROUP_APPLIED
    assert story.rows("handled") == [(1016, one), (1030, one), (1035, other), (1049, other)]
    assert (story.group(one), story.group(f.groups.GROUP_DROPPED), story.group(other, "again")) == (2, 0, 2)


def test_a_flow_goes_on_in_the_retry_topic(play: Any) -> None:
    """It ends with the last handler, and well if that does; it is spoiled where nobody reads what is handed on."""
    well, unread = play(handed(again={"delay": "20ms"})), play(handed(read=False))
    assert (well.times("closed"), well.rows("closed")[0][1]) == ([1035, 1049], 1)
    assert unread.rows("closed") == [(1016, 0), (1030, 0)]
    assert unread.rows("appended", "r") == []  # nobody has to handle it


def test_it_is_tried_in_place_before(play: Any) -> None:
    """Three attempts 5 ms apart, those behind wait: handed on at 1042 ms, and known to be at 1046."""
    retry = {"kind": "fixed", "attempts_max": 3, "delay": "5ms"}
    story = play(handed(1, on_failure={"retry": retry, "then": "r"}))
    assert story.times("delivered", "c.go") == [1002, 1017, 1032]
    assert (1046, f.groups.GROUP_HANDED_ON) in story.rows("handled")
    assert story.group(f.groups.GROUP_RETRIES) == 2
    assert story.group(f.groups.GROUP_RESTING_AREA) == (5 + 5 + 4) * 1_000_000


def test_a_retry_of_on_failure_is_the_retry_of_the_subscription(play: Any) -> None:
    """Without `then` it is the same run as with `retry`."""
    retry = {"kind": "fixed", "attempts_max": 3, "delay": "5ms"}
    one, other = (play(messages(handler=FAILS, **group)) for group in ({"retry": retry}, {"on_failure": {"retry": retry}}))
    assert one.record.fingerprint() == other.record.fingerprint()
    assert other.group(f.groups.GROUP_DROPPED) == 3


def test_a_delay_holds_up_its_partition_only(play: Any) -> None:
    """Each is handled 20 ms after its append at the earliest, in order; what has waited long enough waits for the worker."""
    one = play(messages(3, delay="20ms"))
    assert one.rows("delivered") == [(1020, 0), (1030, 1), (1040, 2)]
    both = play(messages(4, partitions=2, consumers=2, delay="20ms"))
    assert both.rows("delivered") == [(1020, 0), (1021, 0), (1030, 1), (1031, 1)]


def test_what_waits_for_its_delay_is_lag(play: Any) -> None:
    """The group has not committed it, as a broker sees it; its age counts from the append on."""
    story = play(messages(1, delay="20ms"))
    assert story.group(f.groups.GROUP_LAG_AREA) == 30_000_000
    assert story.group(f.groups.GROUP_APPLY_TIME) == 30_000_000


def test_who_goes_down_before_it_heard_hands_on_twice(play: Any) -> None:
    """The copy of 1012 ms is at the log; its consumer has not heard, comes back, fails again: two copies, counted once."""
    story = play(handed(1, faults=crash("1015ms", "5ms")))
    assert story.times("delivered", "c.go") == [1002, 1020]
    assert story.times("appended", "r") == [1014, 1032]
    assert (story.group(f.groups.GROUP_HANDED_ON), story.group(f.groups.GROUP_APPLIED, "again")) == (1, 2)
    assert story.rows("closed") == [(1034, 1)]


def test_who_commits_before_loses_what_it_was_to_hand_on(play: Any) -> None:
    """The message is lost for the group, and its flow with it; the copy that had left is handled all the same."""
    story = play(handed(1, faults=crash("1015ms", "5ms"), commit="before"))
    assert (story.group(f.groups.GROUP_LOST), story.group(f.groups.GROUP_HANDED_ON)) == (1, 0)
    assert story.group(f.groups.GROUP_APPLIED, "again") == 1
    assert story.flow("f0", f.flows.FLOW_SPOILED) == 1


def test_a_broker_that_is_down_is_waited_for(play: Any) -> None:
    """Down from 1011 to 1021 ms: what was to be there at 1014 is at 1021, and the consumer hears of it 2 ms later."""
    story = play(handed(faults=outage("1011ms", "10ms")))
    assert story.times("appended", "r")[0] == 1021
    assert story.times("delivered", "c.go") == [1002, 1023]
    assert story.flow("f0", f.flows.FLOW_COMPLETED) == 1


def test_what_a_broker_does_not_take_in_time_is_handled_again(play: Any) -> None:
    """Given up after 5 ms, at 1019, it is handled anew, and is handed on at 1029, to be there when the log is: not spoiled."""
    data = handed(1, faults=outage("1011ms", "20ms"))
    data["brokers"]["b"]["delivery_timeout"] = "5ms"
    story = play(data)
    assert story.times("delivered", "c.go") == [1002, 1019]
    assert story.times("appended", "r") == [1031]
    assert story.record.tables["brokers"][:, 0, f.brokers.BROKER_UNDELIVERED].sum() == 1
    assert (story.group(f.groups.GROUP_HANDED_ON), story.flow("f0", f.flows.FLOW_COMPLETED)) == (1, 1)


def test_what_waits_at_a_consumer_that_goes_down_comes_again(play: Any) -> None:
    """The copy is lost with its publisher; the message is in its log still, uncommitted, and its flow is not spoiled."""
    story = play(handed(1, faults={**outage("1011ms", "20ms"), **crash("1015ms", "30ms")}))
    assert story.record.tables["brokers"][:, 0, f.brokers.BROKER_LOST].sum() == 1
    assert story.times("appended", "r") == [1057]
    assert (story.group(f.groups.GROUP_HANDED_ON), story.flow("f0", f.flows.FLOW_COMPLETED)) == (1, 1)


def test_what_was_handed_on_and_not_committed_is_handed_on_again(play: Any) -> None:
    """The log goes down in the instant of the commit; after a crash the message is read again, and is handed on once more."""
    story = play(handed(1, faults={**outage("1016ms", "2ms"), **crash("1020ms", "20ms")}))
    assert story.times("delivered", "c.go") == [1002, 1040]
    assert (story.group(f.groups.GROUP_HANDED_ON), story.group(f.groups.GROUP_HANDED_ON_AGAIN)) == (1, 1)
    assert (story.group(f.groups.GROUP_DUPLICATES), story.group(f.groups.GROUP_APPENDED, "again")) == (0, 2)


def test_poison_fails_in_every_topic(play: Any) -> None:
    """One operation handles both topics: what is picked once fails in both, and comes to the dead letters."""
    data = handed(8, read=False, handler=[{"work": "1ms"}])
    data["faults"] = {"p": {"kind": "poison", "target": "c.go", "share": "50%", "at": "900ms", "for": "1s"}}
    data["brokers"]["b"]["topics"]["dead"] = {"partitions": 1}
    data["subscriptions"]["again"] = {"topic": "r", "operation": "c.go", "on_failure": {"then": "dead"}}
    story = play(data)
    poisoned = story.group(f.groups.GROUP_HANDED_ON)
    assert 0 < poisoned < 8
    assert story.group(f.groups.GROUP_HANDED_ON, "again") == story.group(f.groups.GROUP_APPENDED, "again") == poisoned
    assert sum(story.flow(f"f{n}", f.flows.FLOW_SPOILED) for n in range(8)) == poisoned


def test_the_time_to_the_dead_letters_is_the_sum_of_all_waits(play: Any) -> None:
    """Ways of 2 ms, work of 10, a rest of 5, delays of 30 and 70: 2 + (10 + 5 + 10) + 2 + 30 + 10 + 2 + 70 + 10 + 2 ms."""
    retry = {"kind": "fixed", "attempts_max": 2, "delay": "5ms"}
    data = handed(1, read=False, on_failure={"retry": retry, "then": "r"})
    for name in ("late", "dead"):
        data["brokers"]["b"]["topics"][name] = {"partitions": 1}
    again = {"operation": "c.go", "on_failure": {"then": "late"}, "topic": "r", "delay": "30ms"}
    late = {"operation": "c.go", "on_failure": {"then": "dead"}, "topic": "late", "delay": "70ms"}
    data["subscriptions"] |= {"again": again, "late": late}
    (published,) = play(data).times("published", "dead")
    assert published + 2 - 1000 == 2 + 25 + 2 + 30 + 10 + 2 + 70 + 10 + 2


def test_what_is_handed_on_has_its_size(play: Any) -> None:
    """A retry topic that keeps 4 kB has room for one message of 3 kB: the second one drives it out."""
    data = handed(again={"delay": "1s"})
    data["services"]["p"]["operations"]["go"][0]["size"] = "3kB"
    data["brokers"]["b"]["topics"]["t"]["retention"] = {"bytes": "10kB"}
    data["brokers"]["b"]["topics"]["r"]["retention"] = {"bytes": "4kB"}
    story = play(data)
    assert story.times("appended", "r") == [1014, 1028]
    assert (1028, f.groups.GROUP_EXPIRED) in story.rows("handled")
    assert story.group(f.groups.GROUP_EXPIRED, "again") == 1


def test_what_has_one_key_stays_together(play: Any) -> None:
    """All of one key come to one partition of the retry topic too; by the keys of their traces they do not."""
    counts = []
    for key in ("flow", "trace"):
        data = handed(1, handler=[{"fail": 1.0}], again={"delay": "1s"})
        data["services"]["p"]["operations"]["go"][0]["key"] = key
        data["brokers"]["b"]["topics"]["t"]["partitioner"] = "key"
        data["brokers"]["b"]["topics"]["r"] = {"partitions": 5}
        data["workload"] = {"f": {"operation": "p.go", "arrivals": {"kind": "constant", "rate": "50/s"}, "keys": 1}}
        counts.append(max(offset for _, offset in play(data).rows("appended", "r")) + 1)
    assert counts[0] > 90
    assert counts[1] < 40


@pytest.mark.parametrize(("horizon", "known", "open_"), [("1011ms", 0, 0), ("1015ms", 0, 1), ("1017ms", 1, 0)])
def test_what_is_on_its_way_when_the_run_ends_may_still_be_handed_on(play: Any, horizon: str, known: int, open_: int) -> None:
    """It counts when the consumer has heard of it; until then it may, and it is dropped in no case."""
    record = play(handed(1, run={"horizon": horizon, "window": "100ms"})).record
    windows = record.network.windows
    assert HANDED_ON.bounds["system"](record, 0, 0, windows) == (known, known + open_)
    assert HANDED_ON.bounds["group"](record, 0, 0, windows) == (known, known + open_)
    assert DROPPED.bounds["system"](record, 0, 0, windows) == (0, 0)
