"""Dead letters go back: when, how fast, and what becomes of them then."""

from __future__ import annotations

import pytest

import sim
from sim.record import fields as f
from sim.scenario import ScenarioError, loads
from sim.scenario.checks import check
from tests.brokers.test_queue import ENGINES, counted, mails

FAILING = "{call: renderer.render, timeout: 100ms}"
DOWN = "down: {kind: crash, target: renderer, at: 2s, for: 4s}"


def redriven(redrive: str, *, rate: int = 10, horizon: str = "40s", faults: str = DOWN) -> str:
    """Mails whose renderer is down from 2 s to 6 s: 40 of them die, after one delivery each."""
    queue = f"visibility: 1s, dead_letter: {{to: mail.dead, deliveries_max: 1, redrive: {{{redrive}}}}}"
    text = mails(queue, steps=FAILING, faults=faults, rate=rate, horizon=horizon)
    renderer = "  renderer: {workers: 50, operations: {render: [{work: 1ms}]}}\n"
    return text.replace("  mailer: {replicas", f"{renderer}  mailer: {{replicas", 1)


@ENGINES
def test_dead_letters_go_back_one_by_one_at_the_rate(engine: str) -> None:
    """40 dead letters at 5 a second take 8 s from 20 s on, the first at once; each is applied then, in its own queue."""
    record, queue, group = counted(redriven("at: 20s, rate: 5/s"), engine)
    assert (queue["dead"], queue["back"], group["dropped"]) == (40, 40, 40)
    assert group["applied"] == 399
    assert group["appended"] == 399 + 40
    back = record.tables["queues"][:, 0, f.queues.QUEUE_BACK]
    assert back.tolist() == [0] * 20 + [5] * 8 + [0] * 12
    dead = record.tables["queues"][:, 1]
    assert (dead[:, f.queues.QUEUE_ARRIVED].sum(), dead[:, f.queues.QUEUE_REDRIVEN].sum()) == (40, 40)


@ENGINES
def test_only_what_is_there_when_it_begins_goes_back(engine: str) -> None:
    """Begun in the middle of the outage, a redrive feeds dead letters to it: they die again, and go back no second time."""
    record, queue, group = counted(redriven("at: 4s, rate: 10/s"), engine)
    assert queue["back"] == 20
    assert queue["dead"] > 40
    assert record.levels["queues"][1, f.queues.LEVEL_QUEUED] == queue["dead"] - 20
    assert group["applied"] + group["dropped"] == group["appended"]


@ENGINES
def test_a_redrive_may_be_repeated(engine: str) -> None:
    """Every 7 s all go back that are there: none is left after the outage."""
    record, queue, _ = counted(redriven("every: 7s, rate: 100/s"), engine)
    assert queue["back"] == queue["dead"] == 40
    assert record.tables["queues"][7, 0, f.queues.QUEUE_BACK] == 40
    again, queue, _ = counted(redriven("at: 5s, every: 3s, rate: 100/s"), engine)
    assert queue["back"] == queue["dead"] > 40
    assert again.levels["queues"][1, f.queues.LEVEL_QUEUED] == 0


@ENGINES
def test_a_full_queue_lets_dead_letters_wait(engine: str) -> None:
    """What goes back is never refused: it stays where it is until there is room, and nothing is gone."""
    text = redriven("at: 8s, rate: 1000/s").replace("visibility: 1s", "visibility: 1s, length_max: 2")
    text = text.replace("render: [{work: 1ms}]", "render: [{work: 20ms}]")
    record, queue, group = counted(text, engine)
    assert queue["refused"] == queue["ousted"] == 0
    assert queue["back"] == 40
    assert record.tables["queues"][:, 0, f.queues.QUEUE_WAITING_MAX].max() == 2
    assert group["applied"] == 399


@ENGINES
def test_a_broker_that_is_down_lets_dead_letters_wait(engine: str) -> None:
    """A redrive that begins in an outage goes on at its rate when that is over: none comes back meanwhile, nor all at once."""
    outage = f"{DOWN}, outage: {{kind: broker_outage, target: rabbit, at: 19s, for: 5s}}"
    record, queue, _ = counted(redriven("at: 20s, rate: 5/s", faults=outage), engine)
    assert queue["back"] == queue["dead"] == 40
    back = record.tables["queues"][:, 0, f.queues.QUEUE_BACK]
    assert back.tolist() == [0] * 24 + [5] * 8 + [0] * 8


@ENGINES
def test_what_goes_back_is_part_of_its_flow_again(engine: str) -> None:
    """An order that takes 3 s, whose mail dies and is applied within one: it ends when the order does, and has failed."""
    text = redriven("every: 700ms, rate: 100/s", rate=1, faults="down: {kind: crash, target: renderer, at: 4s, for: 200ms}")
    text = text.replace("{publish: mail}", "{publish: mail}, {work: 3s}")
    record, queue, group = counted(text, engine)
    assert (queue["dead"], queue["back"], group["applied"]) == (1, 1, 39)
    flows = dict(zip(f.flows.FLOWS.counters, record.flows[:, 0].sum(axis=0).tolist(), strict=True))
    assert (flows["spoiled"], flows["completed"]) == (1, 35)
    assert record.flows[:, 0, f.flows.FLOW_SPOILED].argmax() == 7


def test_a_redrive_without_a_limit_is_the_outage_again() -> None:
    """1,500 dead letters a second are more than the renderer takes: they die again. At 20 a second all are applied.

    The facts call it the redrive storm: B messages in t seconds are a step of B/t on top of the load.
    """
    left = {}
    for rate in (1500, 20):
        text = redriven(f"at: 10s, rate: {rate}/s", rate=60, faults=DOWN, horizon="60s")
        text = text.replace("renderer: {workers: 50", "renderer: {workers: 1")
        text = text.replace("render: [{work: 1ms}]", "render: [{work: 8ms}]")
        text = text.replace("consumers: 1", "consumers: 60")
        record = sim.run(loads(text), replications=1).records[0]
        left[rate] = int(record.levels["queues"][1, f.queues.LEVEL_QUEUED])
    assert left[20] == 0
    assert left[1500] > 100


@pytest.mark.parametrize(
    ("redrive", "said"),
    [
        ("rate: 5/s", "write 'at', or 'every'"),
        ("at: 5s", "rate"),
        ("at: 5s, rate: 0/s", "rate"),
    ],
)
def test_redrives_that_never_are_are_refused(redrive: str, said: str) -> None:
    """One without a time or a rate."""
    with pytest.raises(ScenarioError, match=said):
        loads(redriven(redrive))


def test_a_redrive_after_the_end_of_the_run_is_warned_of() -> None:
    """A run that was shortened is still one: nothing goes back in it."""
    (problem,) = check(loads(redriven("at: 50s, rate: 5/s")))
    assert problem.severity == "warning"
    assert "begins at 50s, when the run is over (40s): nothing goes back" in problem.message


def test_dead_letters_that_are_read_or_shared_do_not_go_back() -> None:
    """Who reads them takes them away; and those of two queues are not told apart."""
    text = redriven("at: 5s, rate: 5/s")
    reader = "\n  bury: {queue: mail.dead, operation: mailer.bury}\nworkload:"
    with pytest.raises(ScenarioError, match="remove the redrive, or that subscription"):
        loads(text.replace("\nworkload:", reader, 1))
    other = "other: {dead_letter: {to: mail.dead, deliveries_max: 1}}, mail.dead: {}"
    with pytest.raises(ScenarioError, match=r"'other' are in 'mail\.dead' too; give this queue one of its own"):
        loads(text.replace("mail.dead: {}", other))
