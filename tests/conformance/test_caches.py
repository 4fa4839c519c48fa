"""Caches among all other mechanics: both engines tell the same history."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sim.record import fields
from sim.record.fields.caches import CACHES
from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from tests.conformance.diverge import assert_conform
from tests.conformance.generate_caches import FACTS, numbered_caches

EXAMPLES = (188, 285, 97, 3, 7)
"""The first three show all that is counted of caches; the others have no ties, wait in rooms, and have steps around calls."""
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def seen() -> Any:
    """What happened over the examples, which conform: facts, and what their records counted, by column."""
    facts: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    for n in EXAMPLES:
        record = assert_conform(Scenario.model_validate(numbered_caches(n)), seed=n)
        assert record is not None
        facts.update(fields.facts.FACTS[fact] for fact in record.log[:, fields.facts.LOG_FACT].tolist())
        for column, name in enumerate(CACHES.counters):
            counted[name] += int(record.tables["caches"][..., column].sum())
    return facts, counted


def test_examples_are_valid() -> None:
    """The generator makes scenarios that the loader's checks accept."""
    for n in EXAMPLES:
        problems = check(Scenario.model_validate(numbered_caches(n)))
        assert not [problem.message for problem in problems if problem.severity == "error"], n


def test_every_fact_occurs_and_every_counter_counts(seen: Any) -> None:
    """The examples, which conform, show all that may happen to what is asked, loaded, waited for and kept."""
    assert not [fact for fact in FACTS if seen[0][fact] == 0]
    assert not [name for name in CACHES.counters if seen[1][name] == 0]


@pytest.mark.fuzz
def test_unlowered_examples_conform() -> None:
    """As plain Python, with guards and as little room as there can be, the kernel tells the same."""
    command = [sys.executable, "-m", "tests.conformance.unlowered", "0", "12", "caches"]
    environment = os.environ | {"EVENTFLOW_UNLOWERED": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert (done.returncode, done.stdout.split()) == (0, ["12"]), done.stderr


@pytest.mark.fuzz
@pytest.mark.parametrize("part", range(10))
def test_many_examples_conform(part: int) -> None:
    """The same of a thousand examples."""
    for n in range(1000 + 100 * part, 1100 + 100 * part):
        assert_conform(Scenario.model_validate(numbered_caches(n)), seed=n)
