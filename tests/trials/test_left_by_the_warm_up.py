"""Arrivals of the warm-up that are done in the measured span are no success of what is measured."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sim.judgements.faults import fault_notes
from sim.replications import run_replications
from sim.results.comparison import Comparison
from sim.scenario import Scenario

SLOW = {"c": {"workers": 1, "operations": {"h": [{"work": "10ms"}]}}}
DATA: dict[str, Any] = {
    "name": "dilute",
    "architecture": "event-driven",
    "services": {"p": {"workers": 50, "operations": {"op": [{"work": "1ms"}, {"publish": "t"}]}}, **SLOW},
    "brokers": {"k": {"kind": "log", "topics": {"t": {"partitions": 4}}}},
    "subscriptions": {"g": {"topic": "t", "operation": "c.h"}},
    "workload": {
        "f": {
            "operation": "p.op",
            "arrivals": {"kind": "step", "steps": [{"at": "0s", "rate": "200/s"}, {"at": "30s", "rate": "5/s"}]},
        }
    },
    "faults": {"dead": {"kind": "crash", "target": "p", "at": "31s", "for": "60s"}},
    "objectives": ["f.spoiled < 10%", "spoiled < 10%"],
    "run": {"horizon": "90s", "warmup": "30s", "replications": 5, "seed": 1},
}


def run(**changes: Any) -> Any:
    """The scenario, with changes of its run or its load."""
    return run_replications(Scenario.model_validate({**DATA, **changes}))


def test_a_backlog_of_the_warm_up_makes_no_objective_hold() -> None:
    """98 % of what is measured fails, and 3 000 older flows are done meanwhile: it cannot be told, and it is said why."""
    result = run()
    assert result.estimate("f.errors").mean > 0.9
    assert {one.outcome for one in result.objectives()} == {"unsure"}
    (note,) = fault_notes(result)
    assert note.startswith(("f: 3,0", "f: 2,9"))
    assert note.endswith("write a longer run.warmup.")


def test_with_a_warm_up_that_leaves_little_it_can_be_told() -> None:
    """Few flows are under way when measuring begins: the share stands, and fails."""
    steady = {"f": {"operation": "p.op", "arrivals": {"kind": "poisson", "rate": "50/s"}}}
    result = run(workload=steady)
    assert {one.outcome for one in result.objectives()} == {"fail"}
    assert fault_notes(result) == []


@pytest.mark.parametrize("faults", [{}, DATA["faults"]])
def test_nobody_fails_less_by_a_backlog(faults: dict[str, Any]) -> None:
    """Beside a twin that does its work at once and fails as often, what the backlog adds is no lead."""
    quick = {**DATA["services"], "c": {"workers": 50, "operations": {"h": [{"work": "10ms"}]}}}
    compared = Comparison(run(services=quick, faults=faults), run(faults=faults))
    assert not re.search("fails less: [0-9]", " ".join(compared.verdict()))
