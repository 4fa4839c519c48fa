"""The explorer: moving a knob is running the scenario with an override, and what is shown is that run."""

from __future__ import annotations

import base64
import builtins
import html
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import sim
from sim.charts.picture import picture
from sim.explorer import Knobs, overrides
from sim.scenario import loads
from tests.shares import share

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.explorer.page import Explorer

SHOP = """
name: {name}
architecture: {architecture}
services:
  front:
    workers: 8
    queue_max: 20
    operations:
      buy:
        - {{work: 1ms}}
        - choose:
            - weight: 1
              steps: [{step}]
            - {{weight: 1, steps: []}}
  pay: {{replicas: 2, workers: 1, queue_max: 20, operations: {{charge: [{{work: {{kind: exponential, mean: 10ms}}}}]}}}}
{broker}
workload:
  orders: {{operation: front.buy, arrivals: {{kind: poisson, rate: 60/s}}, timeout: 1s}}
  views: {{operation: front.buy, arrivals: {{kind: renewal, interarrival: {{kind: gamma, mean: 40ms, cv: 0.5}}}}, timeout: 1s}}
  waves:
    operation: front.buy
    arrivals: {{kind: step, steps: [{{at: 0s, rate: 5/s}}, {{at: 2s, rate: 10/s}}]}}
    timeout: 1s
    retry: {{kind: fixed, attempts_max: 2, delay: 10ms}}
faults:
  slow: {{kind: slowdown, target: pay, factor: 8, at: 2s, for: 2s}}
  down: {{kind: crash, target: pay, replicas: 1, at: 5s, for: 1s}}
objectives: ["orders.errors < 1%"]
run: {{horizon: 8s, replications: 2, seed: 7}}
"""
CALL = "{call: pay.charge, timeout: 80ms, retry: {kind: fixed, attempts_max: 3, delay: 10ms}}"
BROKER = """
brokers: {events: {topics: {placed: {partitions: 2}}}}
subscriptions: {payers: {topic: placed, operation: pay.charge}}
"""


def shop(*, events: bool = False) -> sim.Scenario:
    """A small shop in one wiring."""
    wiring = "event-driven" if events else "synchronous"
    step = "{publish: placed}" if events else CALL
    return loads(SHOP.format(name=f"shop-{wiring}", architecture=wiring, step=step, broker=BROKER if events else ""))


@pytest.fixture
def explorer() -> Explorer:
    """The explorer of the shop, on the engine that needs no compiling."""
    return sim.explore(shop(), engine="compiled", replications=2)


def drawn(explorer: Explorer) -> list[np.ndarray]:
    """The numbers of every curve that is shown."""
    lines = [line for ax in explorer.figure.axes for line in ax.lines]
    return [np.asarray(line.get_ydata(), dtype=float) for line in lines if len(line.get_ydata()) > 2]


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    """Whether two charts show the same curves."""
    return len(one) == len(other) and all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


MOVES: dict[str, Callable[[Any], None]] = {
    "load": lambda explorer: setattr(explorer.load, "value", 2.0),
    "fault off": lambda explorer: setattr(explorer.fault, "value", "none"),
    "one fault": lambda explorer: setattr(explorer.fault, "value", "down"),
    "attempts": lambda explorer: setattr(explorer.attempts, "value", 1),
    "replicas": lambda explorer: setattr(explorer.replicas, "value", 4),
}


@pytest.mark.parametrize("move", share(MOVES, 3))
def test_a_move_shows_the_run_with_its_overrides(explorer: Explorer, move: str) -> None:
    """The curves change with each knob, and are those of a plain run with the overrides that the explorer names."""
    before = drawn(explorer)
    MOVES[move](explorer)
    assert explorer.problem == ""
    plain = sim.run(shop().with_overrides(explorer.overrides[0]), replications=2, engine="compiled")
    assert explorer.result.fingerprint() == plain.fingerprint()
    assert explorer.result.fingerprint() != sim.run(shop(), replications=2, engine="compiled").fingerprint()
    after = drawn(explorer)
    assert not same(after, before)
    explorer.figure, png = picture(plain, explorer.panels)
    assert len(after) >= 3
    assert same(drawn(explorer), after)
    assert base64.b64encode(png).decode() in explorer.chart.value


def test_untouched_it_is_the_declared_run(explorer: Explorer) -> None:
    """At first no override is made, and the charts say in words what they show."""
    assert explorer.overrides == ([],)
    assert explorer.result.fingerprint() == sim.run(shop(), replications=2, engine="compiled").fingerprint()
    assert "alt='Goodput over time" in explorer.chart.value
    verdict = explorer.result.objectives()[0]
    assert html.escape(f"{verdict.outcome.upper()}: {verdict.objective}: {verdict.reason}") in explorer.words.value


def test_the_factor_belongs_to_the_chosen_fault(explorer: Explorer) -> None:
    """The factor starts at what the fault declares, can be moved, and rests for a fault without one."""
    assert explorer.factor.disabled
    explorer.fault.value = "slow"
    assert (explorer.factor.disabled, explorer.factor.value) == (False, 8.0)
    explorer.factor.value = 30.0
    changed = shop().with_overrides(explorer.overrides[0])
    assert list(changed.faults) == ["slow"]
    assert changed.faults["slow"].factor == 30.0
    explorer.fault.value = "down"
    assert explorer.factor.disabled
    assert list(shop().with_overrides(explorer.overrides[0]).faults) == ["down"]


def test_going_back_is_the_same_result(explorer: Explorer) -> None:
    """A setting seen before is not run again; another service is no change by itself."""
    first = explorer.result
    explorer.load.value = 1.5
    second = explorer.result
    explorer.load.value = 1.0
    assert explorer.result is first
    explorer.service.value = "front"
    assert explorer.replicas.value == 1
    assert explorer.result is first
    explorer.service.value = "pay"
    assert explorer.replicas.value == 2
    explorer.load.value = 1.5
    assert explorer.result is second


