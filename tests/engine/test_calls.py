"""Calls: timeouts leave orphans, retries wait exactly so long, parallel calls wait for the slowest."""

from __future__ import annotations

from typing import Any

import pytest

from sim.record import fields as f
from sim.record.outcomes import CRASHED, DEPENDENCY, ERROR, OK, TIMEOUT
from tests.engine.story import once, scene

MS = 1_000_000


def caller(step: dict[str, Any], *more: dict[str, Any], callee: list[Any] | None = None, **kind: Any) -> dict[str, Any]:
    """``a`` calls ``b`` at 1000 ms over hops of 1 ms; ``c`` is there to be called too."""
    services = {"a": [step, *more], "b": callee or [{"work": "2ms"}, {"fail": 1.0}], "c": [{"work": "5ms"}]}
    return scene(services, {"f": once("a.go", "1000ms", hop="0s")}, network={"hop": "1ms"}, **kind)


def test_a_timeout_leaves_an_orphan(play: Any) -> None:
    """The caller goes on at the timeout; the work goes on too, is wasted, and no answer travels."""
    story = play(caller({"call": "b.go", "timeout": "20ms"}, callee=[{"work": "50ms"}]))
    assert story.outcomes("settled", "b.go") == [(1020, "timeout")]
    assert story.outcomes("ended", "b.go") == [(1051, "ok")]
    assert story.outcomes("replied") == [(1020, "dependency")]
    assert story.service("b", f.services.SERVICE_ORPHANED) == 1
    assert story.service("b", f.services.SERVICE_WASTED) == 50 * MS
    assert story.edge("a.go -> b.go", f.edges.EDGE_SETTLED + TIMEOUT) == 1
    assert story.edge("a.go -> b.go", f.edges.EDGE_LATE) == 0


def test_an_answer_on_its_way_is_late(play: Any) -> None:
    """An answer that left in time and arrives after the timeout is late; its work was no orphan."""
    story = play(caller({"call": "b.go", "timeout": "20.5ms"}, callee=[{"work": "19ms"}]))
    assert story.outcomes("settled", "b.go") == [(1020.5, "timeout")]
    assert story.times("late") == [1021]
    assert story.edge("a.go -> b.go", f.edges.EDGE_LATE) == 1
    assert story.service("b", f.services.SERVICE_ORPHANED) == 0


def test_an_answer_beats_the_timeout_of_its_instant(play: Any) -> None:
    """An answer that arrives when the timeout runs out is in time."""
    story = play(caller({"call": "b.go", "timeout": "21ms"}, callee=[{"work": "19ms"}]))
    assert story.outcomes("settled", "b.go") == [(1021, "ok")]


def test_an_orphan_waits_in_the_queue_and_is_worked_on(play: Any) -> None:
    """A request whose caller gave up is served all the same, and keeps its callees busy."""
    services = {"a": {"workers": 2, "operations": {"go": [{"call": "b.go", "timeout": "5ms"}]}}, "b": [{"work": "10ms"}]}
    story = play(scene(services, {"f": once("a.go", "1000ms"), "g": once("a.go", "1001ms")}))
    assert story.outcomes("settled", "b.go") == [(1005, "timeout"), (1006, "timeout")]
    assert story.times("ended", "b.go") == [1010, 1020]
    assert story.service("b", f.services.SERVICE_WASTED) == 20 * MS


