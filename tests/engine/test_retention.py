"""Topics that keep messages for a time only: who comes too late has missed them, and nothing is kept that nobody may read."""

from __future__ import annotations

from typing import Any

import sim
from sim.metrics.missed import MISSED
from sim.record.fields.groups import (
    GROUP_APPENDED,
    GROUP_APPLIED,
    GROUP_EXPIRED,
    GROUP_LAG_AREA,
    GROUP_LAG_MAX,
    GROUP_LOST,
    GROUP_REDELIVERED,
)
from sim.scenario import loads
from tests.engine.story import once, scene, topic
from tests.engine.test_log_broker import crash, messages

SHOP = """
name: shop
architecture: event-driven
services:
  shop: {workers: 50, operations: {order: [{publish: t, acks: none}]}}
  stats: {workers: 1, operations: {count: [{work: 10ms}]}}
  audit: {workers: 1, operations: {note: [{work: 1ms}]}}
brokers: {log: {topics: {t: {partitions: 1, retention: {time: 2s}}}}}
subscriptions:
  stats: {topic: t, operation: stats.count}
  audit: {topic: t, operation: audit.note}
workload: {order: {operation: shop.order, arrivals: {kind: constant, rate: RATE/s}}}
run: {horizon: 30s, warmup: 0s, window: 1s, replications: 1}
"""


def kept(time: str, count: int = 3, **more: Any) -> dict[str, Any]:
    """So many messages 1 ms apart, each 10 ms of work, in a topic that keeps them for a time."""
    data = messages(count, **more)
    data["brokers"]["b"]["topics"]["t"]["retention"] = {"time": time}
    return data


def test_what_is_older_than_the_retention_is_missed(play: Any) -> None:
    """Of five messages at 1000 to 1004 ms, two are begun within 15 ms; the others are gone at 1017 to 1019 ms, one by one."""
    story = play(kept("15ms", 5))
    assert story.rows("delivered") == [(1000, 0), (1010, 1)]
    assert [time for time, field in story.rows("handled") if field == GROUP_EXPIRED] == [1017, 1018, 1019]
    assert (story.group(GROUP_APPLIED), story.group(GROUP_EXPIRED)) == (2, 3)
    assert story.times("closed") == [1010, 1017, 1018, 1019, 1020]


def test_what_is_begun_in_the_instant_of_its_end_is_read(play: Any) -> None:
    """The consumer is free in the instant in which the next message is as old as may be: it gets it."""
    story = play(kept("9ms", 2))
    assert story.rows("delivered") == [(1000, 0), (1010, 1)]
    assert story.group(GROUP_EXPIRED) == 0


def test_what_is_in_hand_is_done_though_the_log_has_it_no_more(play: Any) -> None:
    """A message that a consumer has begun with is applied 5 ms after its end, and is nobody's loss."""
    story = play(kept("5ms", 1))
    assert story.rows("handled") == [(1010, GROUP_APPLIED)]
    assert story.times("committed") == [1005]
    assert story.group(GROUP_LAG_AREA) == 5_000_000


def test_what_a_crash_would_repeat_is_gone_with_the_log(play: Any) -> None:
    """A consumer goes down with a message in hand: kept, it comes again; kept no more, it has expired."""
    down = {"faults": crash("1007ms"), "session_timeout": "1ms", "rebalance_pause": "1ms"}
    again = play(kept("5s", 1, **down))
    assert (again.group(GROUP_APPLIED), again.group(GROUP_REDELIVERED)) == (1, 1)
    gone = play(kept("5ms", 1, **down))
    assert (gone.group(GROUP_EXPIRED), gone.group(GROUP_LOST), gone.group(GROUP_REDELIVERED)) == (1, 0, 0)
    lost = play(kept("5ms", 1, commit="before", **down))
    assert (lost.group(GROUP_EXPIRED), lost.group(GROUP_LOST)) == (0, 1)


def test_a_group_that_was_away_goes_on_behind_what_is_gone(play: Any) -> None:
    """Down from 1.1 s to 1.6 s, with 200 ms of retention: what came from 1.1 s to 1.4 s is missed, the rest read in order."""
    flow = {"operation": "p.go", "arrivals": {"kind": "constant", "rate": "50/s"}, "keys": 1}
    services = {"p": {"workers": 9, "operations": {"go": [{"publish": "t", "acks": "none"}]}}, "c": [{"work": "1ms"}]}
    faults = crash("1101ms", "500ms")
    data = scene(services, {"f": flow}, faults=faults, **topic("c.go", session_timeout="10ms", rebalance_pause="0s"))
    data["brokers"]["b"]["topics"]["t"]["retention"] = {"time": "200ms"}
    story = play(data)
    missed = [time for time, field in story.rows("handled") if field == GROUP_EXPIRED]
    assert missed == [1300 + 20 * n for n in range(16)]
    after = [offset for time, offset in story.rows("delivered") if time > 1101]
    assert after == list(range(after[0], 99))
    assert after[0] == 70
    assert story.group(GROUP_APPENDED) == story.group(GROUP_APPLIED) + len(missed)


def test_what_is_too_old_is_gone_though_its_broker_is_down(play: Any) -> None:
    """A log's clock goes on in an outage: of three messages one is in hand, and the others are gone when it is over."""
    cut = {"cut": {"kind": "broker_outage", "target": "b", "at": "1005ms", "for": "100ms"}}
    story = play(kept("15ms", 3, faults=cut))
    assert [time for time, field in story.rows("handled") if field == GROUP_EXPIRED] == [1016, 1017]
    assert (story.group(GROUP_APPLIED), story.group(GROUP_EXPIRED)) == (1, 2)


def test_each_group_misses_its_own(play: Any) -> None:
    """A slow reader misses messages that a fast one has had; two topics' times do not meet."""
    data = kept("15ms", 5)
    data["services"]["fast"] = {"operations": {"go": [{"work": "1ms"}]}}
    data["subscriptions"]["h"] = {"topic": "t", "operation": "fast.go"}
    data["workload"]["late"] = once("p.go", "1900ms")
    story = play(data)
    assert (story.group(GROUP_EXPIRED), story.group(GROUP_EXPIRED, "h")) == (3, 0)
    assert (story.group(GROUP_APPLIED), story.group(GROUP_APPLIED, "h")) == (3, 6)


def test_lag_is_bounded_by_rate_times_retention(engine: Any) -> None:
    """150 a second for a consumer that does 100: the backlog is at most 2 s of arrivals, a third is missed, in the books."""
    record = sim.run(loads(SHOP.replace("RATE", "150")), engine=engine).records[0]
    slow, fast = record.groups[:, 0], record.groups[:, 1]
    assert 295 <= slow[:, GROUP_LAG_MAX].max() <= 302
    assert fast[:, GROUP_EXPIRED].sum() == 0
    missed = slow[10:30, GROUP_EXPIRED].sum()
    assert abs(missed - 20 * 50) <= 3
    assert MISSED.measures["group"](record, 0, 10, 30) == missed
    assert MISSED.measures["system"](record, 0, 10, 30) == missed


def test_a_reader_that_keeps_up_costs_next_to_no_events(engine: Any) -> None:
    """Looking for what is too old takes an event in 2 s, not one a message."""
    plain = SHOP.replace("RATE", "50")
    without = plain.replace(", retention: {time: 2s}", "")
    events = [sim.run(loads(text), engine=engine).records[0].events for text in (plain, without)]
    assert 0 < events[0] - events[1] <= 17
