"""What is said of caches before a run: mistakes, how much passes at least, and who is overloaded while one is cold."""

from __future__ import annotations

import math
from typing import Any

import pytest

from sim.foreseen import foreseen
from sim.scenario.caching import least_missed
from sim.scenario.callgraph import call_graph
from sim.scenario.checks import check
from sim.scenario.load import Steady
from sim.scenario.scenario import Scenario

STEP: dict[str, Any] = {"cache": "kept", "miss": [{"call": "b.go"}]}


def shop(*steps: Any, cache: Any = None, keys: Any = 100, rate: str = "100/s", **more: Any) -> Scenario:
    """A service that asks a cache before it calls another one, which takes 10 ms of one of its four workers."""
    services: dict[str, Any] = {"a": {"workers": 50, "operations": {"go": [*steps]}}}
    services["b"] = {"workers": 4, "operations": {"go": [{"work": "10ms"}]}}
    flow = {"operation": "a.go", "arrivals": {"kind": "poisson", "rate": rate}, "timeout": "1s"}
    if keys is not None:
        flow["keys"] = keys
    run = {"horizon": "10s"}
    whole = {"name": "shop", "architecture": "synchronous", "services": services, "workload": {"f": flow}, "run": run}
    return Scenario.model_validate({**whole, "caches": {"kept": cache or {}}, **more})


@pytest.mark.parametrize(
    ("scenario", "place", "message"),
    [
        (shop(STEP, keys=None), "workload.f", "each arrival has one of its own"),
        (shop(STEP, keys=2_000_000), "workload.f.keys", "give it a capacity"),
        (shop({"cache": "kept", "miss": [STEP]}), "services.a.operations.go[0].miss[0].cache", "is loading this key here"),
        (shop({"work": "1ms"}), "caches.kept", "no handler asks it"),
        (
            shop({"cache": "kept", "miss": [{"work": "1ms"}]}, cache={"mode": "read_through"}),
            "services.a.operations.go[0].miss[0]",
            "it loads by calls alone",
        ),
    ],
)
def test_mistakes_are_said_with_their_place(scenario: Scenario, place: str, message: str) -> None:
    """Where it stands, what is wrong, and what would be right."""
    found = {problem.field: problem.message for problem in check(scenario)}
    assert message in found[place]


def test_two_services_have_two_caches() -> None:
    """A cache is that of the service that asks it first."""
    scenario = shop(STEP)
    services = {**scenario.declared()["services"], "b": {"operations": {"go": [{"cache": "kept", "miss": []}]}}}
    found = [one.message for one in check(Scenario.model_validate({**scenario.declared(), "services": services}))]
    assert "'kept' is a cache of 'a'; declare another one for 'b'" in found


def test_at_least_what_is_beyond_its_capacity_passes() -> None:
    """Of keys that are all alike a quarter has room; by Zipf's law what is left is the tail of the harmonic series."""
    assert least_missed(shop(STEP, cache={"capacity": 25}))["kept"] == pytest.approx(0.75)
    zipf = shop(STEP, cache={"capacity": 10}, keys={"count": 100, "exponent": 1.0})
    tail = math.fsum(1 / key for key in range(11, 101)) / math.fsum(1 / key for key in range(1, 101))
    assert least_missed(zipf)["kept"] == pytest.approx(tail)


def test_at_least_one_load_for_each_time_to_live_passes() -> None:
    """100/s over 100 keys: each once a second, so that of 60 in a minute one and the first after it are loads."""
    assert least_missed(shop(STEP, cache={"ttl": "60s"}))["kept"] == pytest.approx(1 / 61)
    assert least_missed(shop(STEP))["kept"] == 0.0


def test_the_origin_of_a_cold_cache_is_overloaded() -> None:
    """600/s are more than its 400/s: that is said, though a warm cache lets few through; and not where it can bear them."""
    [told] = [one for one in check(shop(STEP, cache={"ttl": "60s"}, rate="600/s")) if one.field == "services.b"]
    assert told.message.startswith("while caches are cold 600/s come here, at least 1.66/s when they are warm")
    assert not [one for one in check(shop(STEP, cache={"ttl": "60s"}, rate="300/s")) if one.field == "services.b"]


def test_the_load_of_an_origin_lies_between_warm_and_cold() -> None:
    """What the call graph and the static load take is the least; cold is all of it."""
    scenario = shop(STEP, cache={"capacity": 25})
    graph = call_graph(scenario)
    assert Steady(scenario, graph).unhindered.services["b"].rate == pytest.approx(75.0)
    assert Steady(scenario, graph, cold=True).unhindered.services["b"].rate == pytest.approx(100.0)
    assert graph.handlers["a.go"].calls[0].times == pytest.approx(0.75)


def test_what_caches_may_have_is_counted_before_a_run() -> None:
    """A million keys are as many entries, of 64 bytes each."""
    cache = {"capacity": 1_000_000, "warm": "100%"}
    few, many = (foreseen(shop(STEP, cache=cache, keys=keys)).layout_bytes for keys in (1, 1_000_000))
    assert many - few == 64 * 999_999


@pytest.mark.parametrize(("settings", "key"), [({"for": "1s"}, "for"), ({"random": {"mtbf": "1s", "mttr": "1s"}}, "random")])
def test_a_flush_is_no_window(settings: dict[str, Any], key: str) -> None:
    """It has a time, and no length; a target that is no cache is refused."""
    with pytest.raises(ValueError, match=f"remove '{key}'"):
        shop(STEP, faults={"flush": {"kind": "cache_flush", "target": "kept", "at": "1s", **settings}})
    found = check(shop(STEP, faults={"flush": {"kind": "cache_flush", "target": "keep", "at": "1s"}}))
    assert any("did you mean 'kept'" in problem.message for problem in found)
