"""Links: what crosses them takes longer, waits for its turn, is lost or comes twice; the services at the ends know nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sim
from sim.metrics.exercised import not_exercised
from sim.record import fields as f
from sim.scenario.checks import check
from sim.scenario.links import BOTH, FIRST, FROM, SECOND, TO
from sim.semantics.links import crosses, free_again
from sim.semantics.rules import FOREVER
from tests.engine.story import Story, once, scene


def chain(faults: dict[str, Any], at: str = "1000ms", **call: Any) -> dict[str, Any]:
    """One request at ``at`` to `a`, which calls `b`: each works 1 ms, each way takes 2 ms."""
    services = {
        "a": [{"call": "b.go", **call}],
        "b": {"workers": 9, "operations": {"go": [{"work": "1ms"}, {"effect": "done"}]}},
    }
    times = {"at": "900ms", "for": "500ms"}
    struck = {name: {**times, **one} for name, one in faults.items()}
    return scene(services, {"f": once("a.go", at, hop="0s")}, faults=struck, network={"hop": "2ms", **call.pop("network", {})})


def on(kind: str, link: str = "a -> b", **more: Any) -> dict[str, Any]:
    """A fault of a link."""
    return {"kind": kind, "link": link, **more}


@pytest.mark.parametrize(
    ("direction", "arrived", "settled"), [("both", 1012, 1025), ("to", 1012, 1015), ("from", 1002, 1015)]
)
def test_latency_adds_to_the_way(play: Any, direction: str, arrived: float, settled: float) -> None:
    """A latency of 10 ms adds to the way to the callee, to the way back, or to both, and to no work."""
    story = play(chain({"x": on("latency", add="10ms", direction=direction)}))
    assert story.times("arrived", "b.go") == [arrived]
    assert story.times("settled", "b.go") == [settled]


def test_latencies_add_up_and_end_by_themselves(play: Any) -> None:
    """Two latencies at once add up; the end of one leaves the other."""
    faults = {"x": on("latency", add="10ms", direction="to"), "y": on("latency", add="7ms", direction="to", at="990ms")}
    faults["x"]["for"] = "99ms"
    assert play(chain(faults, at="991ms")).times("arrived", "b.go")[:1] == [991 + 2 + 10 + 7]
    assert play(chain(faults, at="999ms")).times("arrived", "b.go")[:1] == [999 + 2 + 7]
    assert play(chain(faults, at="989ms")).times("arrived", "b.go")[:1] == [989 + 2 + 10]


def test_lost_request_is_never_done(play: Any) -> None:
    """A request that is lost never comes to its callee; the caller learns it by its timeout."""
    story = play(chain({"x": on("loss", share=1, direction="to")}, timeout="20ms"))
    assert story.times("arrived", "b.go") == []
    assert story.outcomes("settled")[0] == (1020, "timeout")
    assert story.record.tables["links"].sum(axis=(0, 1)).tolist() == [1, 0, 1, 0, 1, 0]


def test_lost_answer_is_of_work_that_is_done(play: Any) -> None:
    """An answer that is lost leaves the effect, and the caller without knowledge."""
    story = play(chain({"x": on("loss", share=1, direction="from")}, timeout="20ms"))
    assert len(story.times("effect")) == 1
    assert story.outcomes("settled")[0] == (1020, "timeout")
    assert story.record.tables["links"].sum(axis=(0, 1)).tolist() == [1, 1, 0, 1, 1, 0]


def test_request_that_is_lost_without_a_timeout_waits_for_ever(play: Any) -> None:
    """Nobody is told: without a timeout the caller waits to the horizon, and counts as waiting."""
    story = play(chain({"x": on("loss", share=1)}))
    assert story.times("settled", "b.go") == []
    assert story.record.levels["edges"][:, f.edges.LEVEL_AWAITED].tolist() == [1, 1]


def test_doubled_request_is_done_twice(play: Any) -> None:
    """A request that comes twice is handled twice, the second time for nobody; the caller has one answer."""
    story = play(chain({"x": on("duplicate", share=1)}))
    assert story.times("arrived", "b.go") == [1002, 1002]
    assert len(story.times("effect")) == 2
    assert story.outcomes("settled")[0] == (1005, "ok")
    assert story.service("b", f.services.SERVICE_WASTED) == 1_000_000


@pytest.mark.parametrize(("size", "each"), [("4kB", 4), ("1kB", 1)])
def test_bytes_go_one_after_the_other(play: Any, size: str, each: float) -> None:
    """At 1 MB/s a request of 4 kB takes 4 ms more; three at once wait for each other."""
    data = chain({"x": on("bandwidth", rate="1MB/s")}, size=size)
    data["services"]["a"] = {"operations": {"go": [{"parallel": [{"call": "b.go", "size": size}] * 3}]}}
    assert play(data).times("arrived", "b.go") == [1002 + each, 1002 + 2 * each, 1002 + 3 * each]


def test_narrowest_bandwidth_holds(play: Any) -> None:
    """Of the network's own bandwidth and those of faults the least holds; without a size nothing takes time."""
    faults = {"x": on("bandwidth", rate="1MB/s"), "y": on("bandwidth", rate="500kB/s")}
    data = chain(faults, size="1kB", answer_size="2kB")
    data["network"]["bandwidth"] = "100kB/s"
    assert play(data).times("settled", "b.go") == [1000 + 10 + 2 + 1 + 20 + 2]
    data["network"]["bandwidth"] = "100MB/s"
    assert play(data).times("settled", "b.go") == [1000 + 2 + 2 + 1 + 4 + 2]
    assert play(chain(faults)).times("settled", "b.go") == [1005]


