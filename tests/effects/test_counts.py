"""Every counter of effects is what a naive reader of the event log finds, on shipped stories and on what chance thinks of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sim.engine import run_once
from sim.errors import RunawayError
from sim.network import compile as compile_network
from sim.record.families import FAMILIES
from sim.record.fields.effects import EFFECT_APPLIED, EFFECT_FIELDS, EFFECT_LEVELS
from sim.record.fields.facts import FACT_EFFECT, FACT_INVARIANT, FACT_VOIDED, LOG_FACT
from sim.scenario.effects import flow_effects
from sim.scenario.scenario import Scenario
from tests.conformance.generate import numbered
from tests.determinism.fingerprints import shipped, short
from tests.effects.oracle import counted, may_and_must
from tests.effects.scene import troubled_shop
from tests.shares import THOROUGH

if TYPE_CHECKING:
    from sim.engine import EngineName
    from sim.network import Network
    from sim.record.record import Record

NUMBERED = 600
LOG_ROWS = 2_000_000


def assert_counted(record: Record) -> None:
    """The record's counts are those of its log."""
    effects, levels = counted(record)
    assert np.array_equal(record.effects, effects), np.argwhere(record.effects != effects)[:5].tolist()
    assert np.array_equal(record.effect_levels, levels)


@pytest.mark.parametrize("one_in", [3, pytest.param(1, marks=THOROUGH)])
def test_effects_of_shipped_stories(one_in: int) -> None:
    """Counts and levels of shipped stories that declare effects are those of their logs; of every third by default."""
    networks = (compile_network(short(path)) for path in list(shipped().values())[::one_in])
    records = [run_once(network, seed=5, log_facts=LOG_ROWS) for network in networks if network.effects]
    assert len(records) > 30 // one_in
    for record in records:
        assert record.effects[:, :, EFFECT_APPLIED].sum() > 0
        assert_counted(record)


@pytest.mark.parametrize("numbers", [90, pytest.param(NUMBERED, marks=THOROUGH)])
def test_effects_of_generated_scenarios(numbers: int) -> None:
    """The same of generated scenarios, all of which show every counter and both levels, as the shop in trouble does below.

    And what their effects say that a flow must have is what writing down every way says.
    """
    shown, open_ = np.zeros(EFFECT_FIELDS, dtype=np.int64), np.zeros(EFFECT_LEVELS, dtype=np.int64)
    for n in range(numbers):
        network = compile_network(Scenario.model_validate(numbered(n)))
        assert_what_a_flow_must_have(network)
        try:
            record = run_once(network, seed=n, log_facts=LOG_ROWS)
        except RunawayError:
            continue
        assert_counted(record)
        shown += record.effects.sum(axis=(0, 1))
        open_ += record.effect_levels.sum(axis=0)
    assert shown.all() or numbers < NUMBERED, shown
    assert open_.all() or numbers < NUMBERED, open_


def test_everything_happens_in_a_troubled_shop(engine: EngineName) -> None:
    """Done twice, absorbed, told failed, undone, mended, pending, and not told yet: each is counted as the log has it."""
    record = run_once(compile_network(Scenario.model_validate(troubled_shop())), seed=1, engine=engine, log_facts=LOG_ROWS)
    assert record.effects.sum(axis=(0, 1)).all()
    assert record.effect_levels.sum(axis=0).all()
    assert_counted(record)


def assert_what_a_flow_must_have(network: Network) -> None:
    """What the scenario's effects say of a flow is what writing down every way says."""
    scenario = network.scenario
    flows = tuple(scenario.workload)
    found = {(flows[row.flow], network.effect_names[row.effect]): row.required for row in flow_effects(scenario)}
    assert found == may_and_must(scenario)


def without_effects(steps: list[Any]) -> list[Any]:
    """Steps as plain data, without those that apply effects."""
    kept = [step for step in steps if "effect" not in step]
    branches = [branch for step in kept for branch in (*step.get("choose", ()), step) if "steps" in branch]
    for branch in branches:
        branch["steps"] = without_effects(branch["steps"])
    return kept


def bare(scenario: Scenario) -> Scenario:
    """The scenario without its effects, and what is said of them."""
    data = scenario.resolved()
    data.pop("invariants", None)
    for service in data["services"].values():
        service["operations"] = {name: without_effects(steps) for name, steps in service["operations"].items()}
    return Scenario.model_validate(data)


@pytest.mark.parametrize("n", range(0, 60, 3))
def test_effects_change_nothing_else(n: int) -> None:
    """Without its effects a scenario has the same history, row by row, and the same record but for what counts effects.

    Users who ask until an effect is there are left out: what they do hangs on it.
    """
    data = numbered(n)
    for flow in data["workload"].values():
        if flow.get("then", {}).get("until", "") not in {"", *data.get("projections", {})}:
            del flow["then"]
    scenario = Scenario.model_validate(data)
    networks = [compile_network(one) for one in (scenario, bare(scenario))]
    try:
        one, other = (run_once(network, seed=n, log_facts=LOG_ROWS) for network in networks)
    except RunawayError:
        return
    assert not networks[1].effects
    of_effects = (FACT_EFFECT, FACT_VOIDED, FACT_INVARIANT)
    assert np.array_equal(one.log[~np.isin(one.log[:, LOG_FACT], of_effects)], other.log)
    others = [family.name for family in FAMILIES if family.name not in {"effects", "invariants"}]
    assert all(np.array_equal(one.tables[name], other.tables[name]) for name in others)
    assert all(np.array_equal(one.levels[name], other.levels[name]) for name in others if name in one.levels)
    assert replace(one, network=networks[1]).fingerprint() == other.fingerprint()
