"""Effects as they are declared, what follows from that alone, and handlers of one's own that apply them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import sim
from sim.engine import run_once
from sim.engine.extensions import Extensions
from sim.network import compile as compile_network
from sim.record.fields.effects import EFFECT_ABSORBED, EFFECT_APPLIED, EFFECT_TOLD_OK
from sim.scenario import Effect, Scenario, ScenarioError, loads
from sim.scenario.effects import flow_effects
from tests.engine.story import once, scene, topic

if TYPE_CHECKING:
    from collections.abc import Generator

TEXT = """
name: shop
architecture: synchronous
services:
  shop:
    operations:
      order:
        - work: 1ms
        - effect: order.taken
        - call: pay.charge
        - {effect: order.kept, idempotent: true}
  pay:
    operations:
      charge:
        - choose: [{weight: 1, steps: [{effect: card.charged}]}, {weight: 1, steps: [{effect: points.used}]}]
workload: {order: {operation: shop.order, arrivals: {kind: constant, rate: 10/s}}}
run: {horizon: 2s, replications: 1}
"""


def test_effects_are_written_as_they_are_read() -> None:
    """YAML, Python and what is resolved say the same; idempotent is off unless it is written."""
    shop = loads(TEXT)
    assert loads(shop.to_yaml()) == shop
    assert Scenario.model_validate(shop.resolved()).digest() == shop.digest()
    order = shop.services["shop"].operations["order"]
    assert order[1:4:2] == (Effect("order.taken"), sim.Effect("order.kept", idempotent=True))
    assert shop.resolved()["services"]["shop"]["operations"]["order"][1] == {
        "effect": "order.taken",
        "idempotent": False,
        "undoes": None,
    }


@pytest.mark.parametrize(
    ("old", "new", "remedy"),
    [
        ("effect: order.taken", "efect: order.taken", "did you mean 'effect'"),
        ("effect: order.taken", "effect: 7", "expected a text"),
        ("effect: order.taken", "effect: 'a b'", "is not a name"),
        ("idempotent: true", "idempotnet: true", "did you mean 'idempotent'"),
        ("idempotent: true", "idempotent: maybe", "idempotent"),
    ],
)
def test_a_wrong_effect_is_answered_with_the_right_one(old: str, new: str, remedy: str) -> None:
    """The message names what is wrong and what is likely meant."""
    with pytest.raises(ScenarioError) as caught:
        loads(TEXT.replace(old, new))
    assert remedy in str(caught.value)


def required(services: dict[str, Any], flow: str = "a.go", **more: Any) -> dict[str, bool]:
    """For each effect that the flow may have, whether it must have it."""
    scenario = Scenario.model_validate(scene(services, {"f": once(flow, "1s")}, **more))
    return {row.name.removeprefix("f: "): row.required for row in flow_effects(scenario)}


def test_what_every_way_that_ends_well_has_is_required() -> None:
    """Steps, calls and parallel calls that are needed; of a choice, what all its branches have."""
    branches = [{"weight": 1, "steps": [{"effect": "x"}, {"effect": "y"}]}, {"weight": 2, "steps": [{"effect": "x"}]}]
    parallel = {"parallel": [{"call": "b.go"}, {"call": "c.go", "optional": True}]}
    found = required({"a": [{"choose": branches}, parallel], "b": [{"effect": "b"}], "c": [{"effect": "c"}]})
    assert found == {"x": True, "y": False, "b": True, "c": False}


def test_a_way_that_can_only_fail_is_no_way_that_ends_well() -> None:
    """A branch that always fails, or calls what always fails, takes nothing from what the others have."""
    broken = {"weight": 1, "steps": [{"call": "b.go"}]}
    fails = {"weight": 1, "steps": [{"effect": "z"}, {"fail": 1.0}]}
    choice = {"choose": [broken, fails, {"weight": 1, "steps": [{"effect": "x"}]}]}
    assert required({"a": [choice], "b": [{"fail": 1.0}]}) == {"z": False, "x": True}
    assert required({"a": [{"effect": "x"}, {"fail": 1.0}]}) == {"x": False}


def test_what_every_reader_of_a_topic_must_do_is_required() -> None:
    """The publisher promises it; also of a group whose handler can never end well: the client was told ok by then."""
    more = topic("b.go")
    more["subscriptions"]["h"] = {"topic": "t", "operation": "c.go"}
    found = required({"a": [{"publish": "t"}], "b": [{"effect": "x"}], "c": [{"effect": "y"}, {"fail": 1.0}]}, **more)
    assert found == {"x": True, "y": True}


def test_events_that_cause_events_in_a_circle_have_an_end() -> None:
    """A handler that may publish what it reads: what it does in any case is required, what comes after is not."""
    again = {"choose": [{"weight": 1, "steps": [{"publish": "t"}, {"effect": "y"}]}, {"weight": 9, "steps": []}]}
    assert required({"a": [{"publish": "t"}], "b": [{"effect": "x"}, again]}, **topic("b.go")) == {"x": True, "y": False}


def test_a_handler_of_ones_own_applies_what_is_declared() -> None:
    """It is counted as the declared steps' would be, and an effect that they do not have is refused by name."""
    data = scene({"bank": [{"work": "1ms"}, {"effect": "paid", "idempotent": True}]}, {"buy": once("bank.go", "1200ms")})
    network = compile_network(Scenario.model_validate(data))

    def twice(execution: Any) -> Generator[Any, Any, None]:
        execution.effect("paid")
        yield execution.work("2ms")
        execution.effect("paid")

    record = run_once(network, seed=1, engine="simpy", extensions=Extensions(handlers={"bank.go": twice}))
    assert record.effects.sum(axis=0)[0, [EFFECT_APPLIED, EFFECT_ABSORBED, EFFECT_TOLD_OK]].tolist() == [1, 1, 1]

    def wrong(execution: Any) -> Generator[Any, Any, None]:
        yield execution.work("1ms")
        execution.effect("payed")

    with pytest.raises(ValueError, match="did you mean 'paid'"):
        run_once(network, seed=1, engine="simpy", extensions=Extensions(handlers={"bank.go": wrong}))
