"""Concurrency limits and shedding among all other mechanics: both engines tell the same; `test_locks` runs some un-lowered."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sim.record import fields
from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from tests.conformance.diverge import assert_conform
from tests.conformance.generate_admission import FACTS, with_admission

EXAMPLES = (5, 8, 11, 1521)
"""The last one has a limit that draws, at a participant of a two-phase commit."""


@pytest.fixture(scope="module")
def seen() -> Any:
    """What happened over the examples, which conform: facts, and what their records counted, by column."""
    facts: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    for n in EXAMPLES:
        scenario = Scenario.model_validate(with_admission(n))
        assert not [problem.message for problem in check(scenario) if problem.severity == "error"], n
        record = assert_conform(scenario, seed=n)
        if record is None:
            continue
        facts.update(fields.facts.FACTS[fact] for fact in record.log[:, fields.facts.LOG_FACT].tolist())
        for family in (fields.limiters.LIMITERS, fields.services.SERVICES):
            for column, name in enumerate(family.counters):
                counted[f"{family.one}.{name}"] += int(record.tables[family.name][..., column].sum())
    return facts, counted


@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_occurs(seen: Any, fact: str) -> None:
    """The examples, which conform, show limits that change."""
    assert seen[0][fact] > 0


def test_every_counter_counts(seen: Any) -> None:
    """No counter of limits is 0 in all examples, and requests are refused for both reasons."""
    wanted = [f"limiter.{name}" for name in fields.limiters.LIMITERS.counters] + ["service.ended.limit", "service.ended.shed"]
    assert not [name for name in wanted if seen[1][name] == 0]


@pytest.mark.fuzz
@pytest.mark.parametrize("part", range(10))
def test_many_examples_conform(part: int) -> None:
    """The same of a thousand examples."""
    for n in range(1000 + 100 * part, 1100 + 100 * part):
        assert_conform(Scenario.model_validate(with_admission(n)), seed=n)
