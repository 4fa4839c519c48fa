"""Guards outside of the retry among all other mechanics: both engines tell the same history of calls as a whole."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from sim.record import fields
from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from tests.conformance.diverge import assert_conform
from tests.conformance.generate_outer_guards import with_outer_guards

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = (21, 23)
ENDS = ("refused", "withdrawn", "succeeded", "failed", "given_up", "ignored", "left")


def counted(n: int) -> Counter[str]:
    """What guards outside of the retry counted in an example, which conforms; the loader's checks accept it."""
    scenario = Scenario.model_validate(with_outer_guards(n))
    assert not [problem.message for problem in check(scenario) if problem.severity == "error"], n
    record, found = assert_conform(scenario, seed=n), Counter[str]()
    if record is None:
        return found
    network = record.network
    for number in {guard for site in network.sites if site.inner >= 0 for guard in site.guards}:
        found.update(dict(zip(fields.guards.GUARDS.counters, record.guards[:, number].sum(axis=0).tolist(), strict=True)))
        if (room := network.guards[number].room) >= 0:
            waited = record.tables[fields.rooms.ROOMS.name][:, room].sum(axis=0).tolist()
            found.update({f"room.{name}": many for name, many in zip(fields.rooms.ROOMS.counters, waited, strict=True)})
    return found


def test_examples_show_every_end_of_a_call() -> None:
    """The examples conform, and in them calls are refused, end well and badly, are given up and left, and wait and go on."""
    found = sum((counted(n) for n in EXAMPLES), Counter[str]())
    wanted = [*ENDS, "room.went", "room.timed_out", "room.left"]
    assert not [name for name in wanted if found[name] == 0]


@pytest.mark.fuzz
def test_many_examples_conform() -> None:
    """The same of hundreds of examples, and of some with the kernel as plain Python."""
    for n in range(400):
        counted(n)
    command = [sys.executable, "-m", "tests.conformance.unlowered", "0", "24", "outer_guards"]
    environment = {**os.environ, "EVENTFLOW_UNLOWERED": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, check=False)
    assert done.stdout.strip() == "24", done.stderr
