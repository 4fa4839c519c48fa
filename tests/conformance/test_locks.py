"""Locks that handlers take among all other mechanics: both engines tell the same history."""

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
from tests.conformance.generate_locks import FACTS, with_locks

EXAMPLES = (8, 11, 37)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def seen() -> Any:
    """What happened over the examples, which conform: facts, and what their records counted, by column."""
    facts: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    for n in EXAMPLES:
        scenario = Scenario.model_validate(with_locks(n))
        assert not [problem.message for problem in check(scenario) if problem.severity == "error"], n
        record = assert_conform(scenario, seed=n)
        if record is None:
            continue
        facts.update(fields.facts.FACTS[fact] for fact in record.log[:, fields.facts.LOG_FACT].tolist())
        for family in (fields.key_locks.KEY_LOCKS,):
            for column, name in enumerate(family.counters):
                counted[f"{family.one}.{name}"] += int(record.tables[family.name][..., column].sum())
    return facts, counted


@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_occurs(seen: Any, fact: str) -> None:
    """The examples, which conform, show waits for locks, locks taken, and given up."""
    assert seen[0][fact] > 0


def test_every_counter_counts(seen: Any) -> None:
    """No counter of locks is 0 in all examples: deadlocks and crashes happen, too."""
    wanted = [f"key_lock.{name}" for name in fields.key_locks.KEY_LOCKS.counters]
    assert not [name for name in wanted if seen[1][name] == 0]


def test_unlowered_examples_conform() -> None:
    """As plain Python, with guards and as little room as there can be, the kernel tells the same; with limits, too."""
    command = [sys.executable, "-m", "tests.conformance.unlowered", "30", "31", "locks"]
    environment = os.environ | {"EVENTFLOW_UNLOWERED": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert (done.returncode, done.stdout.split()) == (0, ["1"]), done.stderr


@pytest.mark.fuzz
@pytest.mark.parametrize("part", range(10))
def test_many_examples_conform(part: int) -> None:
    """The same of a thousand examples."""
    for n in range(1000 + 100 * part, 1100 + 100 * part):
        assert_conform(Scenario.model_validate(with_locks(n)), seed=n)
