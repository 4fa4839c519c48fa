"""Effects that undo others: only what was done is undone, and what was undone is not done any more."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

import sim
from sim.engine import run_once
from sim.metrics.invariants import ended
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.scenario.checks import check
from sim.scenario.effect_steps import Effect
from sim.scenario.effects import flow_effects
from sim.scenario.scenario import Scenario
from tests.effects.oracle import counted
from tests.engine.story import LOG_ROWS, once, scene

if TYPE_CHECKING:
    from sim.engine import EngineName

CHARGE: dict[str, Any] = {"effect": "charged", "idempotent": True}
REFUND: dict[str, Any] = {"effect": "refunded", "idempotent": True, "undoes": "charged"}


def totals(record: Any) -> dict[str, tuple[int, int, int]]:
    """How often each effect was applied, doubled and absorbed."""
    columns = (f.effects.EFFECT_APPLIED, f.effects.EFFECT_DOUBLED, f.effects.EFFECT_ABSORBED)
    rows = record.effects.sum(axis=0)
    names = [record.network.effect_names[one.effect] for one in record.network.effects]
    return {name: tuple(int(rows[row, column]) for column in columns) for row, name in enumerate(names)}  # type: ignore[misc]


def history(steps: list[dict[str, Any]]) -> dict[str, tuple[int, int, int]]:
    """The same of effects that one handler applies one after the other, from a list of what has happened so far."""
    happened: list[str] = []
    void: set[str] = set()
    counts = {step["effect"]: [0, 0, 0] for step in steps}
    for step in steps:
        name, undone = step["effect"], step.get("undoes")
        pointless = undone is not None and undone not in happened
        void |= {undone} if undone is not None else set()
        again = name in happened
        if pointless or name in void or (again and step.get("idempotent", False)):
            counts[name][2] += 1
            continue
        happened.append(name)
        counts[name][1 if again else 0] += 1
    return {name: (one, two, three) for name, (one, two, three) in counts.items()}


def test_random_histories_are_what_a_list_says(play: Any) -> None:
    """Effects in any order, undone before they are done, and after, once and again, by each other: as a naive list has it."""
    for number in range(60):
        chosen = random.Random(number)
        steps: list[dict[str, Any]] = []
        for _ in range(chosen.randint(2, 7)):
            name = chosen.choice("abc")
            step: dict[str, Any] = {"effect": name, "idempotent": chosen.random() < 0.5}
            if chosen.random() < 0.5:
                step["undoes"] = chosen.choice([one for one in "abc" if one != name])
            steps.append(step)
        steps += [{"effect": one} for one in "abc" if all(step["effect"] != one for step in steps)]
        found = play(scene({"x": steps}, {"flow": once("x.go", "1500ms")})).record
        assert totals(found) == history(steps), steps


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([CHARGE, REFUND], {"charged": (1, 0, 0), "refunded": (1, 0, 0)}),
        ([REFUND, CHARGE], {"charged": (0, 0, 1), "refunded": (0, 0, 1)}),
        ([CHARGE, REFUND, CHARGE, REFUND], {"charged": (1, 0, 1), "refunded": (1, 0, 1)}),
    ],
)
def test_a_refund_before_its_charge_and_after_it(steps: list[Any], expected: dict[str, Any], play: Any) -> None:
    """What was never charged is not refunded, and is not charged behind its refund; a charge that comes late is void."""
    assert totals(play(scene({"x": steps}, {"flow": once("x.go", "1500ms")})).record) == expected


def bank(*, fenced: bool, absorbed: bool) -> Scenario:
    """Charges that time out and are refunded, while the bank is slow or down; with what keeps the books, or without."""
    charge, refund = ({**one, "idempotent": absorbed} for one in (CHARGE, REFUND))
    if not fenced:
        del refund["undoes"]
    retry = {"kind": "fixed", "attempts_max": 2, "delay": "5ms"}
    steps = [
        {"do": {"call": "bank.charge", "timeout": "20ms", "retry": retry}, "undo": {"call": "bank.refund"}},
        {"do": {"call": "store.book"}, "undo": {"call": "store.cancel"}},
    ]
    again = {"kind": "exponential", "attempts_max": 9, "base": "20ms", "cap": "1s"}
    saga = {"saga": "buy", "by": "orchestrator", "answer": "when_done", "steps": steps, "undo_retry": again}
    services = {
        "shop": {"workers": 200, "operations": {"buy": [saga]}},
        "bank": {
            "workers": 2,
            "operations": {
                "charge": [{"work": {"kind": "exponential", "mean": "8ms"}}, charge],
                "refund": [{"work": "1ms"}, refund],
            },
        },
        "store": {"workers": 9, "operations": {"book": [{"fail": 0.1}, {"effect": "booked"}], "cancel": [{"work": "1ms"}]}},
    }
    arrivals = {"kind": "step", "steps": [{"at": "0s", "rate": "120/s"}, {"at": "4s", "rate": "0/s"}]}
    faults = {"down": {"kind": "crash", "target": "bank", "at": "2s", "for": "200ms", "detection": "50ms"}}
    more = {"faults": faults, "run": {"horizon": "12s", "window": "1s", "warmup": "0s"}}
    flow = {"buy": {"operation": "shop.buy", "arrivals": arrivals, "timeout": "1s"}}
    return Scenario.model_validate(scene(services, flow, invariants=["charged == booked + refunded"], **more))


def test_charges_are_booked_or_refunded_and_nothing_else_keeps_the_books(engine: EngineName) -> None:
    """In every trace charged == booked + refunded; without idempotence, or where the refund does not ask, it is broken."""

    def judged(**what: bool) -> Any:
        return ended(run_once(compile_network(bank(**what)), seed=1, engine=engine), [0])

    sound = judged(fenced=True, absorbed=True)
    assert sound.held > 400
    assert sound.broken == sound.parked == sound.open == 0
    assert judged(fenced=False, absorbed=True).broken > 0
    assert judged(fenced=True, absorbed=False).broken > 0


def test_counts_are_those_of_the_log(engine: EngineName) -> None:
    """What was absorbed for want of anything to undo, or as it was void, is what a reader of the log finds."""
    record = run_once(compile_network(bank(fenced=True, absorbed=True)), seed=2, engine=engine, log_facts=LOG_ROWS)
    effects, levels = counted(record)
    assert (record.effects == effects).all()
    assert (record.effect_levels == levels).all()
    assert min(counts[2] for name, counts in totals(record).items() if name != "booked") > 0


def test_engines_agree() -> None:
    """The same record, whichever engine runs it."""
    network = compile_network(bank(fenced=True, absorbed=True))
    one, other = (run_once(network, seed=3, engine=name) for name in ("simpy", "compiled"))
    assert one.fingerprint() == other.fingerprint()


def test_what_undoes_is_promised_to_nobody() -> None:
    """There may be nothing to undo: a flow must have what it does, and only may have what undoes it."""
    scenario = Scenario.model_validate(scene({"x": [CHARGE, REFUND]}, {"flow": once("x.go", "1500ms")}))
    assert [(one.name, one.required) for one in flow_effects(scenario)] == [("flow: charged", True), ("flow: refunded", False)]


@pytest.mark.parametrize(
    ("undone", "said"), [("refunded", "cannot undo itself"), ("charge", "no step applies 'charge'; did you mean 'charged'?")]
)
def test_what_cannot_be_undone_is_refused(undone: str, said: str) -> None:
    """An effect that undoes itself, or one that nobody applies: an error at its place, with the remedy."""
    steps = [CHARGE, {"effect": "refunded", "undoes": undone}]
    data = scene({"x": steps}, {"flow": once("x.go", "1500ms")})
    (problem,) = (one for one in check(Scenario.model_validate(data)) if one.severity == "error")
    assert said in problem.message
    assert problem.loc == ("services", "x", "operations", "go", 1, "undoes")


def test_a_guest_undoes_as_the_declared_steps_do() -> None:
    """A handler of a notebook that refunds before it charges, and after: what it applies undoes what the steps say."""

    def steps(execution: Any) -> Any:
        for name in ("refunded", "charged", "refunded"):
            execution.effect(name)
        yield execution.work("1ms")

    scenario = Scenario.model_validate(scene({"x": [CHARGE, REFUND, {"work": "1ms"}]}, {"flow": once("x.go", "1500ms")}))
    record = sim.run(scenario, replications=1, handlers={"x.go": steps}).records[0]
    assert totals(record) == {"charged": (0, 0, 1), "refunded": (0, 0, 2)}


def test_it_is_built_in_python_as_in_a_file() -> None:
    """The step by its class."""
    assert Effect("refunded", undoes="charged") == Effect.model_validate({"effect": "refunded", "undoes": "charged"})
