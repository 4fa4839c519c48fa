"""Who leaves before the end: cancelled requests, and those whose deadline has passed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sim.record import fields as f
from sim.record.outcomes import CANCELLED, EXPIRED
from tests.engine.story import Story, once, scene

if TYPE_CHECKING:
    from sim.engine import EngineName

HOP = {"network": {"hop": "1ms"}}


@pytest.fixture(params=["simpy", "compiled"])
def engine(request: Any) -> EngineName:
    """Each engine."""
    found: EngineName = request.param
    return found


def told(cancel: bool, **call: Any) -> dict[str, Any]:  # noqa: FBT001
    """A calls B, which calls C, with timeouts of 10 and 40 ms; C takes 100 ms."""
    first = {"call": "b.go", "timeout": "10ms", "cancel": cancel, **call}
    second = {"call": "c.go", "timeout": "40ms", "cancel": cancel}
    services = {"a": [first], "b": [second], "c": [{"work": "100ms"}]}
    return scene(services, {"f": once("a.go", "1s")}, **HOP)


def test_a_cancellation_travels_a_hop_at_a_time(engine: EngineName) -> None:
    """The timeout at 1011 stops B one hop later, and B's cancellation stops C one more hop later, after 9 ms of its work."""
    story = Story.of(told(True), engine)
    assert story.outcomes("settled", "b.go") == [(1011.0, "timeout")]
    assert story.outcomes("ended", "b.go") == [(1012.0, "cancelled")]
    assert story.outcomes("settled", "c.go") == [(1012.0, "cancelled")]
    assert story.outcomes("ended", "c.go") == [(1013.0, "cancelled")]
    assert story.service("c", f.services.SERVICE_WASTED) == 10_000_000
    assert story.service("c", f.services.SERVICE_ORPHANED) == 1


def test_without_cancel_the_callee_works_on(engine: EngineName) -> None:
    """The same calls that do not say so: all of C's work is done, and nobody is told."""
    story = Story.of(told(False), engine)
    assert story.rows("called_back") == []
    assert story.outcomes("ended", "c.go") == [(1103.0, "ok")]
    assert story.service("c", f.services.SERVICE_WASTED) == 100_000_000


def test_a_cancelled_request_leaves_the_queue_and_the_next_one_has_the_worker(engine: EngineName) -> None:
    """Of three at once the second gives up while it waits: the third begins when the first is done, at 1050."""
    services = {"a": [{"call": "b.go", "timeout": "20ms", "cancel": True}], "b": [{"work": "50ms"}], "c": [{"call": "b.go"}]}
    services["a"] = {"workers": 3, "operations": {"go": services["a"]}}
    flows = {"slow": once("b.go", "1s"), "hasty": once("a.go", "1s"), "late": once("c.go", "1001ms")}
    story = Story.of(scene(services, flows), engine)
    assert story.outcomes("left_queue", "b.go") == [(1020.0, "cancelled")]
    assert story.times("ended", "b.go") == [1050.0, 1100.0]
    assert story.service("b", f.services.SERVICE_ENDED + CANCELLED) == 1


def test_a_cancellation_meets_a_callee_that_has_ended(engine: EngineName) -> None:
    """The answer leaves at 1009.5 and is late for the timeout at 1010: the cancellation finds nothing to stop."""
    services = {"a": [{"call": "b.go", "timeout": "10ms", "cancel": True}], "b": [{"work": "8500us"}]}
    story = Story.of(scene(services, {"f": once("a.go", "1s")}, **HOP), engine)
    assert story.outcomes("ended", "b.go") == [(1010.5, "ok")]
    assert len(story.rows("called_back")) == len(story.rows("late", "b.go")) == 1
    assert story.service("b", f.services.SERVICE_ENDED + CANCELLED) == 0


def test_a_cancellation_never_overtakes_its_request(engine: EngineName) -> None:
    """A request that takes 30 ms to come was given up after 5: it is not let in, whenever its cancellation comes."""
    services = {"a": [{"call": "b.go", "timeout": "5ms", "cancel": True, "hop": "30ms"}], "b": [{"work": "8ms"}]}
    story = Story.of(scene(services, {"f": once("a.go", "1s")}), engine)
    assert story.outcomes("refused", "b.go") == []
    assert story.outcomes("ended", "b.go") == [(1035.0, "cancelled")]
    hops = {"kind": "empirical", "values": ["30ms", "1ms"], "weights": [1, 1]}
    services["a"][0]["hop"] = hops
    flow = {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "20/s"}}
    story = Story.of(scene(services | {"a": {"workers": 9, "operations": {"go": services["a"]}}}, {"f": flow}), engine)
    refused = story.outcomes("refused", "b.go")
    assert refused
    assert {outcome for _, outcome in refused} == {"cancelled"}


