"""Queues as they behave: what is delivered, again, twice, too late or never, in both engines alike."""

from __future__ import annotations

from typing import Any

import pytest

import sim
from sim.metrics import headline
from sim.metrics.dead_lettered import DEAD_LETTERED
from sim.metrics.dropped import DROPPED
from sim.record import fields as f
from sim.record.outcomes import DEPENDENCY
from sim.scenario import loads
from sim.scenario.checks import check

ENGINES = pytest.mark.parametrize("engine", ["simpy", "compiled"])
MAILS = """
name: mails
architecture: event-driven
services:
  shop: {{workers: 50, operations: {{order: [{{publish: mail}}]}}}}
  mailer: {{replicas: {replicas}, operations: {{send: [{steps}], bury: [{{work: 1ms}}]}}}}
brokers:
  rabbit: {{kind: queue, queues: {{mail: {{{queue}}}, mail.dead: {{}}}}}}
subscriptions:
  mailer: {{queue: mail, operation: mailer.send, {reader}}}
{more}
workload: {{order: {{operation: shop.order, arrivals: {{kind: constant, rate: {rate}/s}}}}}}
faults: {{{faults}}}
run: {{horizon: {horizon}, warmup: 0s, window: 1s, replications: 1, seed: 4}}
"""
GONE = "down: {kind: crash, target: mailer, at: 1990ms, for: 10ms}"
CRASH = "down: {kind: crash, target: mailer, at: 5050ms, for: 1s}"
DEAD = "dead_letter: {to: mail.dead, deliveries_max: 3}"


def mails(
    queue: str = "",
    *,
    steps: str = "{work: 50ms}",
    reader: str = "consumers: 1",
    rate: int = 10,
    faults: str = "",
    more: str = "",
    replicas: int = 1,
    horizon: str = "20s",
) -> str:
    """A shop that sends so many mails a second to a queue; one takes 50 ms."""
    settings = {"queue": queue, "steps": steps, "reader": reader, "rate": rate, "faults": faults, "more": more}
    return MAILS.format(**settings, replicas=replicas, horizon=horizon)


def counted(text: str, engine: Any) -> tuple[Any, dict[str, int], dict[str, int]]:
    """The record of a run, what its first queue counted in all, and what its first subscription did."""
    record = sim.run(loads(text), replications=1, engine=engine).records[0]
    queue = dict(zip(f.queues.QUEUES.counters, record.tables["queues"][:, 0].sum(axis=0).tolist(), strict=True))
    return record, queue, dict(zip(f.groups.GROUPS.counters, record.groups[:, 0].sum(axis=0).tolist(), strict=True))


def on_a_log(text: str) -> str:
    """The same with four partitions instead of the queue."""
    text = text.replace("kind: queue, queues: {mail: {}, mail.dead: {}}", "topics: {mail: {partitions: 4}}")
    return text.replace("queue: mail", "topic: mail")


@ENGINES
def test_each_message_is_handled_once_when_nothing_goes_wrong(engine: str) -> None:
    """199 mails arrive in 20 s and none is in the way of the next: each is delivered and acknowledged once."""
    _, queue, group = counted(mails(), engine)
    assert {queue[name] for name in ("arrived", "delivered", "acknowledged")} == {199}
    assert group["applied"] == 199
    assert queue["waited"] == 0
    assert queue["in_flight_area"] == 199 * 50_000_000


@ENGINES
def test_a_crash_loses_nothing_and_repeats_what_was_under_way(engine: str) -> None:
    """The mail in hand at 5 s is seen again 2 s after it was handed out; all others wait for the consumer to come back."""
    record, queue, group = counted(mails("visibility: 2s", steps="{work: 90ms}", faults=CRASH), engine)
    assert (queue["expired"], queue["delivered"]) == (1, queue["acknowledged"] + 1)
    assert (group["redelivered"], group["lost"], group["duplicates"]) == (1, 0, 0)
    assert group["applied"] + record.group_levels[0, f.groups.LEVEL_UNHANDLED] == group["appended"]


@ENGINES
def test_acknowledged_before_it_is_handled_a_message_is_lost_in_a_crash(engine: str) -> None:
    """With `ack: before` the queue knows nothing of the mail in hand."""
    text = mails("visibility: 2s", steps="{work: 90ms}", faults=CRASH, reader="ack: before")
    _, queue, group = counted(text, engine)
    assert (queue["expired"], group["redelivered"], group["lost"]) == (0, 0, 1)
    assert queue["in_flight_area"] == 0


