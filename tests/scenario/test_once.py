"""What follows from a scenario is worked out once, and never of another scenario than the one that is asked about."""

from __future__ import annotations

import pickle
from copy import copy, deepcopy

import pytest

from sim.scenario import Scenario, check, loads
from sim.scenario.callgraph import call_graph
from sim.scenario.effect_steps import Effect
from sim.scenario.effects import effect_names
from sim.scenario.once import once_a_scenario

TEXT = """
name: kept
architecture: synchronous
services:
  a: {operations: {go: [{effect: taken}, {call: b.do}]}}
  b: {operations: {do: [{work: 1ms}]}}
workload: {f: {operation: a.go, arrivals: {kind: constant, rate: 10/s}}}
run: {horizon: 10s}
"""


def test_it_is_worked_out_once() -> None:
    """The second answer is the first one; what was raised is raised again."""
    asked: list[str] = []

    @once_a_scenario
    def named(scenario: Scenario) -> list[str]:
        asked.append(scenario.name)
        if len(asked) == 1:
            raise LookupError(scenario.name)
        return [scenario.name]

    scenario = loads(TEXT)
    with pytest.raises(LookupError):
        named(scenario)
    assert named(scenario) is named(scenario)
    assert asked == ["kept", "kept"]


def sent(scenario: Scenario) -> Scenario:
    """The scenario as another process has it."""
    found: Scenario = pickle.loads(pickle.dumps(scenario))  # noqa: S301 - written here
    return found


@pytest.mark.parametrize("made", [copy, deepcopy, sent, Scenario.model_copy])
def test_a_copy_has_its_own(made: object) -> None:
    """Nothing of what was worked out goes with a copy, however it is made; the copy is equal all the same."""
    scenario = loads(TEXT)
    graph = call_graph(scenario)
    copied: Scenario = made(scenario)  # type: ignore[operator]
    assert copied == scenario
    assert call_graph(copied) is not graph
    assert call_graph(scenario) is graph


def test_what_was_changed_in_a_copy_is_seen() -> None:
    """A copy with other steps has other effects and other mistakes."""
    scenario = loads(TEXT)
    assert (effect_names(scenario), check(scenario)) == (("taken",), [])
    service = scenario.services["a"].model_copy(update={"operations": {"go": (Effect("told"),)}})
    changed = scenario.model_copy(update={"services": {**scenario.services, "a": service}})
    assert effect_names(changed) == ("told",)
    assert [problem.field for problem in check(changed)] == ["services.b"]
    assert (effect_names(scenario), check(scenario)) == (("taken",), [])
