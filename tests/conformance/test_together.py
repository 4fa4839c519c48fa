"""All mechanics of the synchronous world at once: both engines tell the same history."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from tests.conformance.diverge import assert_conform
from tests.conformance.generate_together import with_together

ROOT = Path(__file__).resolve().parents[2]


def test_examples_conform() -> None:
    """The loader's checks accept what is generated, and both engines agree.

    One has a pause that ends with a cache's hit, and one requests that come in the instant in which a pause ends.
    """
    for n in (12, 21, 24, 314):
        scenario = Scenario.model_validate(with_together(n))
        assert not [problem.message for problem in check(scenario) if problem.severity == "error"], n
        assert_conform(scenario, seed=n)


@pytest.mark.fuzz
def test_many_conform() -> None:
    """The same of hundreds of examples, and of some with the kernel as plain Python."""
    for n in range(400):
        scenario = Scenario.model_validate(with_together(n))
        if not [problem for problem in check(scenario) if problem.severity == "error"]:
            assert_conform(scenario, seed=n)
    command = [sys.executable, "-m", "tests.conformance.unlowered", "0", "24", "together"]
    environment = {**os.environ, "EVENTFLOW_UNLOWERED": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, check=False)
    assert done.stdout.strip() == "24", done.stderr
