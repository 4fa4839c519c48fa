"""Both engines tell the same history of every scenario that is shipped, and of those that are large in one respect."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sim.record import fields
from sim.scenario.scenario import Scenario
from tests.conformance.diverge import assert_conform, differing
from tests.conformance.scale import SCALES
from tests.determinism.fingerprints import ROOT, shipped, short
from tests.shares import THOROUGH, share

# run in processes of their own, by tests/engine/test_limits.py: a failure would take this one with it
BURSTS = {"burst_of_publishes", "large_burst_of_publishes", "publishes_of_retries"}


@pytest.mark.parametrize("name", share(shipped(), 4))
def test_shipped_scenarios_conform(name: str) -> None:
    """Same log and same record from both engines, with every fault of the scenario inside the shortened run."""
    scenario = short(shipped()[name])
    record = assert_conform(scenario, seed=3)
    assert record is not None
    facts = {fields.facts.FACTS[fact] for fact in record.log[:, fields.facts.LOG_FACT].tolist()}
    assert facts >= {"offered", "worked", "closed"}
    assert record.limits.sum() > 0
    assert all(fault.end <= scenario.run.horizon for fault in scenario.faults.values())


def test_where_records_differ_is_said() -> None:
    """By the name of the table or of the part of a histogram, so that a divergence can be looked for."""
    scenario = short(shipped()["tandem.yaml"])
    one, other = assert_conform(scenario), assert_conform(scenario)
    assert one is not None
    assert other is not None
    assert differing(one, other) == ""
    other.replies.coded.more[0] += 1
    other.flow_levels[0, 0] += 1
    assert "replies: counts" in differing(one, other)
    assert "flow_levels" in differing(one, other)


@pytest.mark.parametrize("name", sorted(set(SCALES) - BURSTS))
def test_pools_grow(name: str) -> None:
    """Same record from both engines when the kernel's rows, rings, fixed-delay queues and chunks run out and grow."""
    assert_conform(Scenario.model_validate(SCALES[name]()))


@pytest.mark.parametrize("examples", [10, pytest.param(60, marks=THOROUGH)])
def test_kernel_as_plain_python(examples: int) -> None:
    """Run as plain Python, the kernel stays inside its memory and its pools, and tells the same history."""
    environment = {**os.environ, "EVENTFLOW_UNLOWERED": "1"}
    command = [sys.executable, "-m", "tests.conformance.unlowered", "0", str(examples)]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert run.stdout.strip() == str(examples), run.stderr[-3000:]
