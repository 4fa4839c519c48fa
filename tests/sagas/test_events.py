"""Sagas that nobody leads: each service tells the next, one message for each step and each undo."""

from __future__ import annotations

from typing import Any

import pytest

import sim
from sim.engine import run_once
from sim.metrics.exercised import not_exercised
from sim.metrics.stuck import STUCK
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.scenario import loads
from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from sim.semantics.order import OCCURRENCE_BITS, PLACE_BITS
from tests.sagas.scenes import counted, effects, ends, service, trip, visited
from tests.shares import share

ONCE = {"idempotent": True}


def doing(effect: str, *, fails: bool) -> list[Any]:
    """Work, and the effect at the end of it, unless it fails."""
    return [{"work": "2ms"}, {"fail": 1.0 if fails else 0.0}, {"effect": effect, **ONCE}]


NAMES = (("reserve", "release"), ("charge", "refund"), ("book", "unbook"))


def shop(*fails: str, faults: dict[str, Any] | None = None, pivot: str = "", retry: Any = None, **more: Any) -> dict[str, Any]:
    """Reserve, charge and book by events, of which some may fail."""
    services = {
        do: service(**{do: doing(do, fails=do in fails), undo: doing(undo, fails=undo in fails)}) for do, undo in NAMES
    }
    steps = [
        {"do": {"call": f"{do}.{do}", "retry": retry}, "undo": {"call": f"{do}.{undo}"}, "pivot": do == pivot}
        for do, undo in NAMES
    ]
    data = trip(steps, services, by="events", answer="when_started", faults=faults or {}, **more)
    return {**data, "network": {"hop": "1ms"}}


def handled(record: Any) -> list[str]:
    """The subscriptions that applied a message, in their order."""
    applied = record.groups.sum(axis=0)[:, f.groups.GROUP_APPLIED]
    return [one.name for one, count in zip(record.network.groups, applied, strict=True) for _ in range(count)]


def test_each_tells_the_next(play: Any) -> None:
    """Three messages for three steps; the client hears when the broker has the first one."""
    story = play(shop())
    assert handled(story.record) == ["trip.reserve", "trip.charge", "trip.book"]
    assert story.outcomes("replied") == [(1002, "ok")]
    assert story.times("saga_ended") == [1009]
    assert visited(story) == ["reserve.trip-reserve", "charge.trip-charge", "book.trip-book"]
    assert ends(story.record) == {"completed": 1}
    assert counted(story.record, f.sagas.SAGA_STEPS) == 3


def test_one_that_failed_tells_the_one_before(play: Any) -> None:
    """The third step fails: it is not undone, the other two are, in reverse, by two messages more."""
    story = play(shop("book"))
    assert handled(story.record) == ["trip.reserve", "trip.release", "trip.charge", "trip.refund", "trip.book"]
    assert visited(story)[-2:] == ["charge.trip-refund", "reserve.trip-release"]
    assert ends(story.record) == {"compensated": 1}
    assert effects(story.record) == {"reserve": 1, "charge": 1, "refund": 1, "release": 1}


def test_the_first_fails(play: Any) -> None:
    """Nothing is to be undone, and nobody to be told."""
    story = play(shop("reserve"))
    assert handled(story.record) == ["trip.reserve"]
    assert ends(story.record) == {"compensated": 1}


def test_retries_are_those_of_the_consumer(play: Any) -> None:
    """A step is tried again in place as its call says, and only then the others are told."""
    retry = {"kind": "fixed", "attempts_max": 3, "delay": "5ms"}
    story = play(shop("charge", retry=retry))
    assert len(story.times("ended", "charge.trip-charge")) == 3
    assert handled(story.record) == ["trip.reserve", "trip.release", "trip.charge"]
    assert ends(story.record) == {"compensated": 1}


def test_an_undo_that_fails_parks_and_goes_on(play: Any) -> None:
    """The undo has the retries of the saga; the others are undone even so."""
    undo_retry = {"kind": "fixed", "attempts_max": 2, "delay": "1ms"}
    story = play(shop("book", "refund", undo_retry=undo_retry))
    assert len(story.times("ended", "charge.trip-refund")) == 2
    assert effects(story.record) == {"reserve": 1, "charge": 1, "release": 1}
    assert ends(story.record) == {"parked": 1}


