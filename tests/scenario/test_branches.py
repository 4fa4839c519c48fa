"""Branches of handlers before a run: what is refused, with its place, and what the analyses say of them."""

from __future__ import annotations

from typing import Any

import pytest

from sim.scenario.callgraph import CallGraph
from sim.scenario.checks import check
from sim.scenario.effects import flow_effects
from sim.scenario.fans import fans_of
from sim.scenario.load import Steady
from sim.scenario.loader import loads
from sim.scenario.may_fail import may_fail
from sim.scenario.problems import ScenarioError
from sim.scenario.scenario import Scenario
from sim.scenario.steps import Call, Parallel, Work

TEXT = """name: branches
architecture: synchronous
services:
  shop:
    operations:
      order:
        - work: 1ms
{steps}
  stock: {{operations: {{reserve: [{{work: 5ms}}]}}}}
stores: {{db: {{connections: 2, streams: {{acc: {{}}}}}}}}
brokers: {{b: {{kind: log, topics: {{seen: {{partitions: 2}}}}}}}}
workload: {{o: {{operation: shop.order, arrivals: {{kind: poisson, rate: 20/s}}, timeout: 1s, keys: 10}}}}
run: {{horizon: 10s}}
"""
AT_ONCE = "        - parallel: "
SAGA = "[{saga: x, steps: [{do: {call: stock.reserve}}]}]"
LOADED = "        - load: {stream: acc}\n" + AT_ONCE + "[[{append: {stream: acc}}]]"
WRITTEN = "        - transaction: {store: db}\n          steps: [{write: a}, {parallel: [[{write: b}]]}]"
PAIR = AT_ONCE + "[{publish: seen}, {transaction: {store: db}, steps: [{write: a}]}]"
CALLS = AT_ONCE + "[{call: stock.reserve}]\n          until: any\n          cancel: true"
HELD = "        - lock: {name: row}\n          steps: [{parallel: [{lock: {name: row}, steps: []}]}]"


@pytest.mark.parametrize(
    ("steps", "place", "message"),
    [
        (AT_ONCE + SAGA, "8:22", "who leads a saga, or waits for it, is a handler"),
        (AT_ONCE + "[[{work: 1ms}, {project: view}]]", "8:", "unknown projection"),
        (LOADED, "9:", "'acc' was loaded outside of this branch"),
        (WRITTEN, "9:", "there is no transaction in this branch"),
        (PAIR, "8:22", "a transaction stands beside this in another branch"),
        (CALLS, "10:19", "write cancel: true in the calls"),
        (AT_ONCE + "[{work: 1ms}]\n          cancel: true", "9:19", "all are waited for"),
        (AT_ONCE + "[[]]", "8:", "empty; write at least 1 entry"),
        (AT_ONCE + "[[{work: 1ms}, {wurk: 1ms}]]", "8:", "did you mean 'work'"),
        (AT_ONCE + "[[{call: shop.order}]]", "8:", "synchronous calls go in a circle"),
        (HELD, "9:", "is held here already"),
    ],
)
def test_what_cannot_stand_there_is_refused_at_its_place(steps: str, place: str, message: str) -> None:
    """With line and column, what is wrong, and a remedy."""
    with pytest.raises(ScenarioError) as error:
        loads(TEXT.format(steps=steps), "file.yaml")
    assert f"file.yaml:{place}" in str(error.value)
    assert message in str(error.value)


def scenario(steps: list[Any], **service: Any) -> Scenario:
    """A service with one worker and these steps, asked 100 times a second."""
    shop = {"operations": {"order": steps}, **service}
    stock = {"workers": 8, "operations": {"reserve": [{"work": "5ms"}]}}
    flow = {"operation": "shop.order", "arrivals": {"kind": "poisson", "rate": "100/s"}, "timeout": "1s"}
    whole = {"services": {"shop": shop, "stock": stock}, "workload": {"o": flow}, "run": {"horizon": "10s"}}
    return Scenario.model_validate({"name": "branches", "architecture": "synchronous", **whole})


def test_work_in_branches_loads_cores_not_workers() -> None:
    """Three works of 6 ms at once hold the worker for 6 ms, and cores for 18; or no worker, where it is given back."""
    steps = [{"parallel": [{"work": "6ms"}] * 3}]
    one, cores = {"workers": 9}, {"workers": 9, "cores": 2}
    for settings, noun, hold_ns in ((one, "workers", 6e6), (cores, "cores", 18e6), ({"holds_worker": False}, "cores", 18e6)):
        whole = scenario(steps, **settings)
        load = Steady(whole, CallGraph(whole)).unhindered.services["shop"]
        assert (load.noun, load.hold_ns) == (noun, pytest.approx(hold_ns))
    whole = scenario(steps, workers=9, cores=1)
    assert [problem.field for problem in check(whole) if "cores" in problem.message]


def test_what_a_handler_takes_and_does_is_known() -> None:
    """Its time is that of the last branch it needs; it calls all, has the effects of those it waits for, may fail as they."""
    first = [{"work": "3ms"}, {"call": "stock.reserve"}, {"effect": "a"}]
    branches = [first, {"wait": "2ms"}, [{"fail": 0.5}, {"wait": "9ms"}]]
    graph = CallGraph(whole := scenario([{"parallel": branches}, {"effect": "z"}]))
    assert graph.handlers["shop.order"].latency_ns == 8e6
    assert [(edge.target, edge.times) for edge in graph.handlers["shop.order"].calls] == [("stock.reserve", 1.0)]
    assert {one.name for one in flow_effects(whole) if one.required} == {"o: a", "o: z"}
    some = scenario([{"parallel": branches, "until": {"quorum": 2}}])
    assert CallGraph(some).handlers["shop.order"].latency_ns == 4.5e6
    assert not any(one.required for one in flow_effects(some))
    assert may_fail(whole.services["shop"].operations["order"], graph)
    sure = scenario([{"parallel": [{"work": "1ms"}, {"fail": 0.5}], "until": "any"}])
    assert not may_fail(sure.services["shop"].operations["order"], CallGraph(sure))


def test_branches_call_side_by_side() -> None:
    """How many calls a handler has under way at once is what its branches have together."""
    one = Call("stock.reserve")
    assert fans_of((Parallel(one, [Work("1ms"), one, one], [one]),)) == {"stock": 3}


def test_what_is_written_out_is_read_again() -> None:
    """Branches stand in the resolved scenario as they were declared; one without cancel has the digest that it had."""
    two = [{"call": "stock.reserve"}, [{"work": "1ms"}, {"fail": 0.1}]]
    whole = scenario([{"parallel": two, "until": "any", "cancel": True}])
    assert Scenario.model_validate(whole.resolved()) == whole
    assert "cancel" not in str(scenario([{"parallel": [{"work": "1ms"}]}]).resolved()["services"])
