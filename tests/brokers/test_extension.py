"""More time for a message that is still handled: what heartbeats prevent, and what they do not."""

from __future__ import annotations

from typing import Any

import pytest

from sim.engine import run_once
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.scenario import ScenarioError, loads
from tests.brokers.test_queue import ENGINES, counted, mails
from tests.engine.story import Story

LONG = "visibility: 300ms"
BEAT = "consumers: 2, extend_visibility: {every: 100ms}"


@ENGINES
def test_a_heartbeat_keeps_a_long_message_from_others(engine: str) -> None:
    """One second of work under 300 ms of visibility: without a heartbeat all is done again and again, with one once."""
    slow: dict[str, Any] = {"steps": "{work: 1s}", "rate": 1}
    _, without, twice = counted(mails(LONG, reader="consumers: 2", **slow), engine)
    assert without["expired"] > 30
    assert twice["duplicates"] > 0
    record, queue, group = counted(mails(LONG, reader=BEAT, **slow), engine)
    assert (queue["expired"], queue["unheard"], group["duplicates"]) == (0, 0, 0)
    assert queue["delivered"] == group["applied"] + record.levels["queues"][0, f.queues.LEVEL_IN_FLIGHT]
    assert queue["extended"] == 9 * queue["delivered"]  # at 0.1 s to 0.9 s; at 1 s the work is done first


@ENGINES
@pytest.mark.parametrize(("down", "seen_again"), [(5050, 5300), (5100, 5300), (5101, 5400), (5250, 5500)])
def test_the_visibility_begins_anew_with_each_extension_and_a_crash_ends_them(engine: Any, down: int, seen_again: int) -> None:
    """A mail is handed out at 5 s; its consumer goes down before, with or after an extension, and asks for no more time."""
    crash = f"down: {{kind: crash, target: mailer, replicas: 1, at: {down}ms, for: 10s}}"
    text = mails(LONG, steps="{work: 800ms}", reader="extend_visibility: {every: 100ms}", rate=1, faults=crash, replicas=2)
    story = Story(run_once(compile_network(loads(text)), seed=4, engine=engine, log_facts=50_000))
    assert story.times("queue_expired") == [seen_again]
    assert story.record.groups[:, 0, f.groups.GROUP_REDELIVERED].sum() == 1
    assert story.record.groups[:, 0, f.groups.GROUP_LOST].sum() == 0


@ENGINES
def test_what_waits_in_a_consumer_is_not_extended(engine: str) -> None:
    """With a prefetch the time of the next mails runs while the first is handled; when their turn comes, asking is too late."""
    text = mails(LONG, steps="{work: 500ms}", reader="prefetch: 5, extend_visibility: {every: 100ms}")
    _, queue, _ = counted(text, engine)
    assert queue["expired"] > 40
    assert queue["extension_unheard"] > 10
    _, queue, _ = counted(text.replace("prefetch: 5", "prefetch: 1"), engine)
    assert (queue["expired"], queue["extension_unheard"]) == (0, 0)


@ENGINES
def test_the_same_in_the_instant_of_its_end(engine: Any) -> None:
    """Asked in the instant in which the visibility is over, the consumer gets more time: it was not late.

    The second mail waits 200 ms in the consumer, and asks 100 ms after its turn has come: 300 ms after it was handed out.
    """
    text = mails(LONG, steps="{work: 200ms}", reader="prefetch: 2, extend_visibility: {every: 100ms}", rate=1)
    text = text.replace("[{publish: mail}]", "[{publish: mail}, {publish: mail}]")
    _, queue, _ = counted(text, engine)
    assert (queue["expired"], queue["extension_unheard"]) == (0, 0)
    assert queue["extended"] == queue["delivered"] == 38


@ENGINES
@pytest.mark.parametrize(("until", "seen_again"), [(5150, []), (5350, [5300])])
def test_a_broker_that_is_down_does_not_hear_who_asks_for_more_time(engine: Any, until: int, seen_again: list[int]) -> None:
    """A mail is handed out at 5 s and its broker goes down at 5.05 s: if it is not back by 5.3 s others see the mail again.

    The consumer asks every 100 ms all the same: one that is heard at 5.2 s is in time.
    """
    outage = f"down: {{kind: broker_outage, target: rabbit, at: 5050ms, for: {until - 5050}ms}}"
    text = mails(LONG, steps="{work: 800ms}", reader=BEAT, rate=1, faults=outage)
    story = Story(run_once(compile_network(loads(text)), seed=4, engine=engine, log_facts=50_000))
    assert story.times("queue_expired") == seen_again
    assert story.record.groups[:, 0, f.groups.GROUP_DUPLICATES].sum() == len(seen_again)
    unheard = story.record.tables["queues"][:, 0, f.queues.QUEUE_EXTENSION_UNHEARD].sum()
    assert unheard == (1 if not seen_again else 4)  # at 5.1 s; at 5.2 s, 5.3 s and, when it is back, 5.4 s: too late


@pytest.mark.parametrize(
    ("queue", "reader", "said"),
    [
        (LONG, "extend_visibility: {every: 300ms}", r"visibility of 'mail', 300ms, is over; write a shorter time"),
        (LONG, "ack: before, extend_visibility: {every: 100ms}", r"write 'ack: after'"),
        (LONG, "extend_visibility: {every: 0s}", r"extend_visibility\.every"),
    ],
)
def test_extensions_that_could_do_nothing_are_refused(queue: str, reader: str, said: str) -> None:
    """One that comes when the time is over, and one for what is acknowledged before."""
    with pytest.raises(ScenarioError, match=said):
        loads(mails(queue, reader=reader))
