"""Faults: what they strike, from when to when, and what is left when they end."""

from __future__ import annotations

from typing import Any

import pytest

from sim.record import fields as f
from sim.record.outcomes import CRASHED, UNAVAILABLE
from tests.engine.story import once, scene

MS = 1_000_000
NS = 1.5e-6  # one, in ms


def slowed(*faults: tuple[float, str, str], at: str = "1000ms", work: str = "10ms", **more: Any) -> dict[str, Any]:
    """One request of 10 ms work, under slowdowns (factor, at, for)."""
    struck = {
        f"x{n}": {"kind": "slowdown", "target": "a", "factor": factor, "at": begin, "for": lasts}
        for n, (factor, begin, lasts) in enumerate(faults)
    }
    return scene({"a": [{"work": work}, *more.pop("steps", [])]}, {"f": once("a.go", at)}, faults=struck, **more)


@pytest.mark.parametrize(
    ("at", "took"),
    [
        ("995ms", 10),
        ("1000ms", 5 + 10 + 5 / 3),
        ("1004.999999ms", 10 + 20 / 3),
        ("1005ms", 10 + 20 / 3),
        ("1014ms", 1 + 29 / 3),
        ("1015ms", 10),
    ],
)
def test_work_goes_at_the_pace_of_the_moment(play: Any, at: str, took: float) -> None:
    """Work is slow while the fault lasts, whenever it began: what is left at its end goes on as declared."""
    story = play(slowed((3.0, "1005ms", "10ms"), at=at))
    assert story.times("replied") == [pytest.approx(float(at.removesuffix("ms")) + took, abs=NS)]


def test_work_after_work_takes_the_pace_anew(play: Any) -> None:
    """Only the work that the fault meets is slow, and the next piece begins when that ends."""
    story = play(slowed((3.0, "1005ms", "10ms"), steps=[{"work": "10ms"}, {"work": "10ms"}]))
    assert story.times("worked") == [1016.666666, 1026.666666, 1036.666666]


@pytest.mark.parametrize(
    ("at", "took"), [("1000ms", 30), ("1010ms", 25), ("1020ms", 10 + 20 / 3), ("1030ms", 10), ("1029.9ms", 10 + 0.2 / 3)]
)
def test_overlapping_slowdowns_multiply(play: Any, at: str, took: float) -> None:
    """Two at once multiply, and the end of one leaves the other."""
    story = play(slowed((2.0, "1000ms", "20ms"), (3.0, "1010ms", "20ms"), at=at))
    assert story.times("replied") == [pytest.approx(float(at.removesuffix("ms")) + took, abs=NS)]


def test_one_slowdown_takes_over_from_another(play: Any) -> None:
    """Where a fault begins as another of the same factor ends, work does not notice; of another factor, it does."""
    assert play(slowed((2.0, "1000ms", "10ms"), (2.0, "1010ms", "10ms"))).times("replied") == [1020]
    assert play(slowed((2.0, "1000ms", "10ms"), (4.0, "1010ms", "30ms"))).times("replied") == [1030]


@pytest.mark.parametrize(("at", "done"), [("1999ms", 8000.994), ("2000ms", 8001.994), ("7999ms", 8001.999999)])
def test_frozen_work_thaws(play: Any, at: str, done: float) -> None:
    """2 ms of work that a freeze meets, however long before its end, are done within 2 ms of the thaw."""
    story = play(slowed((1e6, "2s", "6s"), at=at, work="2ms", run={"horizon": "9s"}))
    assert story.times("worked")[0] == pytest.approx(done, abs=NS)


def test_work_that_is_done_at_once(play: Any) -> None:
    """Work of which a speedup leaves less than 1 ns ends in that instant, before the timeouts that fall into it."""
    data = slowed((1e-9, "1005ms", "1ms"))
    data["services"]["a"]["workers"] = 2
    data["workload"] = {"f": once("a.go", "996ms", timeout="9ms"), "g": once("a.go", "995.0005ms")}
    story = play(data)
    assert story.times("worked") == [1005, 1005]
    assert story.outcomes("replied") == [(1005, "ok"), (1005, "ok")]


def test_a_crash_of_slow_work(play: Any) -> None:
    """Work that goes down with its replica does not go on when the pace changes; what comes after the restart does."""
    data = slowed((3.0, "1002ms", "10ms"), at="1000ms")
    data["faults"]["down"] = {"kind": "crash", "target": "a", "at": "1006ms", "for": "1ms"}
    data["workload"]["g"] = once("a.go", "1008ms")
    story = play(data)
    assert story.outcomes("replied") == [(1006, "crashed"), (1020.666666, "ok")]
    assert story.times("worked") == [1020.666666]


def test_a_slowdown_may_be_a_speedup(play: Any) -> None:
    """A factor below one makes work faster."""
    assert play(slowed((0.5, "0s", "2s"))).times("replied") == [1005]


def test_a_slowdown_does_not_slow_calls(play: Any) -> None:
    """What a handler waits for is not its own work."""
    data = scene({"a": [{"work": "1ms"}, {"call": "b.go"}], "b": [{"work": "5ms"}]}, {"f": once("a.go", "1000ms")})
    data["faults"] = {"x": {"kind": "slowdown", "target": "a", "factor": 7.0, "at": "0s", "for": "2s"}}
    assert play(data).times("replied") == [1012]