@ENGINES
def test_a_handler_slower_than_the_visibility_does_everything_twice(engine: str) -> None:
    """70 ms are allowed and 80 ms taken, two consumers are free: another one begins before the first has ended."""
    _, queue, group = counted(mails("visibility: 70ms", steps="{work: 80ms}", reader="consumers: 20", rate=1), engine)
    assert queue["expired"] >= queue["acknowledged"] + queue["acknowledged_late"]
    assert queue["unheard"] > 0
    assert group["duplicates"] >= group["applied"] > 0


@ENGINES
def test_a_late_acknowledgement_counts_while_nobody_else_has_the_message(engine: str) -> None:
    """The only consumer is late with each mail: it waits again for 10 ms, and is gone when the consumer is done."""
    _, queue, group = counted(mails("visibility: 70ms", steps="{work: 80ms}", rate=1), engine)
    assert queue["expired"] == queue["acknowledged_late"] == group["applied"] == 19
    assert queue["unheard"] == group["duplicates"] == 0
    assert queue["waited"] == 19 * 10_000_000


@ENGINES
def test_what_fails_again_and_again_is_a_dead_letter(engine: str) -> None:
    """Three deliveries each, then the other queue has it, in which it stays; the flow has failed."""
    record, queue, group = counted(mails(DEAD, steps="{work: 1ms}, {fail: 100%}"), engine)
    assert queue["dead"] == group["dropped"] == 199
    assert queue["returned"] == queue["delivered"] == 3 * 199
    assert record.tables["queues"][:, 1, f.queues.QUEUE_ARRIVED].sum() == 199
    assert record.levels["queues"][1, f.queues.LEVEL_QUEUED] == 199
    assert record.flows[:, 0, f.flows.FLOW_SPOILED].sum() == 199


@ENGINES
def test_dead_letters_are_part_of_the_flow_while_somebody_reads_them(engine: str) -> None:
    """The flow ends, as failed, when the dead letter is buried."""
    reader = "  gravedigger: {queue: mail.dead, operation: mailer.bury}"
    record, _, _ = counted(mails(DEAD, steps="{work: 1ms}, {fail: 100%}", more=reader), engine)
    assert record.groups[:, 1, f.groups.GROUP_APPLIED].sum() == record.flows[:, 0, f.flows.FLOW_SPOILED].sum() == 199
    assert record.groups[:, 0, f.groups.GROUP_DROPPED].sum() == 199


@ENGINES
def test_what_fails_is_handed_back_at_once_or_left_until_its_time_is_over(engine: str) -> None:
    """A mail that fails three times takes 3 ms when it is handed back, and 3 s when each delivery has to expire."""
    failing = "{work: 1ms}, {fail: 100%}"
    queue, readers = f"visibility: 1s, {DEAD}", ("requeue: true", "requeue: false")
    back, left = (counted(mails(queue, steps=failing, rate=1, reader=one), engine) for one in readers)
    assert (back[1]["returned"], back[1]["expired"]) == (3 * 19, 0)
    assert (left[1]["returned"], left[1]["expired"]) == (0, sum(min(3, 19 - second) for second in range(1, 20)))
    assert back[1]["in_flight_area"] == 57_000_000


@ENGINES
def test_consumers_of_replicas_that_are_up_take_over(engine: str) -> None:
    """Of two replicas with one consumer each, one is down all the time: the other one does all the work."""
    record, _, _ = counted(mails(replicas=2), engine)
    down = "down: {kind: crash, target: mailer, replicas: 1, at: 1ms, for: 19s}"
    crashed, _, _ = counted(mails(replicas=2, faults=down), engine)
    assert record.groups[:, 0, f.groups.GROUP_APPLIED].sum() == crashed.groups[:, 0, f.groups.GROUP_APPLIED].sum() == 199


