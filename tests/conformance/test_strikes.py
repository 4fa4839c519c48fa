"""Replicas that hang, pause, lose cores and workers, keep what they have, are pushed a change: both engines tell the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sim.record import fields
from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from tests.conformance.diverge import assert_conform
from tests.conformance.generate_strikes import FACTS, with_strikes

EXAMPLES = (0, 29, 191, 520)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def seen() -> Any:
    """The facts of the examples, which are valid and conform."""
    facts: Counter[str] = Counter()
    for n in EXAMPLES:
        scenario = Scenario.model_validate(with_strikes(n))
        assert not [one.message for one in check(scenario) if one.severity == "error"], n
        record = assert_conform(scenario, seed=n)
        assert record is not None
        facts.update(fields.facts.FACTS[fact] for fact in record.log[:, fields.facts.LOG_FACT].tolist())
    return facts


@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_occurs(seen: Any, fact: str) -> None:
    """The examples, which conform, show all that these faults do, among all other mechanics and faults."""
    assert seen[fact] > 0


@pytest.mark.fuzz
def test_unlowered_examples_conform() -> None:
    """As plain Python, with guards and as little room as there can be, the kernel tells the same."""
    command = [sys.executable, "-m", "tests.conformance.unlowered", "0", "12", "strikes"]
    environment = os.environ | {"EVENTFLOW_UNLOWERED": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert (done.returncode, done.stdout.split()) == (0, ["12"]), done.stderr


@pytest.mark.fuzz
@pytest.mark.parametrize("part", range(10))
def test_many_examples_conform(part: int) -> None:
    """The same of a thousand examples, of those that the loader takes."""
    for n in range(1000 + 100 * part, 1100 + 100 * part):
        scenario = Scenario.model_validate(with_strikes(n))
        if not any(one.severity == "error" for one in check(scenario)):
            assert_conform(scenario, seed=n)
