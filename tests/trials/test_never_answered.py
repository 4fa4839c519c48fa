"""What is never answered counts: as beyond every limit that it has outlived, and as unknown where it has not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sim.metrics.estimates import ranges
from sim.replications import run_replications
from sim.scenario import Scenario

if TYPE_CHECKING:
    from sim.results.result import Result


def run(data: dict[str, Any], **changes: Any) -> Result:
    """Run a scenario with some of its parts changed."""
    whole = {"name": "trial", "architecture": "synchronous", **data, **changes}
    return run_replications(Scenario.model_validate(whole))


def outcomes(result: Result) -> dict[str, str]:
    """The outcome of each objective, by its path."""
    return {verdict.path: verdict.outcome for verdict in result.objectives()}


HANG: dict[str, Any] = {
    "services": {"s": {"replicas": 2, "workers": 20, "operations": {"op": [{"work": "5ms"}]}}},
    "workload": {"f": {"operation": "s.op", "arrivals": {"kind": "poisson", "rate": "100/s"}}},
    "faults": {
        "dead": {
            "kind": "crash",
            "target": "s",
            "replicas": 1,
            "at": "20s",
            "for": "20s",
            "detection": "20s",
            "connections": "silent",
        }
    },
    "objectives": ["f.errors < 1%", "f.latency.p99 < 100ms", "spoiled < 1%"],
    "run": {"horizon": "60s", "warmup": "5s", "replications": 5, "seed": 1},
}


def test_requests_that_hang_at_a_silent_replica_pass_nothing() -> None:
    """Half of the requests of 20 s are never answered: the quantile is beyond its limit, the share of errors is open."""
    result = run(HANG)
    assert outcomes(result) == {"f.errors": "unsure", "f.latency.p99": "fail", "spoiled": "unsure"}
    assert result.estimate("f.unanswered").low > 0.15
    assert result.estimate("f.unanswered_oldest").mean == pytest.approx(40.0, abs=0.1)
    assert result.estimate("blast_radius_requests").mean > 0.15
    assert "still open" in result.objectives()[0].reason


def test_a_timeout_turns_what_hangs_into_errors() -> None:
    """Clients that give up after a second have their answer, so that nothing is open: the objective fails."""
    flow = {**HANG["workload"]["f"], "timeout": "1s"}
    result = run(HANG, workload={"f": flow})
    assert outcomes(result)["f.errors"] == "fail"
    assert result.estimate("f.unanswered").high < 0.001


def test_a_deadline_turns_what_hangs_into_late_ones() -> None:
    """What has outlived its deadline is not done well, whatever may come."""
    flow = {**HANG["workload"]["f"], "deadline": "10s"}
    result = run(HANG, workload={"f": flow})
    assert outcomes(result) == {"f.errors": "unsure", "f.latency.p99": "fail", "spoiled": "fail"}
    assert result.estimate("f.late").low > 0.15


LOCKED: dict[str, Any] = {
    "services": {
        "a": {"workers": 6, "operations": {"x": [{"work": "2ms"}, {"call": "b.y"}], "z": [{"work": "4ms"}]}},
        "b": {"workers": 4, "operations": {"y": [{"work": "2ms"}, {"call": "a.z"}]}},
    },
    "workload": {"f": {"operation": "a.x", "arrivals": {"kind": "poisson", "rate": "300/s"}}},
    "objectives": ["f.errors < 1%", "f.latency.p99 < 1s"],
    "run": {"horizon": "60s", "warmup": "5s", "replications": 5, "seed": 1},
}


def test_pools_that_lock_each_other_up_pass_nothing() -> None:
    """From some time on nothing is answered any more: no objective holds, and the flow is in breach to the end."""
    result = run(LOCKED)
    assert "pass" not in outcomes(result).values()
    assert result.estimate("f.unanswered").mean > 0.3


@pytest.mark.parametrize("rate", ["60/s", "150/s"])
def test_a_deadlock_that_comes_late_passes_nothing(rate: str) -> None:
    """Seldom, and so not in every replication: what nobody knows is not passed."""
    services = {**LOCKED["services"], "a": {**LOCKED["services"]["a"]}}
    services["a"]["operations"] = {
        "x": [{"work": "2ms"}, {"call": "b.y"}],
        "z": [{"work": {"kind": "exponential", "mean": "4ms"}}],
    }
    flow = {"operation": "a.x", "arrivals": {"kind": "poisson", "rate": rate}}
    settings = {"horizon": "600s", "warmup": "5s", "replications": 5, "seed": 1}
    result = run(LOCKED, services=services, workload={"f": flow}, run=settings)
    assert "pass" not in outcomes(result).values()


NEVER: dict[str, Any] = {
    "architecture": "event-driven",
    "services": {
        "p": {"workers": 50, "operations": {"op": [{"work": "1ms"}, {"publish": "t"}]}},
        "c": {"operations": {"h": [{"work": "5ms"}]}},
    },
    "brokers": {"k": {"topics": {"t": {"partitions": 4}}}},
    "subscriptions": {"g": {"topic": "t", "operation": "c.h"}},
    "workload": {"f": {"operation": "p.op", "arrivals": {"kind": "poisson", "rate": "50/s"}, "deadline": "1s"}},
    "faults": {"die": {"kind": "crash", "target": "c", "at": "30s", "for": "25s"}},
    "objectives": ["f.completion.p99 < 1s", "f.errors < 1%", "spoiled < 1%", "g.errors < 1%"],
    "run": {"horizon": "55s", "warmup": "5s", "replications": 5, "seed": 1},
}


def test_messages_that_are_never_consumed_pass_nothing() -> None:
    """Half of the messages are not applied when the run ends: only the clients, who have their answers, are well."""
    result = run(NEVER)
    assert outcomes(result) == {
        "f.completion.p99": "fail",
        "f.errors": "pass",
        "spoiled": "fail",
        "g.errors": "unsure",
    }
    assert result.estimate("g.unanswered").low > 0.4
    assert result.estimate("g.unanswered_oldest").mean == pytest.approx(25.0, abs=0.2)


def test_without_a_deadline_it_is_open_whether_they_will_be_consumed_well() -> None:
    """More than one in a hundred has outlived the second, and half of the flows may still be done well, or not."""
    flow = {"operation": "p.op", "arrivals": {"kind": "poisson", "rate": "50/s"}}
    found = outcomes(run(NEVER, workload={"f": flow}))
    assert found["f.completion.p99"] == "fail"
    assert found["spoiled"] == "unsure"


def test_a_consumer_that_comes_back_leaves_nothing_open() -> None:
    """When the fault ends long before the run, the backlog is drained and the books are closed on answers."""
    faults = {"die": {"kind": "crash", "target": "c", "at": "20s", "for": "5s", "detection": "1s"}}
    result = run(NEVER, faults=faults, run={"horizon": "120s", "warmup": "5s", "replications": 5, "seed": 1})
    assert result.estimate("g.unanswered").high < 0.005
    assert outcomes(result)["g.errors"] == "pass"


def test_what_has_just_begun_when_the_run_ends_decides_nothing() -> None:
    """A few requests are always under way: a share near the limit stays as decided as it is."""
    data = {**HANG, "faults": {}, "objectives": ["f.errors < 1%", "f.latency.p99 < 6ms", "spoiled < 1%"]}
    result = run(data)
    assert set(outcomes(result).values()) == {"pass"}
    least, most = ranges(result.figures("f.errors"))
    assert max(b - a for a, b in zip(least, most, strict=True)) < 0.001
