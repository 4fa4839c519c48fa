"""Both engines tell the same of connections that leak, of pools and of stores, among all other strikes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.record.fields import facts
from sim.record.fields.leaks import LEAK_BACK, LEAK_RESTARTED
from tests.conformance.generate_leaks import FACTS, conform

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = (2, 3, 5)


@pytest.mark.parametrize("n", DEFAULT)
def test_leaks_conform(n: int) -> None:
    """The same log, the same record, and the same counts that no fingerprint covers."""
    record = conform(n)
    assert record is not None
    assert {facts.FACTS.index(one) for one in FACTS} <= {*record.log[:, facts.LOG_FACT].tolist()}


@pytest.mark.fuzz
def test_many_conform() -> None:
    """The same of hundreds of examples, a share of them with the kernel as plain Python; leaks end in every way."""
    found = [record for record in map(conform, range(300)) if record is not None and record.network.leaks]
    totals = sum(record.tables["leaks"].sum(axis=(0, 1)) for record in found)
    assert min(totals[LEAK_BACK], totals[LEAK_RESTARTED]) > 100
    environment = {**os.environ, "EVENTFLOW_UNLOWERED": "1"}
    command = [sys.executable, "-m", "tests.conformance.generate_leaks", "330", "360"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, check=False)
    assert done.stdout.strip() == "30", done.stderr
