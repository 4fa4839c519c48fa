"""Metrics are found by name, and a wrong name is answered with the right one."""

from collections.abc import Callable

import pytest

from sim.judgements.gating import gated
from sim.judgements.non_inferiority import check_claim
from sim.metrics import UnknownMetricError, metric_paths, metric_units, metrics, resolve
from sim.metrics.base import SCOPES
from sim.scenario import Scenario, ScenarioError
from sim.scenario.checks import check
from sim.scenario.loader import loads_with_warnings

Make = Callable[..., Scenario]


def test_every_metric_says_what_it_is() -> None:
    """Each has a unit, a direction, a scope and a sentence; the folder is the list."""
    assert len(metrics()) > 30
    for name, metric in metrics().items():
        assert name == metric.name
        assert metric.unit in {"s", "share", "1/s", "1", "messages"}
        assert metric.direction in {"lower", "higher", "neither"}
        assert set(metric.measures) <= set(SCOPES)
        assert metric.measures
        assert len(metric.meaning) > 20


def test_paths_name_a_subject_and_a_metric(regular_events: Make) -> None:
    """Flow, group, service and system are told by the name; a name that two bear means the one with the metric."""
    scenario = regular_events()
    found = {path: resolve(path, scenario)[1] for path in ("goodput", "buy.latency.p99", "shop.lag_peak", "door.errors")}
    assert [(one.scope, one.name) for one in found.values()] == [
        ("system", ""),
        ("flow", "buy"),
        ("group", "shop"),
        ("service", "door"),
    ]
    assert resolve("shop.queue_peak", scenario)[1].scope == "service"
    assert resolve("shop.queue_peak", scenario)[1].index == 1


def test_every_listed_path_resolves(regular_events: Make) -> None:
    """What `metric_paths` lists can be asked for, and has the unit that it says."""
    scenario = regular_events()
    for path, unit in metric_paths(scenario).items():
        assert resolve(path, scenario)[0].unit == unit


@pytest.mark.parametrize(
    ("path", "remedy"),
    [
        ("buy.latncy.p99", "did you mean 'latency.p99'"),
        ("goodputt", "did you mean 'goodput'"),
        ("buyy.errors", "did you mean 'buy'"),
        ("bye.goodput", "there are: buy"),
        ("buy.latency", "latency.p99"),
        ("buy.lag_peak", "the flow 'buy' has no 'lag_peak'; it is measured of: lag_peak, shop.lag_peak"),
        ("apply_tim", "did you mean 'apply_time'"),
        ("mail.blast_radius", "'mail'; 'blast_radius' is measured of the whole system: write 'blast_radius'"),
        ("latency.p100", "latency.max"),
        ("", "unknown metric"),
    ],
)
def test_a_wrong_path_is_answered_with_the_right_one(regular_events: Make, path: str, remedy: str) -> None:
    """The message names what is wrong and what is likely meant."""
    with pytest.raises(UnknownMetricError) as caught:
        resolve(path, regular_events())
    assert remedy in str(caught.value)


def test_a_metric_of_what_there_is_none_of(regular: Make) -> None:
    """Without any group a metric of groups is still one of the whole system, which is said, rather than an empty list."""
    with pytest.raises(UnknownMetricError, match="'mail'; 'drain_time' is measured of the whole system: write 'drain_time'"):
        resolve("mail.drain_time", regular())


def test_units_fit_the_limits_of_objectives(regular: Make) -> None:
    """The scenario's own check accepts every metric with a limit of its unit, and refuses another unit."""
    good = ("buy.latency.p99 < 300ms", "buy.errors < 1%", "goodput > 5/s", "queue_peak < 10", "buy.latency.p99.9 < 1s")
    assert check(regular(objectives=good), metrics=metric_units()) == []
    problems = check(regular(objectives=("buy.errors < 300ms", "buy.eror < 1%")), metrics=metric_units())
    assert len(problems) == 2


GUARDED = """
name: guarded
architecture: synchronous
services:
  shop: {workers: 9, operations: {buy: [{call: pay.charge, timeout: 1s, breaker: {failures: 5, open: 1s}}]}}
  pay: {workers: 9, operations: {charge: [{work: 1ms}]}}
workload: {orders: {operation: shop.buy, arrivals: {kind: constant, rate: 9/s}}}
objectives: [OBJECTIVE]
run: {horizon: 3s}
"""


@pytest.mark.parametrize(
    ("objective", "subject", "refusal"),
    [
        ("refused_by.breaker < 20%", "", ""),
        ("pay.refused_by.breaker < 20%", "pay", ""),
        ("orders.refused_by.rate_limit < 20%", "orders", ""),
        ("pay.engaged_by.breaker < 20%", "pay", ""),
        ("refused_by.braker < 20%", "", "did you mean 'refused_by.breaker'"),
        ("pay.refused_by < 20%", "pay", "'refused_by' is not known; did you mean 'refused_by.breaker'"),
        ("pay.refused_by.p99 < 20%", "pay", "'refused_by.p99' is not known; write one of: refused_by"),
        ("refused_by.breaker < 20ms", "", "'refused_by.breaker' is a share"),
    ],
)
def test_what_a_guard_refuses_can_be_an_objective(objective: str, subject: str, refusal: str) -> None:
    """Of the whole, of a service, of a flow; what is no guard is told what is one."""
    text = GUARDED.replace("OBJECTIVE", objective)
    if refusal:
        with pytest.raises(ScenarioError, match=refusal):
            loads_with_warnings(text, metrics=metric_units())
        return
    scenario, _ = loads_with_warnings(text, metrics=metric_units())
    assert scenario.objectives[0].subject == subject
    assert str(scenario.objectives[0]) == objective
    path = objective.partition(" ")[0]
    assert resolve(path, scenario)[1].name == subject
    assert gated(scenario, [path])[path].direction == "lower"
    assert check_claim(path, "2%", (scenario, scenario))[0].direction == "lower"
    assert resolve(path, scenario)[0].direction == "neither"
