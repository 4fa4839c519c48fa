"""The verdict says what became of effects, and the table has a row for each way that they go wrong."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from sim.judgements.effects_words import WORDS
from sim.judgements.verdict import verdict
from sim.metrics.paths import resolve
from sim.record.fields.effects import EFFECT_DOUBLED, EFFECT_TOLD_FAILED, EFFECT_UNDONE, LEVEL_PENDING
from sim.replications import run_replications
from sim.results.comparison import Comparison
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from sim.results.result import Result

RETRY = {"kind": "fixed", "attempts_max": 3, "delay": "10ms"}
BANK = [{"work": {"kind": "exponential", "mean": "20ms"}}, {"effect": "charged"}]
CALL = {"call": "bank.charge", "timeout": "60ms", "retry": RETRY}


def shop(step: dict[str, Any], **more: Any) -> Scenario:
    """Orders that are charged by one step: a call, or an event."""
    services = {
        "shop": {"workers": 50, "operations": {"order": [{"work": "1ms"}, step]}},
        "bank": {"workers": 4, "operations": {"charge": BANK}},
    }
    flow = {"operation": "shop.order", "arrivals": {"kind": "poisson", "rate": "60/s"}, "timeout": "100ms"}
    run = {"horizon": "10s", "replications": 4, "seed": 2}
    return Scenario.model_validate({"name": "shop", "services": services, "workload": {"order": flow}, "run": run, **more})


@pytest.fixture(scope="module")
def sides() -> tuple[Result, Result]:
    """The shop wired both ways."""
    more = {
        "brokers": {"log": {"topics": {"placed": {"partitions": 8}}}},
        "subscriptions": {"bank": {"topic": "placed", "operation": "bank.charge", "consumers": 4}},
    }
    sync = shop(CALL, architecture="synchronous")
    events = shop({"publish": "placed"}, architecture="event-driven", **more)
    return run_replications(sync), run_replications(events)


def without_effects(scenario: Scenario) -> Scenario:
    """The same scenario, which declares no effect."""
    data = copy.deepcopy(scenario.resolved())
    data["services"]["bank"]["operations"]["charge"].pop()
    return Scenario.model_validate(data)


def test_the_metrics_are_the_counts(sides: tuple[Result, Result]) -> None:
    """Of the system and of the flow, over the windows measured; what is pending is counted at the horizon."""
    sync, events = sides
    fields = {"doubled": EFFECT_DOUBLED, "told_failed": EFFECT_TOLD_FAILED, "undone": EFFECT_UNDONE}
    for word, field in fields.items():
        name = f"effects_{word}"
        counts = [float(record.effects[:, :, field].sum()) for record in sync.records]
        assert sync.values(name) == sync.values(f"order.{name}") == counts
    assert min(sync.values("effects_doubled")) > 0
    assert min(sync.values("effects_told_failed")) > 0
    waiting = [float(record.effect_levels[0, LEVEL_PENDING]) for record in events.records]
    assert events.values("effects_pending") == events.values("order.effects_pending") == waiting


def test_the_verdict_has_a_sentence(sides: tuple[Result, Result]) -> None:
    """It says of both sides what was done twice, against what the client was told, never, and what is still to come."""
    said = next(one for one in verdict(Comparison(*sides)) if one.startswith("Effects"))
    assert said.startswith("Effects of order, in a run: done twice: ")
    assert all(words in said for words in WORDS.values())
    assert "0 (event-driven)" in said
    assert "told done though undone: none" in said
    assert "(n = 4)" in said


def test_the_table_has_their_rows(sides: tuple[Result, Result]) -> None:
    """Each with the difference of the two sides; fewer is better, but for what is only still to come."""
    rows = {row.path: row for row in Comparison(*sides).rows()}
    assert rows["order.effects_doubled"].better == "b"
    assert rows["order.effects_told_failed"].better == "b"
    assert resolve("order.effects_pending", sides[0].scenario)[0].direction == "neither"
    assert [row.path for row in Comparison(*sides).rows()][-4:] == [f"order.{name}" for name in WORDS]


def test_what_only_one_side_declares_is_not_compared(sides: tuple[Result, Result]) -> None:
    """The other side's are not counted, which is not none; the sentence names them. Without any there is no sentence."""
    bare = run_replications(without_effects(sides[1].scenario))
    said = next(one for one in verdict(Comparison(sides[0], bare)) if one.startswith("Effects"))
    assert "not counted (event-driven)" in said
    assert "declared by synchronous only: charged" in said
    row = Comparison(sides[0], bare).row("order.effects_doubled")
    assert row.better == ""
    neither = Comparison(run_replications(without_effects(sides[0].scenario)), bare)
    assert not any("Effects" in line for line in verdict(neither))
    assert not any("effects" in row.path for row in neither.rows())


def test_an_objective_of_effects_is_judged(sides: tuple[Result, Result]) -> None:
    """What must not happen twice is an objective like any other."""
    limited = [
        run_replications(Scenario.model_validate({**side.scenario.resolved(), "objectives": ["order.effects_doubled <= 0"]}))
        for side in sides
    ]
    assert [side.objectives()[0].outcome for side in limited] == ["fail", "pass"]
