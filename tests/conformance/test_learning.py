"""Both engines tell the same history of policies that learn: retries, budgets, breakers, throttles, in all combinations."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.policies.breaker_profiles import PROFILES
from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from sim.semantics.hooks import BUDGETS, RETRIES
from tests.conformance.generate_learning import conform, learning

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = range(6)


@pytest.mark.parametrize("n", DEFAULT)
def test_policies_that_learn_conform(n: int) -> None:
    """The same log and the same record from both engines, with ties at every other example."""
    conform(n)


def test_examples_are_valid_and_have_every_kind() -> None:
    """The loader's checks accept what is generated; and no kind of retry, budget or breaker is left out."""
    texts = [str(learning(n)) for n in range(60)]
    for word in [*(one.model_fields["kind"].default for one in (*RETRIES, *BUDGETS)), *PROFILES, "slow", "success", "throttle"]:
        assert any(f"'{word}'" in text for text in texts), word
    for n in DEFAULT:
        problems = check(Scenario.model_validate(learning(n)))
        assert not [problem.message for problem in problems if problem.severity == "error"], n


@pytest.mark.fuzz
def test_many_conform() -> None:
    """The same of hundreds of examples, a share of them with the kernel as plain Python."""
    for n in range(DEFAULT.stop, 400):
        conform(n)
    environment = {**os.environ, "EVENTFLOW_UNLOWERED": "1"}
    command = [sys.executable, "-m", "tests.conformance.generate_learning", "400", "440"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, check=False)
    assert done.stdout.strip() == "40", done.stderr