@ENGINES
def test_a_queue_spreads_what_partitions_would_not(engine: str) -> None:
    """One mail in 20 takes 1 s: four consumers of a queue go on with the others, those of four partitions let them wait."""
    slow = "{choose: [{weight: 19, steps: [{work: 10ms}]}, {weight: 1, steps: [{work: 1s}]}]}"
    queued = mails(steps=slow, reader="consumers: 4", rate=40, horizon="60s")
    _, _, shared = counted(queued, engine)
    record = sim.run(loads(on_a_log(queued)), replications=1, engine=engine).records[0]
    apart = record.groups[:, 0].sum(axis=0)
    assert shared["apply_time"] / shared["applied"] < 0.5 * apart[f.groups.GROUP_APPLY_TIME] / apart[f.groups.GROUP_APPLIED]


def test_metrics_of_a_queue_are_those_of_its_subscription(tmp_path: Any) -> None:
    """Dead letters, expired deliveries and the backlog have paths, come back from a file, and stand in a dataset."""
    steps = "{work: 60ms}, {work: {kind: exponential, mean: 20ms}}, {fail: 30%}"
    text = mails(f"visibility: 80ms, {DEAD}", steps=steps)
    result = sim.run(loads(text), replications=2)
    again = sim.load_saved(result.save(tmp_path / "a.npz"))
    assert again.fingerprint() == result.fingerprint()
    for path in ("mailer.dead_lettered", "mailer.expired", "mailer.redelivered", "mailer.lag_peak", "dead_lettered", "expired"):
        assert again.estimate(path).mean == result.estimate(path).mean > 0, path
    assert list(again.to_xarray()["queue"].values) == ["mail", "mail.dead"]


def test_only_scenarios_with_queues_have_the_metrics_of_queues() -> None:
    """A scenario without a queue shows no row for it."""
    log = loads(on_a_log(mails()))
    assert {"dead_lettered", "expired"} <= set(headline.compared("order", [loads(mails(DEAD)), log]))
    assert not {"dead_lettered", "expired"} & set(headline.compared("order", [log, log]))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"queue": "dead_letter: {to: mail.daed, deliveries_max: 3}"}, "unknown queue 'mail.daed'; did you mean"),
        ({"queue": "dead_letter: {to: mail, deliveries_max: 3}"}, "dead letters go in a circle: mail -> mail"),
        ({"queue": "partitions: 4"}, "unknown key 'partitions'"),
        ({"reader": "commit: before"}, "unknown key 'commit'"),
        ({"more": "  second: {queue: mail, operation: mailer.bury}"}, "'mailer' reads 'mail' already"),
        ({"more": "  second: {topic: mail, operation: mailer.bury}"}, "'mail' is a queue, not a topic; write the key"),
        ({"more": "  second: {queue: mail, topic: mail, operation: mailer.bury}"}, "a subscription reads one thing"),
    ],
)
def test_a_mistake_is_named_at_its_place_with_a_remedy(changes: dict[str, str], words: str) -> None:
    """Wrong names, circles, and settings of the other family of brokers are refused."""
    with pytest.raises(sim.ScenarioError, match=words):
        loads(mails(**changes))  # type: ignore[arg-type]


def test_a_publish_has_the_word_of_its_broker() -> None:
    """`acks` is of logs and `confirm` of queues: the other one's word is refused, and says which is right."""
    with pytest.raises(sim.ScenarioError, match="'mail' is a queue, which has no 'acks'; write 'confirm' instead"):
        loads(mails().replace("publish: mail", "publish: mail, acks: none"))


def test_doubtful_queues_are_warned_of() -> None:
    """A queue that nobody reads, unless dead letters go there, and work that takes longer than it may."""
    said = [one.message for one in check(loads(mails("visibility: 20ms")))]
    assert any("nobody reads this queue" in one for one in said)
    assert any("after 20ms it is handed out again" in one for one in said)
    assert not [one.message for one in check(loads(mails(DEAD)))]


@ENGINES
def test_the_consumer_that_is_free_longest_gets_the_next_message(engine: str) -> None:
    """Two replicas take turns though one of them would do: half of the mails take 50 ms, half of them 200 ms."""
    slow = "slow: {kind: slowdown, target: mailer, replicas: 1, factor: 4, at: 1ms, for: 19999ms}"
    _, _, group = counted(mails(replicas=2, rate=4, faults=slow), engine)
    assert group["applied"] == 79
    assert group["held"] == 40 * 200_000_000 + 39 * 50_000_000


