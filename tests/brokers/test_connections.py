"""Consumers that are some way off from their queue: what is under way when something happens, in both engines alike."""

from __future__ import annotations

from typing import Any

import pytest

from sim.engine import run_once
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.scenario import ScenarioError, loads
from sim.scenario.checks import check
from tests.brokers.test_queue import DEAD, ENGINES, counted, mails
from tests.engine.story import Story

FAR = "consumers: 1, latency: 100ms"


def told(text: str, engine: Any) -> Story:
    """What happened in a run."""
    return Story(run_once(compile_network(loads(text)), seed=4, engine=engine, log_facts=50_000))


@ENGINES
def test_a_message_is_in_flight_there_and_back(engine: str) -> None:
    """One mail a second, 100 ms each way and 50 ms of work: each is in flight for 250 ms, and handled 150 ms after it came."""
    record, queue, group = counted(mails(reader=FAR, rate=1), engine)
    assert queue["arrived"] == queue["delivered"] == queue["acknowledged"] == group["applied"] == 19
    assert queue["in_flight_area"] == 19 * 250_000_000
    assert group["apply_time"] == 19 * 150_000_000
    assert group["held"] == 19 * 50_000_000
    assert record.levels["queues"][0, f.queues.LEVEL_IN_FLIGHT] == 0


@ENGINES
def test_no_latency_is_the_queue_as_it_was(engine: str) -> None:
    """A latency of 0 s is none: the same events, draws and figures."""
    texts = [mails(reader=f"consumers: 2, prefetch: 3{more}", rate=30) for more in ("", ", latency: 0s")]
    prints = [run_once(compile_network(loads(text)), seed=4, engine=engine).fingerprint() for text in texts]
    assert prints[0] == prints[1]


@ENGINES
@pytest.mark.parametrize(("prefetch", "period"), [(1, 250), (2, 125), (4, 62.5), (5, 50), (9, 50)])
def test_a_place_is_free_when_the_queue_hears_of_it(engine: str, prefetch: int, period: float) -> None:
    """50 mails a second are too many: of n places each is taken for 250 ms a mail, until the consumer itself is the limit."""
    text = mails(reader=f"{FAR}, prefetch: {prefetch}", rate=50)
    times = told(text, engine).times("queue_acknowledged")[-2 * prefetch - 1 :]
    assert times[-1] - times[0] == 2 * prefetch * period


@ENGINES
@pytest.mark.parametrize(
    ("down", "redelivered"),
    [(5050, 1), (5099, 1), (5120, 1), (5151, 0), (5200, 0)],
)
def test_a_crash_with_a_delivery_or_an_acknowledgement_under_way(engine: Any, down: int, redelivered: int) -> None:
    """A mail leaves at 5 s, is there at 5.1 s and done at 5.15 s; its acknowledgement comes at 5.25 s.

    It comes from a consumer that is gone, too. Before, the mail is seen again when its visibility is over: nothing is lost.
    """
    crash = f"down: {{kind: crash, target: mailer, at: {down}ms, for: 300ms}}"
    story = told(mails("visibility: 900ms", reader=FAR, rate=1, faults=crash), engine)
    groups = story.record.groups[:, 0].sum(axis=0)
    assert groups[f.groups.GROUP_REDELIVERED] == redelivered
    assert story.times("queue_expired") == ([5900] if redelivered else [])
    assert groups[f.groups.GROUP_APPLIED] == 19
    assert groups[f.groups.GROUP_LOST] == groups[f.groups.GROUP_DUPLICATES] == 0


@ENGINES
@pytest.mark.parametrize(("down", "lost"), [(5050, 1), (5120, 1), (5151, 0)])
def test_acknowledged_before_it_is_lost_on_its_way(engine: Any, down: int, lost: int) -> None:
    """With `ack: before` the queue forgets a mail when it hands it out: one under way to a consumer that goes down is lost."""
    crash = f"down: {{kind: crash, target: mailer, at: {down}ms, for: 300ms}}"
    _, queue, group = counted(mails(reader=f"{FAR}, ack: before", rate=1, faults=crash), engine)
    assert (group["lost"], group["applied"]) == (lost, 19 - lost)
    assert queue["in_flight_area"] == 0


