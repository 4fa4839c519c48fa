"""Where all answers take equally long, quantiles and extremes are that value, and limits on either side are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sim.replications import run_replications
from sim.scenario import Scenario

if TYPE_CHECKING:
    from sim.results.result import Result


def constant(work: str, rate: str, objectives: list[str], **run: Any) -> Result:
    """Every request takes exactly so long, as there are more workers than requests."""
    settings = {"horizon": "60s", "warmup": "5s", "replications": 5, "seed": 1, **run}
    data = {
        "name": "constant",
        "architecture": "synchronous",
        "services": {"s": {"workers": 100, "operations": {"op": [{"work": work}]}}},
        "workload": {"f": {"operation": "s.op", "arrivals": {"kind": "constant", "rate": rate}}},
        "objectives": objectives,
        "run": settings,
    }
    return run_replications(Scenario.model_validate(data))


@pytest.mark.parametrize(
    ("work", "seconds"), [("4990us", 0.00499), ("5040us", 0.00504), ("1ns", 1e-9), ("123456789ns", 0.123456789)]
)
def test_every_figure_of_a_constant_is_that_constant(work: str, seconds: float) -> None:
    """Mean, median, 99 % quantile and maximum, of the answer and of the whole flow, to the nanosecond."""
    result = constant(work, "100/s", [])
    for detail in ("mean", "p50", "p95", "p99", "max"):
        for family in ("latency", "completion"):
            assert result.estimate(f"f.{family}.{detail}").mean == seconds, (family, detail)


@pytest.mark.parametrize(
    ("objective", "outcome"),
    [
        ("f.latency.p99 <= 4990us", "pass"),
        ("f.latency.p99 < 4990us", "fail"),
        ("f.latency.p99 < 4990001ns", "pass"),
        ("f.latency.p99 <= 4989999ns", "fail"),
        ("f.latency.p50 <= 5ms", "pass"),
        ("f.completion.p99 > 4980us", "pass"),
        ("f.completion.p99 >= 4990us", "pass"),
        ("f.completion.p99 > 4990us", "fail"),
        ("f.latency.max <= 4990us", "pass"),
    ],
)
def test_a_limit_next_to_the_value_is_told_exactly(objective: str, outcome: str) -> None:
    """On either side by a nanosecond, and at the value itself by what the comparison says."""
    assert constant("4990us", "100/s", [objective]).objectives()[0].outcome == outcome


@pytest.mark.parametrize(("work", "hours"), [("3h", 3), ("10h", 10), ("1000h", 1000)])
def test_hours_are_hours(work: str, hours: int) -> None:
    """A job of hours takes as long in every figure, and fails a limit that is shorter."""
    settings = {"horizon": f"{40 * hours}h", "warmup": f"{hours}h", "window": f"{hours}h", "replications": 3}
    result = constant(work, f"{10 / hours}/h", [f"f.latency.p95 < {hours * 60 - 10}m"], **settings)
    for detail in ("mean", "p50", "p95", "max"):
        assert result.estimate(f"f.latency.{detail}").mean == hours * 3600.0, detail
    assert result.objectives()[0].outcome == "fail"
