"""The p99 of many short runs is the p99 of all their answers, not the mean of the runs' own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sim.judgements.precision import run_precise
from sim.replications import run_replications
from sim.scenario import Scenario

if TYPE_CHECKING:
    from sim.results.result import Result


def shop(failed: str, **run: Any) -> Scenario:
    """30 requests a second of 2 ms; a share of them fails and is tried again 100 ms later."""
    retry = {"kind": "fixed", "attempts_max": 3, "delay": "100ms"}
    flow = {"operation": "s.op", "arrivals": {"kind": "poisson", "rate": "30/s"}, "timeout": "1s", "retry": retry}
    data = {
        "name": "p99",
        "architecture": "synchronous",
        "services": {"s": {"workers": 50, "operations": {"op": [{"work": "2ms"}, {"fail": failed}]}}},
        "workload": {"f": flow},
        "objectives": ["f.latency.p99 < 20ms"],
        "run": {"horizon": "65s", "warmup": "5s", "replications": 100, "seed": 1, **run},
    }
    return Scenario.model_validate(data)


def outcome(result: Result) -> str:
    """What becomes of the objective."""
    (verdict,) = result.objectives()
    return verdict.outcome


def test_where_99_1_percent_take_2_ms_the_p99_is_2_ms() -> None:
    """The mean of the runs' own quantiles is another number, and keeps its own name."""
    result = run_replications(shop("0.9%"))
    assert result.estimate("f.latency.p99").mean == pytest.approx(0.002, rel=0.004)
    assert result.estimate("f.latency.p99").high < 0.0021
    assert outcome(result) == "pass"
    assert 0.01 < result.estimate("f.run_latency.p99").mean < 0.06


def test_where_1_3_percent_take_longer_it_is_104_ms() -> None:
    """On the other side of the jump the objective fails, as surely."""
    result = run_replications(shop("1.3%"))
    assert result.estimate("f.latency.p99").mean == pytest.approx(0.104, rel=0.004)
    assert outcome(result) == "fail"


def test_at_the_jump_both_sides_are_held_and_nothing_is_decided() -> None:
    """At exactly 1 % nobody can tell on which side the quantile lies, however many runs there are."""
    found = run_replications(shop("1%")).estimate("f.latency.p99")
    assert found.low < 0.0021
    assert found.high > 0.1035
    assert outcome(run_replications(shop("1%"))) == "unsure"


def test_a_precision_is_of_the_quantile_of_all() -> None:
    """It is reached at 2 ms, where the mean of the runs' own would have been called precise at another number."""
    result = run_precise(shop("0.9%"), "f.latency.p99:10%", runs_max=400)
    assert result.precision is not None
    (row,) = result.precision.rows
    assert row.figure.mean == pytest.approx(0.002, rel=0.004)
    assert row.state == "reached"
    spanning = [look for look in row.looks if look.n <= 30]
    assert all(look.relative > 1.0 for look in spanning)  # at first the interval reaches to the other side of the jump
