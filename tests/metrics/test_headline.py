"""What is looked at by default covers the answer and all that it sets off, in comparisons, gates and sweeps alike."""

from collections.abc import Callable
from typing import Any

from sim.judgements.baseline import compare_to_baseline
from sim.judgements.gating import gating
from sim.metrics import headline
from sim.metrics.paths import resolve
from sim.replications import run_replications
from sim.scenario import Scenario
from sim.sweeps import run_sweep

Make = Callable[..., Scenario]
SLOW: dict[str, Any] = {"slow": {"kind": "slowdown", "target": "shop", "factor": 4, "at": "20s", "for": "5s"}}
LATER = ("completion.p50", "completion.p99", "spoiled")
MESSAGES = ("lost", "dropped", "duplicates", "drain_time", "backlog_peak")


def test_a_comparison_and_a_gate_cover_the_asynchronous_half(regular_events: Make) -> None:
    """When all is done, what is not done well, what is lost, dropped and done twice, the backlog and its drain."""
    scenario = regular_events(faults=SLOW)
    for paths in (headline.compared("buy", [scenario]), gating(scenario)):
        assert {f"buy.{name}" for name in LATER} <= set(paths)
        assert set(MESSAGES) <= set(paths)
        for path in paths:
            resolve(path, scenario)


def test_what_is_unknown_is_left_out_until_it_is_known(regular_events: Make) -> None:
    """Names without a metric are in no list; with one they are, of what has it: lateness only with a deadline."""
    scenario = regular_events()
    held = regular_events(
        workload={"buy": {"operation": "door.order", "deadline": "1s", "arrivals": {"kind": "constant", "rate": "10/s"}}}
    )
    for name in ("late", "unanswered"):
        known = headline.measured_of("flow", name)
        assert (f"buy.{name}" in headline.compared("buy", [held])) is known
        assert (f"buy.{name}" in gating(held)) is known
    assert "buy.late" not in gating(scenario)
    assert "buy.late" not in headline.compared("buy", [scenario])


def test_nothing_gates_that_a_scenario_cannot_have(regular: Make, regular_events: Make) -> None:
    """No messages without subscriptions, no drain without a fault that could be seen: that would be doubt for ever."""
    assert not set(MESSAGES) & set(gating(regular(faults=SLOW)))
    assert "drain_time" not in gating(regular_events())
    assert "drain_time" not in gating(regular_events(faults=SLOW, run={"horizon": "60s", "warmup": "30s"}))
    assert set(MESSAGES) - {"drain_time"} <= set(gating(regular_events()))


def test_a_slower_step_behind_the_answer_is_a_regression(regular_events: Make) -> None:
    """Answers stay as they were; all is done later, the backlog is higher and drains later: proven, where it was no change."""
    orders = {"buy": {"operation": "door.order", "arrivals": {"kind": "poisson", "rate": "10/s"}}}
    scenario = regular_events(workload=orders, faults=SLOW, run={"horizon": "150s"})
    before = run_replications(scenario, replications=8)
    after = run_replications(scenario.replace("services.shop.operations.order[0].work", "75ms"), replications=8)
    outcomes = {change.path: change.outcome for change in compare_to_baseline(after, before).changes}
    assert {path for path, outcome in outcomes.items() if outcome == "regressed"} >= {
        "buy.completion.p50",
        "buy.completion.p99",
        "backlog_peak",
        "drain_time",
    }
    assert {outcomes[path] for path in ("goodput", "errors", "buy.latency.p50", "buy.errors")} <= {"no change", "unsure"}


def test_a_sweep_shows_what_there_is_to_be_seen(regular: Make, regular_events: Make) -> None:
    """Of messages where there are any, when all is done; no column of what is 0 everywhere; of both variants' metrics."""
    axis = ["faults.slow.factor=1,4"]
    swept = run_sweep(regular_events(faults=SLOW, run={"horizon": "150s"}), axis, runs=3)
    assert {"goodput", "errors", "buy.completion.p50", "buy.completion.p99", "drain_time", "backlog_peak"} <= set(swept.metrics)
    assert not {"lost", "duplicates"} & set(swept.metrics)
    both = run_sweep([regular(faults=SLOW), regular_events(faults=SLOW)], axis, runs=3)
    assert "backlog_peak" in both.metrics
