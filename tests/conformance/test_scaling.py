"""Replicas that come and go, and deploys, among all other mechanics: both engines tell the same history."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.record import fields
from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from tests.conformance.diverge import assert_conform
from tests.conformance.generate_scaling import FACTS, with_scaling

EXAMPLES = (6, 16, 39, 52)
ROOT = Path(__file__).resolve().parents[2]


def test_examples_conform_and_show_all_that_may_happen() -> None:
    """The loader's checks accept what is generated, both engines agree, and replicas come, leave and are replaced."""
    seen: set[str] = set()
    for n in EXAMPLES:
        scenario = Scenario.model_validate(with_scaling(n))
        assert not [problem.message for problem in check(scenario) if problem.severity == "error"], n
        record = assert_conform(scenario, seed=n)
        assert record is not None
        seen.update(fields.facts.FACTS[fact] for fact in record.log[:, fields.facts.LOG_FACT].tolist())
    assert set(FACTS) <= seen


@pytest.mark.fuzz
def test_many_conform() -> None:
    """The same of hundreds of examples, a share of them with the kernel as plain Python; and no counter stays 0."""
    counted = dict.fromkeys(fields.scalers.SCALERS.counters, 0)
    for n in range(300):
        record = assert_conform(Scenario.model_validate(with_scaling(n)), seed=n)
        for column, name in enumerate(counted if record is not None else ()):
            counted[name] += int(record.tables["scalers"][..., column].sum())
    assert not [name for name, count in counted.items() if count == 0]
    environment = {**os.environ, "EVENTFLOW_UNLOWERED": "1"}
    command = [sys.executable, "-m", "tests.conformance.generate_scaling", "300", "340", "unlowered"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, check=False)
    assert done.stdout.strip() == "40", done.stderr
