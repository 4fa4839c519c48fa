"""Who waits at a replica: priorities, preemption, times to live, CoDel, eviction; in stories, and against an oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.record import fields as f
from sim.record.outcomes import DROPPED
from sim.scenario.scenario import Scenario
from sim.scenario.waiting import Waiting
from sim.semantics import waiting as rules
from tests.engine.story import Story, once, scene

if TYPE_CHECKING:
    from sim.engine import EngineName

MS = 1_000_000


@pytest.fixture(params=["simpy", "compiled"])
def engine(request: Any) -> EngineName:
    """Each engine."""
    found: EngineName = request.param
    return found


def desk(work: str = "50ms", **queue: Any) -> dict[str, Any]:
    """A service with one worker, and a way in for each of three flows."""
    return {"workers": 1, "queue": queue, "operations": {name: [{"work": work}] for name in ("low", "mid", "top")}}


def told(at: dict[str, str], engine: EngineName, **queue: Any) -> Story:
    """One request a flow, the flow ``low`` with priority 0, ``mid`` with 5 and ``top`` with 9; at these times."""
    ranks = {"low": 0, "mid": 5, "top": 9}
    flows = {name: once(f"desk.{name.rstrip('12')}", when, priority=ranks[name.rstrip("12")]) for name, when in at.items()}
    return Story.of(scene({"desk": desk(**queue)}, flows), engine)


def test_the_highest_priority_is_next_and_of_those_the_first(engine: EngineName) -> None:
    """While one of low priority is at work, all come: the most urgent first, then by arrival."""
    at = {"low": "1s", "low2": "1001ms", "mid": "1002ms", "mid2": "1003ms", "top": "1004ms"}
    story = told(at, engine, discipline="priority")
    assert story.times("started", "desk.top") == [1050.0]
    assert story.times("started", "desk.mid") == [1100.0, 1150.0]
    assert story.rows("started", "desk.mid")[0][1] == 98 * MS
    assert story.times("started", "desk.low") == [1200.0]


def test_a_request_of_higher_priority_takes_the_worker(engine: EngineName) -> None:
    """Low at 1000, mid at 1010, top at 1020 preempt each other; each goes on where it was: 150 ms of work, none is lost."""
    story = told({"low": "1s", "mid": "1010ms", "top": "1020ms"}, engine, discipline="priority", preempt=True)
    assert story.times("preempted") == [1010.0, 1020.0]
    assert story.times("ended", "desk.top") == [1070.0]
    assert story.times("ended", "desk.mid") == [1110.0]
    assert story.times("ended", "desk.low") == [1150.0]
    assert story.rows("resumed") == [(1070.0, 50 * MS), (1110.0, 100 * MS)]
    assert story.service("desk", f.services.SERVICE_HELD) == 150 * MS


def test_equal_priority_preempts_nobody(engine: EngineName) -> None:
    """Two of the same flow's priority: the second waits."""
    story = told({"mid": "1s", "mid2": "1010ms"}, engine, discipline="priority", preempt=True)
    assert story.times("preempted") == []
    assert story.times("ended", "desk.mid") == [1050.0, 1100.0]


def test_a_handler_that_waits_keeps_its_worker_and_gives_way_before_it_works_again(engine: EngineName) -> None:
    """Low waits for a call when top comes: it goes on to its own work only when top is done, whose 20 ms come first."""
    steps = {"low": [{"work": "10ms"}, {"call": "back.go"}, {"work": "30ms"}], "top": [{"work": "20ms"}]}
    services = {
        "desk": {"workers": 1, "queue": {"discipline": "priority", "preempt": True}, "operations": steps},
        "back": [{"work": "40ms"}],
    }
    flows = {"low": once("desk.low", "1s"), "top": once("desk.top", "1020ms", priority=1)}
    story = Story.of(scene(services, flows), engine)
    assert story.times("preempted") == story.times("started", "desk.top") == [1050.0]
    assert story.times("ended", "desk.top") == [1070.0]
    assert story.times("ended", "desk.low") == [1100.0]


def test_a_crash_and_a_cancellation_find_a_preempted_request(engine: EngineName) -> None:
    """Low is preempted at 1010 and cancelled at 1030; mid is preempted at 1040 and goes down at 1045: the books balance."""
    flows = {
        "low": once("desk.low", "1s", timeout="30ms", cancel=True),
        "mid": once("desk.mid", "1010ms", priority=1),
        "top": once("desk.top", "1040ms", priority=2),
    }
    crash = {"kind": "crash", "target": "desk", "at": "1045ms", "for": "500ms"}
    services = {"desk": desk(discipline="priority", preempt=True)}
    story = Story.of(scene(services, flows, faults={"down": crash}), engine)
    story.record.check()
    assert story.outcomes("ended", "desk.low") == [(1030.0, "cancelled")]
    assert story.outcomes("ended", "desk.mid") == story.outcomes("ended", "desk.top") == [(1045.0, "crashed")]
    assert story.service("desk", f.services.SERVICE_WASTED) == 10 * MS
    assert story.service("desk", f.services.SERVICE_HELD) == 45 * MS


