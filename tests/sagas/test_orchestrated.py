"""Orchestrated sagas: what is done is undone in reverse, what may be done too, and what cannot be undone is parked."""

from __future__ import annotations

from typing import Any

import pytest

from sim.record import fields as f
from tests.sagas.scenes import counted, ends, service, trip, visited

WELL: list[Any] = [{"work": "10ms"}]
FAILS: list[Any] = [{"work": "10ms"}, {"fail": 1.0}]


def step(name: str, **more: Any) -> dict[str, Any]:
    """The step ``name``, and what undoes it."""
    return {"do": {"call": f"{name}.do"}, "undo": {"call": f"{name}.undo"}, **more}


def three(**changed: list[Any]) -> dict[str, Any]:
    """Services x, y, z whose operations take 10 ms; one with another handler: ``y_do=[...]``."""
    return {
        one: service(do=changed.get(f"{one}_do", WELL), undo=changed.get(f"{one}_undo", WELL)) for one in ("x", "y", "z")
    }


STEPS = [step("x"), step("y"), step("z")]


def test_all_steps_in_order(play: Any) -> None:
    """Step after step, and the client hears that it is done when it is done."""
    story = play(trip(STEPS, three()))
    assert visited(story) == ["x.do", "y.do", "z.do"]
    assert story.outcomes("replied") == [(1030, "ok")]
    assert ends(story.record) == {"completed": 1}
    assert counted(story.record, f.sagas.SAGA_STEPS) == 3
    assert counted(story.record, f.sagas.SAGA_EXPOSED_TIME) == 20_000_000


def test_what_is_done_is_undone_the_last_first(play: Any) -> None:
    """A step that its callee says has failed is not undone; those before it are, in reverse, and the client hears of it."""
    story = play(trip(STEPS, three(z_do=FAILS)))
    assert visited(story) == ["x.do", "y.do", "z.do", "y.undo", "x.undo"]
    assert story.outcomes("replied") == [(1050, "dependency")]
    assert ends(story.record) == {"compensated": 1}
    assert counted(story.record, f.sagas.SAGA_UNDOS) == 2
    assert counted(story.record, f.sagas.SAGA_EXPOSED_TIME) == 40_000_000


def test_nothing_done_nothing_undone(play: Any) -> None:
    """A saga whose first step fails is compensated, and no effect of it was ever to be seen."""
    story = play(trip(STEPS, three(x_do=FAILS)))
    assert visited(story) == ["x.do"]
    assert ends(story.record) == {"compensated": 1}
    assert counted(story.record, f.sagas.SAGA_EXPOSED) == 0


def test_an_unknown_outcome_is_undone_too(play: Any) -> None:
    """A step that timed out may be done: it is undone first, while it may still be at work."""
    steps = [step("x"), {"do": {"call": "y.do", "timeout": "4ms"}, "undo": {"call": "y.undo"}}, step("z")]
    story = play(trip(steps, three()))
    assert story.times("sent", "y.undo") == [1014]
    assert visited(story) == ["x.do", "y.do", "y.undo", "x.undo"]
    assert ends(story.record) == {"compensated": 1}


def test_one_attempt_in_doubt_is_enough(play: Any) -> None:
    """Where the first attempt timed out, a second that failed for certain does not make the first undone."""
    retry = {"kind": "fixed", "attempts_max": 2, "delay": "0s"}
    slow_then_bad = [{"work": {"kind": "empirical", "values": ["10ms"]}}, {"fail": 1.0}]
    steps = [step("x"), {"do": {"call": "y.do", "timeout": "4ms", "retry": retry}, "undo": {"call": "y.undo"}}]
    story = play(trip(steps, three(y_do=slow_then_bad)))
    assert len(story.times("sent", "y.do")) == 2
    assert len(story.times("sent", "y.undo")) == 1


def test_an_undo_that_fails_is_tried_again_then_parked(play: Any) -> None:
    """The undo has the saga's retries; when they are used up the others are still undone, and the saga is parked."""
    retry = {"kind": "fixed", "attempts_max": 3, "delay": "5ms"}
    story = play(trip(STEPS, three(z_do=FAILS, y_undo=FAILS), undo_retry=retry))
    assert visited(story) == ["x.do", "y.do", "z.do", *["y.undo"] * 3, "x.undo"]
    assert story.times("sent", "y.undo") == [1030, 1045, 1060]
    assert ends(story.record) == {"parked": 1}
    assert story.outcomes("replied") == [(1080, "dependency")]


def test_an_undo_has_its_own_retries(play: Any) -> None:
    """A retry at the undo comes before that of the saga."""
    own = {"kind": "fixed", "attempts_max": 2, "delay": "1ms"}
    steps = [{"do": {"call": "x.do"}, "undo": {"call": "x.undo", "retry": own}}, step("y"), step("z")]
    story = play(trip(steps, three(z_do=FAILS, x_undo=FAILS), undo_retry={"kind": "fixed", "attempts_max": 5, "delay": "1ms"}))
    assert len(story.times("sent", "x.undo")) == 2