@ENGINES
def test_what_waits_at_a_slow_consumer_waits_for_it(engine: str) -> None:
    """One of two replicas is ten times slower: with ten messages at a time half of all are stuck there, with one few are."""
    slow = "slow: {kind: slowdown, target: mailer, replicas: 1, factor: 10, at: 1ms, for: 19999ms}"
    one, ten = (
        counted(mails(replicas=2, rate=15, faults=slow, reader=f"prefetch: {prefetch}"), engine)[2] for prefetch in (1, 10)
    )
    assert ten["apply_time"] / ten["applied"] > 3 * one["apply_time"] / one["applied"]


@ENGINES
def test_time_runs_while_a_message_waits_at_its_consumer(engine: str) -> None:
    """Bursts of four mails, 40 ms of work each within 120 ms: who takes five at a time lets one expire."""
    burst = mails("visibility: 120ms", steps="{work: 40ms}", rate=1)
    burst = burst.replace("{publish: mail}", ", ".join(4 * ["{publish: mail}"]))
    _, one, _ = counted(burst, engine)
    _, five, group = counted(burst.replace("consumers: 1", "prefetch: 5"), engine)
    assert (one["expired"], one["delivered"]) == (0, 76)
    assert five["expired"] > 0
    assert group["applied"] + group["duplicates"] == five["delivered"]


@ENGINES
def test_all_that_a_consumer_has_acknowledged_is_lost_with_it(engine: str) -> None:
    """With `ack: before` and five at a time, a crash in the middle of a backlog loses five."""
    text = mails("visibility: 2s", steps="{work: 300ms}", faults=CRASH, reader="ack: before, prefetch: 5")
    _, _, group = counted(text, engine)
    assert group["lost"] == 5


@ENGINES
def test_a_full_queue_fails_who_waits_for_the_confirmation(engine: str) -> None:
    """Work for two seconds comes each second: ten wait, the others are refused, and their orders are told so."""
    record, queue, group = counted(mails("length_max: 10", steps="{work: 200ms}"), engine)
    failed = record.flows[:, 0, f.flows.FLOW_SETTLED + DEPENDENCY].sum()
    assert queue["refused"] == failed > 80
    assert queue["queued_max"] <= 10 * 20
    assert queue["arrived"] + queue["refused"] == 199
    assert group["appended"] == queue["arrived"]
    assert record.flows[:, 0, f.flows.FLOW_SPOILED].sum() == failed


@ENGINES
def test_what_is_refused_and_asked_for_again_has_not_failed(engine: str) -> None:
    """Three times what can be done comes for two seconds: clients that were refused ask again, and all orders are done well."""
    text = mails("length_max: 5", steps="{work: 50ms}")
    burst = "{kind: step, steps: [{at: 0s, rate: 60/s}, {at: 2s, rate: 0/s}]}"
    burst += ", retry: {kind: fixed, attempts_max: 99, delay: 100ms}"
    record, queue, group = counted(text.replace("{kind: constant, rate: 10/s}", burst), engine)
    assert queue["refused"] > 500
    flows = dict(zip(f.flows.FLOWS.counters, record.flows[:, 0].sum(axis=0).tolist(), strict=True))
    assert (flows["completed"], flows["spoiled"]) == (group["applied"], 0)


@ENGINES
def test_without_a_confirmation_what_is_refused_is_gone_and_nobody_told(engine: str) -> None:
    """The orders are answered well, and their flows have failed all the same."""
    text = mails("length_max: 10", steps="{work: 200ms}").replace("publish: mail", "publish: mail, confirm: false")
    record, queue, _ = counted(text, engine)
    assert record.flows[:, 0, f.flows.FLOW_SETTLED].sum() == 199
    assert record.flows[:, 0, f.flows.FLOW_SPOILED].sum() == queue["refused"] > 80


@ENGINES
def test_the_oldest_may_have_to_go(engine: str) -> None:
    """With `drop_head` all publishes end well, and nothing waits longer than the ten before it take."""
    record, queue, group = counted(mails("length_max: 10, overflow: drop_head", steps="{work: 200ms}"), engine)
    assert record.flows[:, 0, f.flows.FLOW_SETTLED].sum() == 199
    assert queue["ousted"] == group["dropped"] > 80
    assert group["apply_time"] / group["applied"] < 1.3e9
    result = sim.run(loads(mails("length_max: 10, overflow: drop_head", steps="{work: 200ms}")))
    assert result.estimate("mailer.overflowed").mean == queue["ousted"]