def test_after_a_pivot_it_is_parked(play: Any) -> None:
    """What follows the pivot failed: nobody is told to undo."""
    story = play(shop("book", pivot="charge"))
    assert handled(story.record) == ["trip.reserve", "trip.charge", "trip.book"]
    assert ends(story.record) == {"parked": 1}


def test_after_the_deadline_nothing_is_begun(play: Any) -> None:
    """Who is told to do a step after the deadline does not, and tells the one before to undo."""
    story = play(shop(deadline="5ms"))
    assert effects(story.record) == {"reserve": 1, "charge": 1, "refund": 1, "release": 1}
    assert ends(story.record) == {"compensated": 1}
    assert counted(story.record, f.sagas.SAGA_OVERDUE) == 1


def test_a_fault_of_an_operation_strikes_what_does_its_steps(play: Any) -> None:
    """A poisoned charge fails in its saga too, is tried as its call says, and the others are told; so is a refund."""
    retry = {"kind": "fixed", "attempts_max": 3, "delay": "5ms"}
    poison = {"kind": "poison", "share": 1.0, "at": "500ms", "for": "1s"}
    story = play(shop(retry=retry, faults={"bad": {**poison, "target": "charge.charge"}}))
    assert len(story.times("ended", "charge.trip-charge")) == 3
    assert effects(story.record) == {"reserve": 1, "release": 1}
    assert ends(story.record) == {"compensated": 1}
    assert not_exercised(story.record) == ()
    story = play(shop("book", faults={"bad": {**poison, "target": "charge.refund"}}))
    assert effects(story.record) == {"reserve": 1, "charge": 1, "release": 1}
    assert ends(story.record) == {"parked": 1}


def test_by_calls_and_by_events_the_same_are_struck() -> None:
    """Which orders are poisoned does not hang on who leads the saga: the draws are those of the operation."""
    poison = {"kind": "poison", "target": "charge.charge", "share": 0.4, "at": "0s", "for": "20s"}
    ended = []
    for by in ({}, {"by": "orchestrator", "answer": "when_done"}, {"by": "two_phase", "answer": "when_done"}):
        data = shop(faults={"bad": poison}, run={"horizon": "20s", "window": "20s"})
        data["workload"]["f"]["arrivals"] = {"kind": "constant", "rate": "10/s"}
        data["services"]["a"]["operations"]["go"][0].update(by)
        record = run_once(compile_network(Scenario.model_validate(data)), seed=3, log_facts=100_000)
        rows = [row for row in record.log.tolist() if row[1] == f.facts.FACT_SAGA_ENDED]
        ended.append({ident >> PLACE_BITS + OCCURRENCE_BITS: verdict for _, _, ident, verdict in rows})
    common = ended[0].keys() & ended[1].keys() & ended[2].keys()
    assert len(common) > 150
    assert {ended[0][one] for one in common} == {1, 2}
    assert all(ended[0][one] == ended[1][one] == ended[2][one] for one in common)


@pytest.mark.parametrize("struck", share(["a", "charge", "reserve"], 3))
def test_every_crash_point(struck: str) -> None:
    """A crash of any service at each half millisecond: messages come again, what was done is done once, and all end."""
    for half, fails in ((half, fails) for half in range(24) for fails in ("", "book")):
        fault = {"kind": "crash", "target": struck, "at": f"{1000 + half / 2}ms", "for": "3ms"}
        data = shop(fails, faults={"c": fault}, run={"horizon": "60s", "window": "60s"})
        network = compile_network(Scenario.model_validate(data))
        records = [run_once(network, seed=1, engine=engine) for engine in ("simpy", "compiled")]
        assert records[0].fingerprint() == records[1].fingerprint()
        sagas = 58 if struck == "a" and half == 0 else 59  # one a second; one client is turned away
        assert ends(records[0]) == {"compensated" if fails else "completed": sagas}, half
        names = ("reserve", "charge", "refund", "release") if fails else ("reserve", "charge", "book")
        assert effects(records[0]) == dict.fromkeys(names, sagas), half