def crashed(
    count: int = 3, lasts: str = "20ms", replicas: int = 1, timeout: str | None = None, struck: int = 1, **more: Any
) -> dict[str, Any]:
    """Requests at 1000, 1001, ... ms of 10 ms work, to a service that crashes at 1005 ms; hops of 1 ms."""
    service = {"replicas": replicas, "operations": {"go": [{"work": "10ms"}]}}
    client = {} if timeout is None else {"timeout": timeout}
    flows = {f"f{n}": once("a.go", f"{1000 + n}ms", **client) for n in range(count)}
    fault = {"kind": "crash", "target": "a", "replicas": struck, "at": "1005ms", "for": lasts, **more}
    return scene({"a": service}, flows, network={"hop": "1ms"}, faults={"x": fault})


def test_a_crash_resets_connections(play: Any) -> None:
    """Who is in service and who waits hears of it one hop later; what it had worked is held time, not waste."""
    story = play(crashed())
    assert story.outcomes("replied") == [(1006, "crashed")] * 3
    assert story.service("a", f.services.SERVICE_ENDED + CRASHED) == 3
    assert story.times("killed") == [1005, 1005]
    assert story.service("a", f.services.SERVICE_HELD) == 4 * MS
    assert story.service("a", f.services.SERVICE_WAITED) == (3 + 2) * MS


def test_a_silent_crash_tells_nobody(play: Any) -> None:
    """Who is in service or waits hears nothing, and gives up at the timeout."""
    story = play(crashed(connections="silent", timeout="100ms"))
    assert story.outcomes("replied") == [(1100, "timeout"), (1101, "timeout"), (1102, "timeout")]


def test_a_silent_crash_without_timeout_waits_for_ever(play: Any) -> None:
    """Without a timeout the callers hang to the end: in flight, in nobody's count of errors."""
    story = play(crashed(connections="silent"))
    assert story.times("replied") == []
    assert story.record.flow_levels[:, f.flows.LEVEL_REQUESTS].tolist() == [1, 1, 1]


def test_a_dead_replica_refuses(play: Any) -> None:
    """Before the balancer notices, requests still go to the dead replica and come back as errors two hops later."""
    story = play(crashed(10, detection="1s"))
    assert story.times("refused") == [1005 + n for n in range(6)]  # sent at 1004 to 1009 ms
    assert story.outcomes("replied")[-1] == (1011, "crashed")


def test_a_dead_replica_that_is_silent_refuses_nobody(play: Any) -> None:
    """With silent connections a request to a dead replica hears nothing either, until its timeout."""
    story = play(crashed(10, detection="1s", connections="silent", timeout="100ms"))
    assert {outcome for _, outcome in story.outcomes("replied")} == {"timeout"}


def test_detection(play: Any) -> None:
    """From crash + detection on callers choose the others; from the restart on, this one again."""
    data = crashed(1, lasts="200ms", replicas=2, detection="50ms")
    flow = {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "50/s"}, "hop": "0s"}
    data["workload"] = {"f": flow}
    data["run"]["horizon"] = "1.5s"
    story = play(data)
    assert story.times("ejected") == [1055]
    assert story.times("restarted") == [1205]
    refused = story.times("refused")
    assert refused
    assert all(1005 <= time < 1055 for time in refused)
    busy = [time for time in story.times("arrived") if 1055 <= time < 1205]
    assert len(busy) == 8  # every request of that time, to the survivor


def test_everybody_down_is_unavailable(play: Any) -> None:
    """When the balancer knows of no replica in service, an attempt fails at once."""
    story = play(crashed(9, replicas=2, struck=2, detection="0s"))
    assert story.edge("f7 -> a.go", f.edges.EDGE_SETTLED + UNAVAILABLE) == 1
    assert story.outcomes("settled")[-1] == (1008, "unavailable")


def test_a_restarted_replica_is_empty(play: Any) -> None:
    """After the restart the queue is empty and all workers are free."""
    data = crashed(3)
    data["workload"]["late"] = once("a.go", "1025ms", hop="0s")
    story = play(data)
    assert story.outcomes("replied")[-1] == (1035, "ok")


def test_overlapping_crashes_are_one(play: Any) -> None:
    """The end of one crash does not bring back a replica that another one holds down."""
    data = crashed(1, lasts="50ms")
    data["faults"]["y"] = {"kind": "crash", "target": "a", "at": "1030ms", "for": "70ms"}
    data["faults"]["z"] = {"kind": "crash", "target": "a", "at": "1010ms", "for": "1ms"}
    story = play(data)
    assert story.times("crashed") == [1005]
    assert story.times("restarted") == [1100]


def test_a_crash_at_zero(play: Any) -> None:
    """A replica may be down from the start."""
    data = crashed(1)
    data["faults"]["x"].update(at="0s", **{"for": "1500ms"}, detection="0s")
    assert play(data).outcomes("replied") == [(1000, "unavailable")]


def test_only_so_many_replicas_are_struck(play: Any) -> None:
    """A fault of one of two replicas leaves the other alone."""
    story = play(crashed(2, replicas=2))
    assert sorted(story.outcomes("replied")) == [(1006, "crashed"), (1013, "ok")]