@ENGINES
@pytest.mark.parametrize(
    ("changes", "doubtful"),
    [
        ({"steps": "{work: 5ms}, {fail: 100%}", "reader": "consumers: 1, requeue: false"}, 20),
        ({"steps": "{work: 350ms}", "reader": "consumers: 1, prefetch: 20", "faults": GONE}, 20),
        ({"steps": "{work: 700ms}", "reader": "consumers: 1", "visibility": "400ms", "deliveries": "2"}, 1),
        ({"steps": "{work: 350ms}", "reader": "consumers: 1, prefetch: 20"}, 0),
        ({"steps": "{work: 50ms}", "reader": "consumers: 1"}, 0),
    ],
    ids=["failed, not handed back", "consumer gone", "too late", "first try, held", "first try, waits"],
)
def test_a_last_delivery_in_vain_is_open_until_the_queue_knows(changes: dict[str, str], doubtful: int, engine: Any) -> None:
    """A delivery that nobody works on any more may make a dead letter once its time is over, also the first; others not."""
    given = dict(changes)
    queue = f"visibility: {given.pop('visibility', '30s')}, "
    queue += f"dead_letter: {{to: mail.dead, deliveries_max: {given.pop('deliveries', '1')}}}"
    record = sim.run(loads(mails(queue, horizon="2s", **given)), replications=1, engine=engine).records[0]
    for metric in (DEAD_LETTERED, DROPPED):
        assert metric.bounds is not None
        least, most = metric.bounds["group"](record, 0, 0, record.network.windows)
        assert least == 0
        assert most == pytest.approx(doubtful, abs=doubtful * 0.35)
        assert (most == 0) == (doubtful == 0)


def test_where_no_dead_letters_go_none_may_come() -> None:
    """What is handed out for ever is never dropped, however often it was handed out in vain when the run ends."""
    record = sim.run(loads(mails(steps="{work: 90ms}, {fail: 100%}")), replications=1).records[0]
    assert record.levels["queues"][0, f.queues.LEVEL_AGAIN] > 0
    for metric in (DEAD_LETTERED, DROPPED):
        assert metric.bounds is not None
        assert metric.bounds["group"](record, 0, 0, record.network.windows) == (0, 0)


def test_what_is_applied_and_may_die_or_be_applied_again_is_open() -> None:
    """Work of 10.5 s, 7 s allowed, twice at most: at 13 s all are applied and in flight again, at 20 s all are dead letters."""
    queue = "visibility: 7s, dead_letter: {to: mail.dead, deliveries_max: 2}"
    text = mails(queue, steps="{work: 10.5s}", reader="consumers: 100")
    text = text.replace("{kind: constant, rate: 10/s}", "{kind: step, steps: [{at: 0s, rate: 20/s}, {at: 1s, rate: 0/s}]}")
    text = text.replace("run:", "objectives: [mailer.dead_lettered < 1, mailer.duplicates < 1]\nrun:")
    runs = (text.replace("horizon: 20s", f"horizon: {seconds}s") for seconds in (13, 20))
    early, late = (sim.run(loads(one), replications=4) for one in runs)
    assert [one.outcome for one in early.objectives()] == ["unsure", "unsure"]
    assert [one.outcome for one in late.objectives()] == ["fail", "fail"]


def test_a_message_that_fails_for_ever_is_named() -> None:
    """Without dead letters a run is stopped when one trace has come to its handler too often; the error says to which."""
    for engine in ("simpy", "compiled"):
        with pytest.raises(sim.RunawayError, match=r"one trace visits mailer\.send more than 8192 times; .* \(dead_letter\)"):
            sim.run(loads(mails(steps="{work: 1ms}, {fail: 100%}")), engine=engine)  # type: ignore[arg-type]


def test_more_room_at_consumers_than_there_is_memory_is_refused_before_a_run() -> None:
    """A billion places for messages at consumers are counted before they are laid out."""
    huge = mails(replicas=1000, reader="consumers: 1000, prefetch: 1000")
    with pytest.raises(Exception, match="memory"):
        sim.run(loads(huge))