def zoned(between: Any, direction: str = "both", **service: Any) -> dict[str, Any]:
    """As `chain`, where `a` stands in zone x, and `b` in zone y."""
    data = chain({"cut": {"kind": "partition", "between": between, "direction": direction}}, timeout="20ms")
    data["zones"] = ["x", "y"]
    data["services"]["a"] = {"zones": ["x"], "operations": {"go": data["services"]["a"]["operations"]["go"]}}
    data["services"]["b"]["zones"] = ["y"]
    data["services"]["b"].update(service)
    return data


@pytest.mark.parametrize(
    ("between", "direction", "lost"),
    [
        ([{"zone": "x"}, {"zone": "y"}], "both", "request"),
        ([{"zone": "x"}, {"zone": "y"}], "to", "request"),
        ([{"zone": "x"}, {"zone": "y"}], "from", "answer"),
        ([{"service": "b"}, {"service": "a"}], "to", "answer"),
        ([{"zone": "y"}, {"zone": "y"}], "both", "nothing"),
    ],
)
def test_partition_loses_what_would_cross(play: Any, between: Any, direction: str, lost: str) -> None:
    """What goes between the two places is lost, by direction; calls elsewhere, and clients, are untouched."""
    story = play(zoned(between, direction))
    assert len(story.times("effect")) == (0 if lost == "request" else 1)
    assert story.outcomes("settled")[0][1] == ("ok" if lost == "nothing" else "timeout")
    assert not_exercised(story.record) == (("cut",) if lost == "nothing" else ())


def test_way_between_zones_is_longer(play: Any) -> None:
    """`between_zones` is the hop of replicas in different zones, unless the call says its own."""
    data = zoned([{"zone": "y"}, {"zone": "y"}])
    data["network"]["between_zones"] = "6ms"
    assert play(data).times("arrived", "b.go") == [1006]
    data["services"]["b"]["zones"] = ["x"]
    data["faults"] = {}
    assert play(data).times("arrived", "b.go") == [1002]
    data["services"]["b"]["zones"] = ["y"]
    data["services"]["a"]["operations"]["go"][0]["hop"] = "3ms"
    assert play(data).times("arrived", "b.go") == [1003]


def test_fault_of_a_link_that_nobody_crosses_tells_nothing(play: Any) -> None:
    """A fault while nothing crosses its link, or of a link without calls, is not exercised."""
    faults = {"x": on("latency", add="1ms", at="1900ms"), "y": on("loss", "b -> a", share=1), "z": on("loss", share=0.1)}
    story = play(chain(faults))
    assert set(not_exercised(story.record)) == {"x", "y"}


def mean(result: sim.Result, path: str) -> float:
    """The mean over replications."""
    values = result.values(path)
    return sum(values) / len(values)