def test_what_cannot_be_run_is_said(explorer: Explorer) -> None:
    """A setting that the checks refuse is answered in words, escaped; the charts stay."""
    shown = explorer.chart.value
    explorer.scenarios = (shop().with_overrides(["faults.down.replicas=2"]),)
    explorer.replicas.value = 1
    assert "replicas" in explorer.problem
    assert html.escape(explorer.problem) in explorer.words.value
    assert explorer.chart.value == shown
    explorer.replicas.value = 3
    assert explorer.problem == ""
    assert explorer.chart.value != shown


def test_two_scenarios_move_together() -> None:
    """With two scenarios the knobs move both, and the comparison is that of the changed ones."""
    explorer = sim.explore(shop(), shop(events=True), engine="compiled", replications=2)
    explorer.load.value = 1.5
    explorer.attempts.value = 1
    changed = [one.with_overrides(texts) for one, texts in zip(explorer.scenarios, explorer.overrides, strict=True)]
    plain = sim.compare(*changed, engine="compiled", replications=2)
    assert explorer.result.verdict() == plain.verdict()
    assert [explorer.result.a.fingerprint(), explorer.result.b.fingerprint()] == [plain.a.fingerprint(), plain.b.fingerprint()]


def test_a_knob_that_was_not_moved_leaves_each_scenario_as_declared() -> None:
    """Where the two declare other replicas and factors, both stay, whatever else is moved; moved, a knob sets both."""
    other = shop(events=True).with_overrides(["services.pay.replicas=3", "faults.slow.factor=4"])
    explorer = sim.explore(shop(), other, engine="compiled", replications=2)
    assert explorer.overrides == ([], [])
    assert "services.pay.replicas: 2 and 3, as declared" in explorer.words.value
    explorer.fault.value = "slow"
    changed = [one.with_overrides(texts) for one, texts in zip(explorer.scenarios, explorer.overrides, strict=True)]
    assert [list(one.faults) for one in changed] == [["slow"], ["slow"]]
    assert [one.faults["slow"].factor for one in changed] == [8.0, 4.0]
    assert [one.services["pay"].replicas for one in changed] == [2, 3]
    assert "faults.slow.factor: 8.0 and 4.0, as declared" in explorer.words.value
    explorer.fault.value = "as declared"
    explorer.load.value = 1.5
    assert not any("replicas" in text or "faults" in text for texts in explorer.overrides for text in texts)
    explorer.load.value = 1.0
    explorer.replicas.value = 4
    assert explorer.overrides == (["services.pay.replicas=4"], ["services.pay.replicas=4"])


def test_the_load_scales_every_kind_of_arrivals() -> None:
    """Three times the load is three times the rate, at every step, and a third of every gap."""
    before, after = shop(), shop().with_overrides(overrides(shop(), Knobs(load=3.0)))
    for name, flow in after.workload.items():
        assert flow.arrivals.mean_rate(8 * 10**9) == pytest.approx(3 * before.workload[name].arrivals.mean_rate(8 * 10**9))
    assert after.workload["views"].arrivals.interarrival.cv == 0.5


@pytest.mark.parametrize(
    ("arrivals", "more"),
    [
        ({"kind": "closed", "users": 7, "think": "1s"}, {"users": 14}),
        ({"kind": "daily", "mean": "10/s", "swing": "50%", "period": "60s"}, {"mean": "20/s"}),
        ({"kind": "spike", "rate": "1/s", "to": "5/s", "at": "1s", "for": "1s"}, {"rate": "2/s", "to": "10/s"}),
        ({"kind": "replay", "times": "0.5 1"}, None),
    ],
)
def test_the_load_scales_users_and_peaks_but_no_recording(arrivals: dict[str, object], more: dict[str, object] | None) -> None:
    """Twice the load is twice the users, the mean of a day, or both rates of a spike; recorded times have nothing to scale."""
    scenario = shop().replace("workload.orders.arrivals", arrivals)
    if more is None:
        with pytest.raises(ValueError, match="no rate to scale: its arrivals are of kind replay"):
            overrides(scenario, Knobs(load=2.0))
        return
    found = scenario.with_overrides(overrides(scenario, Knobs(load=2.0))).workload["orders"].arrivals.model_dump(by_alias=True)
    assert found == {**scenario.workload["orders"].arrivals.model_dump(by_alias=True), **more}


def test_attempts_are_set_wherever_a_retry_is_declared() -> None:
    """Retries inside choices and of clients count; a call without a retry gets none."""
    texts = overrides(shop(), Knobs(attempts=5))
    assert sorted(texts) == [
        "services.front.operations.buy.1.choose.0.steps.0.retry.attempts_max=5",
        "workload.waves.retry.attempts_max=5",
    ]
    changed = shop().with_overrides(texts)
    assert changed.workload["waves"].retry.attempts_max == 5
    assert changed.workload["orders"].retry is None


def test_without_ipywidgets_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the extra."""
    real = builtins.__import__

    def importing(name: str, *rest: Any, **more: Any) -> Any:
        if name == "ipywidgets":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", importing)
    with pytest.raises(ImportError, match=r"ipywidgets is not installed; run: pip install 'eventflow-sim\[notebook\]'"):
        sim.explore(shop(), engine="compiled")


def test_a_service_that_is_not_there_is_named() -> None:
    """The likely service is suggested."""
    with pytest.raises(ValueError, match="there is no service 'pey'; did you mean 'pay'"):
        sim.explore(shop(), service="pey", engine="compiled")