@pytest.mark.parametrize(
    ("queue", "leaves"), [({"ttl": "30ms"}, (1050.0, "dropped")), ({"wait_max": "30ms"}, (1040.0, "dropped"))]
)
def test_who_has_waited_too_long_leaves_at_its_turn_or_at_its_time(
    queue: dict[str, Any], leaves: tuple[float, str], engine: EngineName
) -> None:
    """One comes at 1010 and may wait for 30 ms: with a time to live it is dropped at its turn, else it goes at 1040."""
    story = told({"low": "1s", "low2": "1010ms"}, engine, **queue)
    assert story.outcomes("left_queue") == [leaves]
    assert leaves in story.outcomes("settled")
    assert story.service("desk", f.services.SERVICE_ENDED + DROPPED) == 1


def test_a_wait_as_long_as_the_time_to_live_is_no_longer(engine: EngineName) -> None:
    """A wait of exactly 50 ms, and a time to live of 50: it is begun."""
    story = told({"low": "1s", "low2": "1s"}, engine, ttl="50ms")
    assert story.times("left_queue") == []
    assert len(story.times("ended")) == 2


@pytest.mark.parametrize(
    ("queue", "evicted", "rejected"),
    [
        ({"max": 1, "discipline": "priority", "evict": "lowest"}, ["desk.low", "desk.mid"], []),
        ({"max": 1, "discipline": "fifo", "evict": "oldest"}, ["desk.low", "desk.mid"], []),
        ({"max": 1, "discipline": "priority"}, [], ["desk.mid", "desk.top"]),
        ({"max": 0, "discipline": "fifo", "evict": "oldest"}, [], ["desk.low", "desk.mid", "desk.top"]),
    ],
)
def test_who_goes_when_there_is_no_room(
    queue: dict[str, Any], evicted: list[str], rejected: list[str], engine: EngineName
) -> None:
    """One is at work and one may wait: a more urgent one, or any, puts the one that waits out; else it is rejected itself."""
    story = told({"low": "1s", "low2": "1001ms", "mid": "1002ms", "top": "1003ms"}, engine, **queue)
    places = ("desk.low", "desk.mid", "desk.top")
    assert [one for one in places if story.times("left_queue", one)] == evicted
    assert {outcome for _, outcome in story.outcomes("left_queue")} <= {"evicted"}
    assert [one for one in places if story.times("rejected", one)] == rejected


def test_a_less_urgent_one_puts_nobody_out(engine: EngineName) -> None:
    """The queue is full of the urgent: one that is less so, or as urgent, is rejected."""
    queue = {"max": 1, "discipline": "priority", "evict": "lowest"}
    story = told({"top": "1s", "top2": "1001ms", "low": "1002ms"}, engine, **queue)
    assert story.times("left_queue") == []
    assert story.times("rejected", "desk.low") == [1002.0]


def overloaded(engine: EngineName, **queue: Any) -> Story:
    """One comes each ms for a second, and work takes 2 ms: twice what can be done."""
    services = {"desk": {"workers": 1, "queue": queue, "operations": {"go": [{"work": "2ms"}]}}}
    flow = {"operation": "desk.go", "arrivals": {"kind": "constant", "rate": "1000/s"}}
    return Story.of(scene(services, {"f": flow}, run={"horizon": "1s", "window": "500ms"}), engine)


def test_under_overload_the_newest_are_first_and_may_wait_for_less(engine: EngineName) -> None:
    """Fail at Scale: after 100 ms without an empty queue those who are begun have waited for 5 ms at most, not for 200."""
    queue = {"discipline": "adaptive_lifo", "codel": {"target": "5ms", "interval": "100ms"}}
    adaptive, plain = overloaded(engine, **queue), overloaded(engine, discipline="fifo")
    waits = [[value / MS for time, value in story.rows("started") if time > 500] for story in (adaptive, plain)]
    assert max(waits[0]) <= 5
    assert min(waits[1]) > 200
    assert all(value <= 100 * MS for time, value in adaptive.rows("started") if time < 100)


def test_codel_alone_drops_who_has_waited_longer_than_the_target(engine: EngineName) -> None:
    """First in, first out with CoDel: once crowded, nobody is begun who came then and has waited for more than 5 ms."""
    story = overloaded(engine, codel={"target": "5ms", "interval": "100ms"})
    crowded_since = 110  # ms; the queue is not empty from the third arrival on
    late = [value for time, value in story.rows("started") if time - value / MS > crowded_since]
    assert late
    assert max(late) <= 5 * MS
    assert story.service("desk", f.services.SERVICE_ENDED + DROPPED) > 100