@pytest.mark.parametrize(
    ("retry", "gaps"),
    [
        ({"kind": "fixed", "attempts_max": 4, "delay": "7ms"}, [7, 7, 7]),
        ({"kind": "fixed", "attempts_max": 3, "delay": "0s"}, [0, 0]),
        ({"kind": "exponential", "attempts_max": 5, "base": "2ms", "cap": "10ms", "factor": 3.0}, [2, 6, 10, 10]),
        ({"kind": "exponential", "attempts_max": 4, "base": "3ms", "cap": "1s", "factor": 1.0}, [3, 3, 3]),
        ({"kind": "fixed", "attempts_max": 1, "delay": "7ms"}, []),
        ({"kind": "full_jitter", "attempts_max": 3, "base": "0s", "cap": "0s"}, [0, 0]),
    ],
)
def test_delays_of_retries(play: Any, retry: dict[str, Any], gaps: list[int]) -> None:
    """An attempt takes 4 ms; the next one leaves exactly the policy's delay later, and the last outcome counts."""
    story = play(caller({"call": "b.go", "retry": retry}))
    sent = [1000.0]
    for gap in gaps:
        sent.append(sent[-1] + 4 + gap)
    assert story.times("sent", "b.go") == sent
    assert [number for _, number in story.rows("sent", "b.go")] == list(range(1, len(sent) + 1))
    assert story.outcomes("replied") == [(sent[-1] + 4, "dependency")]
    assert story.edge("a.go -> b.go", f.edges.EDGE_CALLS) == 1
    assert story.edge("a.go -> b.go", f.edges.EDGE_ATTEMPTS) == len(sent)
    assert story.edge("a.go -> b.go", f.edges.EDGE_SETTLED + ERROR) == len(sent)


def test_full_jitter_within_its_bounds(play: Any) -> None:
    """Delays are spread over 0 to min(cap, base * 2 ** (retry - 1)), and all differ."""
    retry = {"kind": "full_jitter", "attempts_max": 100, "base": "4ms", "cap": "8ms"}
    story = play(caller({"call": "b.go", "retry": retry}))
    delays = [delay for _, delay in story.rows("retrying")]
    assert len(delays) == 99
    assert delays[0] <= 4 * MS
    assert max(delays) <= 8 * MS
    assert min(delays) < 1 * MS
    assert max(delays) > 7 * MS
    assert len(set(delays)) == 99
    assert sum(delays) / 99 == pytest.approx(4 * MS, rel=0.25)


def test_a_timeout_is_retried(play: Any) -> None:
    """Each attempt has its own timeout; all callees work to the end."""
    retry = {"kind": "fixed", "attempts_max": 3, "delay": "1ms"}
    callee = {"workers": 5, "operations": {"go": [{"work": "50ms"}]}}
    data = caller({"call": "b.go", "timeout": "10ms", "retry": retry})
    data["services"]["b"] = callee
    story = play(data)
    assert story.times("sent", "b.go") == [1000, 1011, 1022]
    assert story.outcomes("settled", "b.go") == [(1010, "timeout"), (1021, "timeout"), (1032, "timeout")]
    assert story.times("ended", "b.go") == [1051, 1062, 1073]
    assert story.service("b", f.services.SERVICE_WASTED) == 150 * MS


def test_success_ends_the_retries(play: Any) -> None:
    """A call that succeeds at its first attempt is sent once."""
    retry = {"kind": "fixed", "attempts_max": 9, "delay": "0s"}
    story = play(caller({"call": "c.go", "retry": retry}))
    assert story.times("sent", "c.go") == [1000]
    assert story.outcomes("replied") == [(1007, "ok")]


def test_parallel_waits_for_the_slowest(play: Any) -> None:
    """Calls leave in one instant; the handler goes on when the last one has settled, failed or not."""
    step = {"parallel": [{"call": "b.go"}, {"call": "c.go"}, {"call": "b.go"}]}
    story = play(caller(step, {"work": "1ms"}, callee=[{"work": "2ms"}]))
    assert story.times("sent") == [1000, 1000, 1000, 1000]  # the client's own, too
    assert story.times("settled", "b.go") == [1004, 1006]  # one worker: the second waits
    assert story.times("settled", "c.go") == [1007]
    assert story.outcomes("replied") == [(1008, "ok")]


def test_a_failed_parallel_call_waits_for_the_others(play: Any) -> None:
    """The failure at 4 ms ends the handler at 7 ms, when the slowest call is back."""
    story = play(caller({"parallel": [{"call": "b.go"}, {"call": "c.go"}]}, {"work": "1ms"}))
    assert story.outcomes("replied") == [(1007, "dependency")]
    assert story.service("a", f.services.SERVICE_ENDED + DEPENDENCY) == 1