@pytest.mark.parametrize("pivot", [{"pivot": True}, {"undo": None}])
def test_after_a_pivot_nothing_is_undone(play: Any, pivot: dict[str, Any]) -> None:
    """What follows a pivot, or what has no undo, is tried as often as its call says, and then the saga is parked."""
    retry = {"kind": "fixed", "attempts_max": 3, "delay": "1ms"}
    last = {"do": {"call": "z.do", "retry": retry}, "undo": {"call": "z.undo"}}
    story = play(trip([step("x"), {**step("y"), **pivot}, last], three(z_do=FAILS)))
    assert visited(story) == ["x.do", "y.do", *["z.do"] * 3]
    assert ends(story.record) == {"parked": 1}


def test_a_pivot_that_fails_is_no_pivot_yet(play: Any) -> None:
    """The step itself may fail, and then what came before it is undone."""
    story = play(trip([step("x"), step("y", pivot=True), step("z")], three(y_do=FAILS)))
    assert visited(story) == ["x.do", "y.do", "x.undo"]
    assert ends(story.record) == {"compensated": 1}


def test_a_step_in_doubt_without_an_undo_is_parked(play: Any) -> None:
    """Nobody knows whether it is done, and nothing undoes it: what came before stays as it is, for somebody to see to."""
    steps = [step("x"), {"do": {"call": "y.do", "timeout": "4ms"}}]
    story = play(trip(steps, three()))
    assert visited(story) == ["x.do", "y.do"]
    assert ends(story.record) == {"parked": 1}


def test_the_client_may_be_told_at_the_start(play: Any) -> None:
    """With `when_started` the handler goes on as soon as the saga is written, and gives its worker back."""
    story = play(trip(STEPS, three(z_do=FAILS), answer="when_started"))
    assert story.outcomes("replied") == [(1000, "ok")]
    assert story.outcomes("ended", "a.go") == [(1000, "ok")]
    assert story.times("saga_ended") == [1050]
    assert story.flow("f", f.flows.FLOW_SPOILED) == 1


def test_the_deadline_turns_a_saga_round(play: Any) -> None:
    """When it is over nobody waits for the step under way any more: it may be done, and is undone like the others."""
    story = play(trip(STEPS, three(y_do=[{"work": "30ms"}]), deadline="25ms"))
    assert story.outcomes("settled", "y.do") == [(1025, "timeout")]
    assert story.times("sent", "y.undo") == [1025]
    assert story.times("sent", "x.undo") == [1035]
    assert ends(story.record) == {"compensated": 1}
    assert counted(story.record, f.sagas.SAGA_OVERDUE) == 1


def test_the_deadline_of_what_cannot_be_undone(play: Any) -> None:
    """After a pivot it is parked; while it is being undone anyway the deadline changes nothing."""
    after = play(trip([step("x", pivot=True), step("y")], three(y_do=[{"work": "30ms"}]), deadline="25ms"))
    assert ends(after.record) == {"parked": 1}
    assert after.times("saga_ended") == [1025]
    undoing = play(trip(STEPS, three(z_do=FAILS, y_undo=[{"work": "30ms"}]), deadline="40ms"))
    assert visited(undoing) == ["x.do", "y.do", "z.do", "y.undo", "x.undo"]
    assert ends(undoing.record) == {"compensated": 1}


def test_an_answer_beats_the_deadline_of_its_instant(play: Any) -> None:
    """A saga that is done in time is not turned round."""
    assert ends(play(trip(STEPS, three(), deadline="30ms")).record) == {"completed": 1}
    assert ends(play(trip(STEPS, three(), deadline="29ms")).record) == {"compensated": 1}


def test_a_saga_is_begun_once_for_an_arrival(play: Any) -> None:
    """A client that tries again joins the saga that is under way, or hears how it ended."""
    retry = {"kind": "fixed", "attempts_max": 4, "delay": "0s"}
    story = play(trip(STEPS, three(), client={"timeout": "12ms", "retry": retry}))
    assert visited(story) == ["x.do", "y.do", "z.do"]
    assert counted(story.record, f.sagas.SAGA_STARTED) == 1
    assert counted(story.record, f.sagas.SAGA_JOINED) == 2
    assert story.outcomes("replied") == [(1030, "ok")]


def test_names_are_told_apart() -> None:
    """Two sagas of one name, one named as an operation, an optional step, retries for no undo: each has its remedy."""
    from sim.scenario import loads  # only here
    from sim.scenario.problems import ScenarioError

    def refused(go: str, more: str = "") -> str:
        text = f"name: n\narchitecture: event-driven\nservices:\n  a: {{operations: {{go: [{go}]{more}}}}}\n"
        text += "  b: {operations: {do: [{work: 1ms}]}}\n"
        text += "workload: {f: {operation: a.go, arrivals: {kind: constant, rate: 1/s}}}\nrun: {horizon: 10s}\n"
        with pytest.raises(ScenarioError) as caught:
            loads(text)
        return str(caught.value)

    one = "{saga: s, steps: [{do: {call: b.do}}]}"
    assert "begun by a.go too; give one of them another name" in refused(f"{one}, {one}")
    assert "has an operation 's' too" in refused(one, ", s: []")
    assert "has no 'optional'; remove it" in refused("{saga: s, steps: [{do: {call: b.do, optional: true}}]}")
    assert "no undo without a retry" in refused(
        "{saga: s, steps: [{do: {call: b.do}}], undo_retry: {kind: fixed, attempts_max: 2, delay: 1ms}}"
    )
    assert "service 'b' has no operation 'dou'; did you mean 'do'?" in refused("{saga: s, steps: [{do: {call: b.dou}}]}")
