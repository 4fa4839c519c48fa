"""Branches of handlers among all other mechanics: both engines tell the same history."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sim.record import fields
from sim.record.fields.branches import BRANCHES
from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from tests.conformance.diverge import assert_conform
from tests.conformance.generate_branches import FACTS, with_branches

EXAMPLES = (8, 49, 54)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def seen() -> Any:
    """What happened over the examples, which are valid and conform: facts, and what their records counted, by column."""
    facts: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    for n in EXAMPLES:
        scenario = Scenario.model_validate(with_branches(n))
        assert not [problem.message for problem in check(scenario) if problem.severity == "error"], n
        record = assert_conform(scenario, seed=n)
        assert record is not None
        facts.update(fields.facts.FACTS[fact] for fact in record.log[:, fields.facts.LOG_FACT].tolist())
        for column, name in enumerate(BRANCHES.counters):
            counted[name] += int(record.tables["branches"][..., column].sum())
    return facts, counted


@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_occurs(seen: Any, fact: str) -> None:
    """The examples, which conform, show branches begin, end and be left."""
    assert seen[0][fact] > 0


@pytest.mark.parametrize("outcome", ["ok", "error", "dependency", "cancelled", "crashed"])
def test_branches_end_in_every_way(seen: Any, outcome: str) -> None:
    """Well, by a step that fails, called back, and with their replica; some in vain."""
    assert seen[1][f"ended.{outcome}"] > 0
    assert seen[1]["wasted"] > 0


@pytest.mark.fuzz
def test_unlowered_examples_conform() -> None:
    """As plain Python, with guards and as little room as there can be, the kernel tells the same."""
    command = [sys.executable, "-m", "tests.conformance.unlowered", "0", "40", "branches"]
    environment = os.environ | {"EVENTFLOW_UNLOWERED": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=1200)
    assert (done.returncode, done.stdout.split()) == (0, ["40"]), done.stderr


@pytest.mark.fuzz
@pytest.mark.parametrize("part", range(10))
def test_many_examples_conform(part: int) -> None:
    """The same of a thousand examples."""
    for n in range(1000 + 100 * part, 1100 + 100 * part):
        assert_conform(Scenario.model_validate(with_branches(n)), seed=n)