@ENGINES
def test_what_comes_back_over_an_old_connection_frees_no_place_of_a_new_one(engine: str) -> None:
    """Three mails are done when their consumer goes down at 180 ms; it is back at 200 ms, and gets three more.

    The acknowledgements of the first three come after that, and count. The next three follow when the queue hears of the second
    ones, from 410 ms on.
    """
    crash = "down: {kind: crash, target: mailer, at: 180ms, for: 20ms}"
    text = mails(reader=f"{FAR}, prefetch: 3", steps="{work: 10ms}", rate=50, faults=crash, horizon="1s")
    story = told(text, engine)
    assert story.times("queue_acknowledged")[:6] == [230, 250, 270, 410, 420, 430]
    assert story.times("delivered")[:9] == [120, 140, 160, 300, 310, 320, 510, 520, 530]
    assert story.record.tables["queues"][:, 0, f.queues.QUEUE_IN_FLIGHT_MAX].max() == 6


@ENGINES
@pytest.mark.parametrize(("until", "unheard"), [(5240, 0), (5260, 1)])
def test_an_acknowledgement_that_finds_its_broker_down_is_not_heard(engine: Any, until: int, unheard: int) -> None:
    """It is said at 5.15 s, while the broker is down, and comes at 5.25 s: it counts if the broker is back by then."""
    outage = f"down: {{kind: broker_outage, target: rabbit, at: 5050ms, for: {until - 5050}ms}}"
    _, queue, group = counted(mails("visibility: 900ms", reader=FAR, rate=1, faults=outage), engine)
    assert (queue["unheard"], queue["expired"], group["duplicates"]) == (unheard, unheard, unheard)


@ENGINES
def test_the_visibility_runs_while_a_message_is_under_way(engine: str) -> None:
    """200 ms are allowed and 250 ms taken. Alone, the consumer is late and still heard; beside others it is not."""
    _, queue, group = counted(mails("visibility: 200ms", reader=FAR, rate=1), engine)
    assert queue["acknowledged_late"] == queue["expired"] == group["applied"] == 19
    assert queue["unheard"] == group["duplicates"] == 0
    _, queue, group = counted(mails("visibility: 200ms", reader="consumers: 9, latency: 100ms", rate=1), engine)
    assert queue["unheard"] > 19
    assert group["duplicates"] > 19


@ENGINES
def test_what_fails_is_handed_back_from_afar(engine: str) -> None:
    """Each of three deliveries is in flight for 250 ms; then the mail is dead, and seen so by all."""
    story = told(mails(DEAD, steps="{work: 50ms}, {fail: 100%}", reader=FAR, rate=1, horizon="3s"), engine)
    assert story.times("queue_returned") == [1250, 1500, 2250, 2500]
    assert story.times("queue_dead") == [1750, 2750]


@ENGINES
@pytest.mark.parametrize(
    ("visibility", "figures"), [("310ms", (14, 0, 0)), ("300ms", (14, 0, 0)), ("299ms", (0, 2, 4)), ("290ms", (0, 2, 4))]
)
def test_more_time_is_given_when_the_queue_hears_the_question(engine: Any, visibility: str, figures: tuple[int, ...]) -> None:
    """A mail leaves at 1 s; asked for more at 1.2 s, its queue hears that at 1.3 s: in time in that very instant.

    Later it is too late; told so at 1.4 s, the consumer asks no more: it has asked twice by then.
    """
    reader = f"{FAR}, extend_visibility: {{every: 100ms}}"
    text = mails(f"visibility: {visibility}", reader=reader, steps="{work: 900ms}", rate=1, horizon="2999ms")
    _, queue, group = counted(text, engine)
    assert (queue["extended"], queue["expired"], queue["extension_unheard"]) == figures
    assert (group["applied"], group["duplicates"]) == (1, 0)


def test_the_capacity_of_consumers_that_are_far_off_is_known_before_the_run() -> None:
    """5 mails a second for a consumer that could do 20, and does 4, each in 250 ms: a warning, which a prefetch takes away."""

    def said(text: str) -> list[str]:
        return [one.message for one in check(loads(text)) if "nobody reads" not in one.message]

    (message,) = said(mails(reader=FAR, rate=5))
    assert "capacity 4/s" in message
    assert "raise its prefetch" in message
    assert said(mails(reader=f"{FAR}, prefetch: 2", rate=5)) == []
    (message,) = said(mails("visibility: 200ms", reader=f"{FAR}, prefetch: 2", rate=5))
    assert "takes 250ms" in message


def test_only_queues_have_it() -> None:
    """A consumer group of a log has no such setting, and a negative time is none."""
    with pytest.raises(ScenarioError, match="latency"):
        loads(mails(reader="consumers: 1, latency: -1ms"))
    log = mails(reader=FAR).replace("kind: queue, queues: {mail: {}, mail.dead: {}}", "topics: {mail: {partitions: 4}}")
    with pytest.raises(ScenarioError, match="latency"):
        loads(log.replace("queue: mail", "topic: mail"))