def test_network_delay_is_no_slow_service() -> None:
    """100 ms each way add 200 ms to each request in the fault, and the service stays 10 % busy."""
    services = {"s": {"operations": {"op": [{"work": "5ms"}]}}}
    flow = {"operation": "s.op", "arrivals": {"kind": "poisson", "rate": "20/s"}, "timeout": "2s"}
    fault = {"kind": "latency", "link": "f -> s", "add": "100ms", "at": "20s", "for": "30s"}
    data = {"name": "netdelay", "architecture": "synchronous", "services": services, "workload": {"f": flow}}
    run = {"horizon": "50s", "warmup": "20s", "replications": 5, "seed": 1}
    alone = sim.run(sim.Scenario.model_validate({**data, "run": run}))
    late = sim.run(sim.Scenario.model_validate({**data, "run": run, "faults": {"net": fault}}))
    assert mean(late, "f.latency.mean") - mean(alone, "f.latency.mean") == pytest.approx(0.2, abs=0.003)
    assert mean(late, "s.utilisation") == pytest.approx(mean(alone, "s.utilisation"), abs=0.003)
    assert mean(late, "s.utilisation") == pytest.approx(0.1, abs=0.01)


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), min_size=1, max_size=12))
def test_pipe_is_a_single_server_queue(sent: list[tuple[int, int]]) -> None:
    """When a pipe is free again follows Lindley's recursion: each waits for those before it, and for its own bytes."""
    free, now, ends = 0, 0, list[int]()
    for gap, takes in sent:
        now += gap
        free = free_again(free, now, takes)
        ends.append(free)
    for index, (_, takes) in enumerate(sent):
        at = sum(gap for gap, _ in sent[: index + 1])
        before = max([at, *ends[:index]])
        assert ends[index] == before + takes


def test_pipe_that_is_full_for_longer_than_any_run() -> None:
    """What would take longer than any run takes `FOREVER`, and does not wrap."""
    assert free_again(FOREVER, 5, FOREVER) == FOREVER
    assert free_again(0, FOREVER - 1, 2) == FOREVER


@pytest.mark.parametrize("directions", [TO, FROM, BOTH])
@pytest.mark.parametrize("sender", range(4))
@pytest.mark.parametrize("receiver", range(4))
def test_who_is_cut_off(directions: int, sender: int, receiver: int) -> None:
    """What goes from the first side to the second is struck by `to`, the other way by `from`: by a table of pairs."""
    sides = {0: set(), 1: {FIRST}, 2: {SECOND}, 3: {FIRST, SECOND}}
    pairs = {(one, other) for one in sides[sender] for other in sides[receiver]}
    struck = {TO: {(FIRST, SECOND)}, FROM: {(SECOND, FIRST)}, BOTH: {(FIRST, SECOND), (SECOND, FIRST)}}[directions]
    assert crosses(directions, sender, receiver) == bool(pairs & struck)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (on("loss", "c -> b", share=1), "no service or flow 'c' that calls"),
        (on("loss", "a -> c", share=1), "unknown service 'c'"),
        (on("loss", "a -> b.no", share=1), "'b' has no operation 'no'"),
        ({"kind": "partition", "between": [{"zone": "x"}, {"service": "b"}]}, "unknown zone 'x'"),
        ({"kind": "partition", "between": [{"broker": "x"}, {"service": "b"}]}, "a broker stands in no place"),
        ({"kind": "partition", "between": [{"labels": {"tier": "x"}}, {"service": "b"}]}, "no replica stands there"),
    ],
)
def test_link_that_leads_nowhere_is_refused(fault: dict[str, Any], message: str) -> None:
    """A link whose ends are not there, and a place without replicas, are errors at their place."""
    problems = check(sim.Scenario.model_validate(chain({"x": fault})))
    assert any(message in one.message and one.field.startswith("faults.x") for one in problems), problems


@pytest.mark.parametrize("first", ["latency", "loss", "duplicate", "bandwidth", "partition"])
@pytest.mark.parametrize("second", ["latency", "loss", "duplicate", "bandwidth", "slowdown", "crash"])
def test_faults_of_links_compose(play: Any, first: str, second: str) -> None:
    """Two faults at once, the first of them over before: what comes later meets the second alone, as if it were alone."""
    made = {
        "latency": on("latency", add="3ms"),
        "loss": on("loss", share=0.5),
        "duplicate": on("duplicate", share=1),
        "bandwidth": on("bandwidth", rate="100kB/s"),
        "partition": {"kind": "partition", "between": [{"service": "a"}, {"service": "b"}]},
        "slowdown": {"kind": "slowdown", "target": "b", "factor": 3},
        "crash": {"kind": "crash", "target": "b", "detection": "0s"},
    }
    over = {**made[first], "at": "800ms", "for": "150ms"}
    both = chain({"x": over, "y": made[second]}, size="1kB", timeout="50ms")
    alone = chain({"y": made[second]}, size="1kB", timeout="50ms")
    assert told(play(both)) == told(play(alone))


def told(story: Story) -> list[Any]:
    """What the story says of the call: when it began at its callee, and how it ended for its caller."""
    return [story.times("arrived", "b.go"), story.outcomes("settled"), len(story.times("effect"))]