# -- rules


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from("jl")), max_size=40),
    st.integers(1, 60),
    st.integers(0, 60),
    st.integers(0, 60),
)
def test_a_queue_is_crowded_as_its_whole_history_says(
    history: list[tuple[int, str]], interval: int, target: int, ttl: int
) -> None:
    """Whoever joins and leaves when: crowded is a queue that held somebody at each instant of more than the interval before."""
    now = waiting = empty_at = 0
    lengths = [(0, 0)]  # from when on so many waited
    for gap, what in history:
        now += gap
        crowded = rules.crowded(waiting, empty_at, interval, now)
        empty = [time for time, length in lengths if length == 0]
        ends = [lengths[index + 1][0] if index + 1 < len(lengths) else now for index, one in enumerate(lengths) if one[1] == 0]
        last_empty = max(ends) if lengths[-1][1] > 0 else now
        assert empty
        assert crowded == (now - last_empty > interval)
        most = rules.waits_at_most(ttl, target, interval, crowded)
        limits = [limit for limit in (ttl, (target if crowded else interval) if target else 0) if limit]
        assert most == min(limits, default=rules.FOREVER)
        if what == "j":
            empty_at = now if waiting == 0 else empty_at
            waiting += 1
        elif waiting:
            waiting -= 1
        lengths.append((now, waiting))


@pytest.mark.parametrize(
    ("own", "inherited", "now", "due"),
    [(-1, 0, 5, 0), (-1, 9, 5, 9), (10, 0, 5, 15), (10, 12, 5, 12), (2, 12, 5, 7), (2**62, 0, 5, 5 + 2**61)],
)
def test_the_sooner_deadline_counts(own: int, inherited: int, now: int, due: int) -> None:
    """A call has the sooner one of its own deadline and its caller's; none is none."""
    assert rules.due_of(own, inherited, now) == due


@pytest.mark.parametrize(
    ("due", "waited", "most", "now", "answer"),
    [
        (0, 9, 9, 5, rules.IN_TIME),
        (0, 10, 9, 5, rules.WAITED_TOO_LONG),
        (6, 0, 9, 5, rules.IN_TIME),
        (5, 0, 9, 5, rules.PAST_ITS_DEADLINE),
        (5, 10, 9, 5, rules.PAST_ITS_DEADLINE),
    ],
)
def test_what_is_too_late(due: int, waited: int, most: int, now: int, answer: int) -> None:
    """A limit may be reached, a deadline may not: what begins at it cannot end before."""
    assert rules.too_late(due, waited, most, now) == answer


@pytest.mark.parametrize(
    ("queue", "said"),
    [
        ({"preempt": True}, "preempt needs priorities"),
        ({"max": 3, "evict": "lowest"}, "evict: lowest needs priorities"),
        ({"evict": "oldest"}, "evict needs max"),
        ({"codel": {"target": "1s"}}, "target 1s is longer than interval 100ms"),
    ],
)
def test_a_room_that_cannot_be_is_refused(queue: dict[str, Any], said: str) -> None:
    """Settings that nothing would honour are refused, with what to write."""
    with pytest.raises(ValidationError, match=said):
        Waiting.model_validate(queue)


@pytest.mark.parametrize("key", ["queue_max", "discipline"])
def test_the_queue_is_declared_once(key: str) -> None:
    """What `queue` says is not said again beside it."""
    value = {"queue_max": 3, "discipline": "lifo"}[key]
    data = scene({"desk": desk() | {key: value}}, {"f": once("desk.low", "1s")})
    with pytest.raises(ValidationError, match=f"'{key}' says the same"):
        Scenario.model_validate(data)


def test_the_short_and_the_long_way_are_the_same(engine: EngineName) -> None:
    """A bound and a plain order, declared in `queue` or beside: the same run."""
    flow = {"operation": "desk.go", "arrivals": {"kind": "poisson", "rate": "30/s"}}
    ways = ({"queue_max": 2, "discipline": "lifo"}, {"queue": {"max": 2, "discipline": "lifo"}})
    services = [{"desk": {**way, "operations": {"go": [{"work": "50ms"}]}}} for way in ways]
    prints = [Story.of(scene(one, {"f": flow}), engine).record.fingerprint() for one in services]
    assert prints[0] == prints[1]


def test_participants_of_two_phase_commits_have_a_patience_of_their_own(play: Any) -> None:
    """What a coordinator asks of a service waits there as others do, for times drawn from a stream of its own."""
    work = [{"work": "60ms"}]
    services = {
        "a": {"workers": 9, "operations": {"go": [{"saga": "order", "by": "two_phase", "steps": [{"do": {"call": "b.go"}}]}]}},
        "b": {"queue": {"wait_max": {"kind": "uniform", "low": "10ms", "high": "20ms"}}, "operations": {"go": work}},
    }
    flows = {"f": once("a.go", "1000ms"), "g": once("b.go", "990ms")}
    story = play(scene(services, flows, run={"horizon": "1100ms", "window": "100ms"}))
    network = story.record.network
    streams = {one.name: network.streams[one.wait_stream] for one in network.operations if one.wait_stream >= 0}
    assert streams["b.order-go-prepare"] == "b.order-go-prepare:queue.wait"
    left = story.times("left_queue", "b.order-go-prepare")
    assert len(left) == 1
    assert 1010 <= left[0] <= 1020