@pytest.mark.parametrize(("connections", "ends"), [("reset", (1021.0, "cancelled")), ("silent", (1101.0, "ok"))])
def test_a_caller_that_goes_down_tells_its_callees_unless_silently(
    connections: str, ends: tuple[float, str], engine: EngineName
) -> None:
    """A crash at 1020 closes the connection, a hop later B stops; where the connection just hangs, B hears nothing."""
    services = {"a": [{"call": "b.go", "timeout": "1s", "cancel": True}], "b": [{"work": "100ms"}]}
    crash = {"kind": "crash", "target": "a", "at": "1020ms", "for": "500ms", "connections": connections}
    story = Story.of(scene(services, {"f": once("a.go", "1s", hop="0s")}, faults={"down": crash}, **HOP), engine)
    assert story.outcomes("ended", "b.go") == [ends]


def test_a_client_may_say_so_too(engine: EngineName) -> None:
    """A flow that gives up after 10 ms stops the handler, at once where there is no delay between them."""
    story = Story.of(scene({"a": [{"work": "80ms"}]}, {"f": once("a.go", "1s", timeout="10ms", cancel=True)}), engine)
    assert story.outcomes("ended", "a.go") == [(1010.0, "cancelled")]


# -- deadlines


def test_a_deadline_is_that_of_the_whole_call(engine: EngineName) -> None:
    """Attempts of 30 ms within 100 ms: the fourth is given up at its 10th ms, and there is no fifth."""
    retry = {"kind": "fixed", "attempts_max": 9, "delay": "0s"}
    call = {"call": "b.go", "timeout": "30ms", "deadline": "100ms", "retry": retry}
    services = {"a": [call], "b": {"workers": 9, "operations": {"go": [{"work": "1s"}]}}}
    story = Story.of(scene(services, {"f": once("a.go", "1s")}), engine)
    assert story.times("sent", "b.go") == [1000.0, 1030.0, 1060.0, 1090.0]
    assert story.outcomes("settled", "b.go")[-1] == (1100.0, "timeout")
    assert story.times("ended", "a.go") == [1100.0]


def test_no_retry_begins_that_could_not_end_before(engine: EngineName) -> None:
    """A retry that would begin at the deadline, 20 ms away, does not; one that would begin 1 ns before does."""
    for delay, sent in (("20ms", 1), ("19999999ns", 2)):
        retry = {"kind": "fixed", "attempts_max": 2, "delay": delay}
        services = {"a": [{"call": "b.go", "deadline": "20ms", "retry": retry}], "b": [{"fail": "100%"}]}
        story = Story.of(scene(services, {"f": once("a.go", "1s")}), engine)
        assert len(story.times("sent", "b.go")) == sent


def test_a_deadline_travels_along(engine: EngineName) -> None:
    """B has 40 ms of A's 50 left for its own call, whose own deadline is later: nobody waits for C after that, nor begins D."""
    services = {
        "a": [{"call": "b.go", "deadline": "50ms"}],
        "b": [{"work": "10ms"}, {"call": "c.go", "deadline": "1h", "optional": True}, {"call": "d.go"}],
        "c": [{"work": "1s"}],
        "d": [{"work": "1ms"}],
    }
    story = Story.of(scene(services, {"f": once("a.go", "1s")}), engine)
    assert story.outcomes("settled", "c.go") == [(1050.0, "timeout")]
    assert story.outcomes("settled", "d.go") == [(1050.0, "expired")]
    assert story.outcomes("settled", "b.go") == [(1050.0, "timeout")]


def test_work_past_its_deadline_is_not_begun(engine: EngineName) -> None:
    """Of two that come at once the second waits 50 ms for the worker and has 30: it is dropped when its turn comes."""
    services = {
        "a": {"workers": 2, "operations": {"go": [{"call": "b.go", "deadline": "30ms"}]}},
        "b": [{"work": "50ms"}],
    }
    story = Story.of(scene(services, {"f": once("a.go", "1s"), "g": once("a.go", "1s")}), engine)
    assert story.outcomes("left_queue", "b.go") == [(1050.0, "expired")]
    assert story.service("b", f.services.SERVICE_ENDED + EXPIRED) == 1
    assert story.outcomes("ended", "b.go") == [(1050.0, "ok")]


def test_a_request_that_comes_too_late_is_not_let_in(engine: EngineName) -> None:
    """A hop of 20 ms and a deadline of 20: it arrives as the deadline passes, and nothing that begins then can end before."""
    services = {"a": [{"call": "b.go", "deadline": "20ms", "hop": "20ms"}], "b": [{"work": "1ms"}]}
    story = Story.of(scene(services, {"f": once("a.go", "1s")}), engine)
    assert story.outcomes("refused", "b.go") == [(1020.0, "expired")]


@pytest.mark.parametrize(("declared", "outcome"), [(True, (1040.0, "timeout")), (False, (1100.0, "ok"))])
def test_the_deadline_of_a_flow_travels_where_it_says_so(
    declared: bool, outcome: tuple[float, str], engine: EngineName  # noqa: FBT001
) -> None:
    """A flow's deadline is only measured, as ever; with `propagate_deadline` the client stops waiting at it, and so on."""
    flow = once("a.go", "1s", deadline="40ms", propagate_deadline=declared)
    story = Story.of(scene({"a": [{"call": "b.go"}], "b": [{"work": "100ms"}]}, {"f": flow}), engine)
    assert story.outcomes("settled", "a.go") == [outcome]
    assert story.outcomes("settled", "b.go") == [outcome]