@pytest.mark.parametrize("struck", ["crash", "timeout"])
def test_a_saga_that_nobody_heard_of_is_told_again(play: Any, struck: str) -> None:
    """Its first message is gone while the broker is down: the client asks again, and is told ok when one has come."""
    faults: dict[str, Any] = {"down": {"kind": "broker_outage", "target": "log", "at": "995ms", "for": "50ms"}}
    if struck == "crash":
        faults["crash"] = {"kind": "crash", "target": "a", "at": "1010ms", "for": "1ms"}
    log = {"delivery_timeout": "20ms" if struck == "timeout" else "2m", "topics": {"t": {"partitions": 1}}}
    retry = {"kind": "fixed", "attempts_max": 9, "delay": "2ms"}
    data = shop(faults=faults, brokers={"log": log}, client={"retry": retry})
    data["subscriptions"] = {"g": {"topic": "t", "operation": "book.unbook"}}
    story = play(data)
    assert story.outcomes("replied") == [(1045, "ok")]
    assert counted(story.record, f.sagas.SAGA_STARTED) == 1
    assert ends(story.record) == {"completed": 1}
    assert effects(story.record) == {"reserve": 1, "charge": 1, "book": 1}


def test_a_saga_that_nobody_hears_of_is_stuck(play: Any) -> None:
    """Its first message goes down with its publisher, and the client does not ask again: it is open, and counted as stuck."""
    faults: dict[str, Any] = {"down": {"kind": "broker_outage", "target": "log", "at": "995ms", "for": "50ms"}}
    faults["crash"] = {"kind": "crash", "target": "a", "at": "1010ms", "for": "1ms"}
    data = shop(faults=faults, brokers={"log": {"topics": {"t": {"partitions": 1}}}})
    data["subscriptions"] = {"g": {"topic": "t", "operation": "book.unbook"}}
    story = play(data)
    assert story.outcomes("replied") == [(1010, "crashed")]
    assert counted(story.record, f.sagas.SAGA_STARTED) == 1
    assert ends(story.record) == effects(story.record) == {}
    assert story.record.levels["sagas"][0, f.sagas.LEVEL_SAGAS] == 1
    assert STUCK.measures["saga"](story.record, 0, 0, story.record.network.windows) == 1
    assert story.record.flows[:, 0, f.flows.FLOW_COMPLETED].sum() == 0


def test_what_is_generated_is_ordinary() -> None:
    """Topics and subscriptions of a saga have metrics, are drawn and judged; the scenario itself does not say them."""
    scenario = loads("""
name: n
architecture: event-driven
services:
  a: {operations: {go: [{saga: trip, by: events, answer: when_started, steps: [{do: {call: b.do, timeout: 1s}}]}]}}
  b: {replicas: 2, workers: 3, operations: {do: [{work: 1ms}]}}
workload: {f: {operation: a.go, arrivals: {kind: constant, rate: 10/s}}}
objectives: ["trip.do.lag_peak <= 3", "trip.completed >= 1"]
run: {horizon: 10s, replications: 3}
""")
    result = sim.run(scenario)
    assert result.values("trip.do.lag_peak") == [1.0, 1.0, 1.0]
    assert [one.outcome for one in result.objectives()] == ["pass", "pass"]
    assert not scenario.subscriptions
    assert scenario.wired.wired is scenario.wired
    assert {name: one.consumers for name, one in scenario.wired.subscriptions.items()} == {"trip.do": 3}
    assert [one.severity for one in check(scenario)] == ["warning"]
    assert Scenario.model_validate(scenario.resolved()) == scenario


def test_what_events_cannot_say() -> None:
    """Nobody hears of the end; one operation cannot be two steps, as it would not know which."""
    data = shop()
    saga = data["services"]["a"]["operations"]["go"][0]
    saga["answer"] = "when_done"
    saga["steps"][1] = saga["steps"][0]
    messages = [one.message for one in check(Scenario.model_validate(data)) if one.severity == "error"]
    assert any("write answer: when_started" in one for one in messages)
    assert any("give it two names" in one for one in messages)