@pytest.mark.parametrize("parallel", [False, True])
def test_optional_calls_may_fail(play: Any, parallel: bool) -> None:  # noqa: FBT001
    """A handler goes on after an optional call that failed."""
    call = {"call": "b.go", "optional": True}
    story = play(caller({"parallel": [call]} if parallel else call, {"work": "1ms"}))
    assert story.outcomes("settled", "b.go") == [(1004, "error")]
    assert story.outcomes("replied") == [(1005, "ok")]


def test_choose_by_weight(play: Any) -> None:
    """Ways are taken by their weights, within five standard deviations, and one of them only."""
    choose = {"choose": [{"weight": 1, "steps": [{"call": "b.go"}]}, {"weight": 3, "steps": [{"call": "c.go"}]}]}
    services = {"a": {"workers": 99, "operations": {"go": [choose]}}, "b": [], "c": []}
    flow = {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "1000/s"}}
    story = play(scene(services, {"f": flow}))
    count = len(story.times("sent", "b.go"))
    assert count + len(story.times("sent", "c.go")) == 1999
    assert count == pytest.approx(1999 / 4, abs=5 * (1999 * 3 / 16) ** 0.5)


def test_fail_by_probability(play: Any) -> None:
    """A share of handlers ends with an error, within five standard deviations; the steps behind are not done."""
    services = {"a": {"workers": 99, "operations": {"go": [{"fail": 0.2}, {"work": "0.5ms"}]}}}
    flow = {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "1000/s"}}
    story = play(scene(services, {"f": flow}))
    errors = story.flow("f", f.flows.FLOW_SETTLED + ERROR)
    assert errors == pytest.approx(1999 * 0.2, abs=5 * (1999 * 0.16) ** 0.5)
    assert errors + len(story.times("worked")) == 1999


def test_deadline_and_goodput(play: Any) -> None:
    """A flow that completes after its deadline is completed, and not good."""
    flows = {"f": once("c.go", "1000ms", deadline="7ms"), "g": once("c.go", "1100ms", deadline="6.9ms")}
    services = {"c": [{"work": "5ms"}]}
    story = play(scene(services, flows, network={"hop": "1ms"}))
    assert (story.flow("f", f.flows.FLOW_COMPLETED), story.flow("f", f.flows.FLOW_GOOD)) == (1, 1)
    assert (story.flow("g", f.flows.FLOW_COMPLETED), story.flow("g", f.flows.FLOW_GOOD)) == (1, 0)
    assert story.flow("f", f.flows.FLOW_COMPLETION_TIME) == story.flow("f", f.flows.FLOW_REPLY_TIME) == 7 * MS


def test_a_client_retries(play: Any) -> None:
    """A client's latency is from its arrival to its last outcome."""
    retry = {"kind": "fixed", "attempts_max": 2, "delay": "3ms"}
    services = {"b": [{"work": "2ms"}, {"fail": 1.0}]}
    story = play(scene(services, {"f": once("b.go", "1000ms", retry=retry)}))
    assert story.outcomes("replied") == [(1007, "error")]
    assert story.edge("f -> b.go", f.edges.EDGE_ATTEMPTS) == 2
    assert story.flow("f", f.flows.FLOW_SETTLED + OK) == 0


def test_callees_of_a_crashed_caller_are_orphans(play: Any) -> None:
    """When a caller goes down, nobody waits for the call it had sent: it settles as crashed, its callee works on."""
    crash = {"kind": "crash", "target": "a", "at": "1010ms", "for": "100ms"}
    story = play(caller({"call": "b.go", "timeout": "1s"}, callee=[{"work": "50ms"}], faults={"x": crash}))
    assert story.outcomes("settled", "b.go") == [(1010, "crashed")]
    assert story.outcomes("ended", "b.go") == [(1051, "ok")]
    assert story.service("b", f.services.SERVICE_ORPHANED) == 1
    assert story.edge("a.go -> b.go", f.edges.EDGE_SETTLED + CRASHED) == 1
