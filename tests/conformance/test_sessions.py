"""Both engines tell the same history of users with sessions, open and closed, on top of all other mechanics."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.record.fields import facts
from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from tests.conformance.generate_sessions import FACTS, conform, with_sessions

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = range(4)


@pytest.mark.parametrize("n", DEFAULT)
def test_sessions_conform(n: int) -> None:
    """The same log and the same record from both engines, with ties at every other example; and the example is valid."""
    problems = check(Scenario.model_validate(with_sessions(n)))
    assert not [problem.message for problem in problems if problem.severity == "error"]
    record = conform(n)
    assert record is not None
    assert {facts.FACTS.index(one) for one in FACTS} <= {*record.log[:, facts.LOG_FACT].tolist()}


@pytest.mark.fuzz
def test_many_conform() -> None:
    """The same of hundreds of examples, a share of them with the kernel as plain Python; sessions end in every way."""
    found = [record for record in map(conform, range(DEFAULT.stop, 300)) if record is not None]
    ends = sum(record.tables["sessions"].sum(axis=(0, 1))[:3] for record in found)
    assert min(ends) > 100
    assert sum(record.levels["sessions"].sum() for record in found) > 0
    environment = {**os.environ, "EVENTFLOW_UNLOWERED": "1"}
    command = [sys.executable, "-m", "tests.conformance.generate_sessions", "300", "330"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, check=False)
    assert done.stdout.strip() == "30", done.stderr
