"""A server freezes and thaws: what waited for it is answered after the thaw, and every quantile shows it.

500/s, 2 ms each   |-- 2 s --|== frozen, 6 s ==|-- the frozen first, then those that queued, in order --
"""

from __future__ import annotations

from typing import Any

import pytest

import sim
from sim.record import fields as f
from sim.record.fields.flows import FLOW_OFFERED, FLOW_SETTLED
from sim.record.outcomes import OK
from sim.scenario.scenario import Scenario

THAW_S = 8.0


def frozen(**changes: Any) -> dict[str, Any]:
    """A service with more workers than it needs that is frozen for 6 of 20 s."""
    return {
        "name": "freeze",
        "architecture": "synchronous",
        "services": {"s": {"workers": 100, "operations": {"op": [{"work": "2ms"}]}}},
        "workload": {"f": {"operation": "s.op", "arrivals": {"kind": "constant", "rate": "500/s"}}},
        "faults": {"frozen": {"kind": "slowdown", "target": "s", "factor": 1e6, "at": "2s", "for": "6s"}},
        "objectives": ["f.errors < 1%", "f.latency.p99 < 10ms"],
        "run": {"horizon": "20s", "window": "1s", "replications": 3, "seed": 1},
        **changes,
    }


HALF = {"s": {"replicas": 2, "workers": 100, "operations": {"op": [{"work": "2ms"}]}}}
TWICE = {
    "one": {"kind": "slowdown", "target": "s", "factor": 1000, "at": "2s", "for": "6s"},
    "other": {"kind": "slowdown", "target": "s", "factor": 1000, "at": "1s", "for": "7s"},
}
CASES = {
    "a whole service": frozen(),
    "one of two replicas": frozen(services=HALF, faults={"x": {**frozen()["faults"]["frozen"], "replicas": 1}}),
    "two faults at once": frozen(faults=TWICE),
}


@pytest.mark.parametrize("case", CASES)
def test_a_freeze_is_seen(engine: Any, case: str) -> None:
    """All who came before the end are answered, the slowest after about 6 s, and the objective on p99 does not pass."""
    scenario = Scenario.model_validate(CASES[case])
    result = sim.run(scenario, engine=engine)
    errors, slowest = result.objectives()
    assert (errors.outcome, slowest.outcome) == ("pass", "fail")
    assert all(5 < p99 < 7 for p99 in result.values("f.latency.p99"))
    for record in result.records:
        offered, answered = (int(record.flows[:, 0, field].sum()) for field in (FLOW_OFFERED, FLOW_SETTLED + OK))
        assert offered == 9999
        assert answered == offered - 1  # the last one comes 2 ms before the end


def test_a_consumer_thaws(engine: Any) -> None:
    """Messages that a frozen consumer holds are applied right after the thaw, and the backlog is gone within a second."""
    data = frozen(
        architecture="event-driven",
        services={
            "s": {"workers": 10, "operations": {"op": [{"publish": "t"}]}},
            "c": {"operations": {"go": [{"work": "2ms"}]}},
        },
        brokers={"b": {"latency": "0s", "topics": {"t": {"partitions": 1}}}},
        subscriptions={"g": {"topic": "t", "operation": "c.go"}},
        faults={"frozen": {"kind": "slowdown", "target": "c", "factor": 1e6, "at": "2s", "for": "6s"}},
        objectives=[],
    )
    data["workload"]["f"]["arrivals"]["rate"] = "50/s"
    record = sim.run_once(Scenario.model_validate(data), engine=engine, seed=1)
    applied = record.groups[:, 0, f.groups.GROUP_APPLIED].tolist()
    assert applied[2:8] == [0] * 6
    assert applied[8] >= 6 * 50
