"""Cores, contention and workers that are given back: who works, who waits, and how fast it goes, to the nanosecond."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.engine import run_once
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.scenario.scenario import Scenario
from tests.engine.story import Story, once, scene

MS = 1_000_000


def cores(story: Story, field: int) -> int:
    """Total of a field of the first processor over all windows."""
    return int(story.record.tables["processors"][:, 0, field].sum())


def loops(story: Story, field: int) -> int:
    """Total of a field of the first event loop over all windows."""
    return int(story.record.tables["event_loops"][:, 0, field].sum())


def jobs(works: dict[str, str], faults: dict[str, Any] | None = None, **service: Any) -> dict[str, Any]:
    """Requests to one service by the time of their arrival, each with so much work."""
    steps = {f"w{n}": [{"work": work}] for n, work in enumerate(works.values())}
    flows = {f"f{n}": once(f"a.w{n}", at) for n, at in enumerate(works)}
    return scene({"a": {"workers": 9, "operations": steps, **service}}, flows, faults=faults or {})


SHARED = {"count": 1, "sharing": "processor"}


def test_all_at_work_share_a_core_alike(play: Any) -> None:
    """A core does 30 ms of work in 30 ms, whoever shares it when: each gets the same share of it at any time."""
    story = play(jobs({"1000ms": "10ms", "1001ms": "10ms", "1002ms": "10ms"}, cores=SHARED))
    assert story.times("worked") == [1027.5, 1029.5, 1030.0]
    assert cores(story, f.processors.CORES_IN_USE_AREA) == 30 * MS
    assert cores(story, f.processors.AT_WORK_AREA) == cores(story, f.processors.CORE_WORKED) == 84 * MS
    assert cores(story, f.processors.CORE_WAITED) == 0


def test_less_work_overtakes_more(play: Any) -> None:
    """Of two that share a core the one with less left is done first, though it began later."""
    story = play(jobs({"1000ms": "6ms", "1002ms": "2ms"}, cores=SHARED))
    assert story.times("worked", "a.w1") == [1006]
    assert story.times("worked", "a.w0") == [1008]


def test_more_at_work_than_cores_are_slower_by_their_ratio(play: Any) -> None:
    """Four on three cores take four thirds as long, exactly, though no third of a ns is a number of bits."""
    at_once = {f"f{n}": once("a.go", "1000ms") for n in range(4)}
    service = {"workers": 4, "cores": {"count": 3, "sharing": "processor"}, "operations": {"go": [{"work": "3ms"}]}}
    assert play(scene({"a": service}, at_once)).times("worked") == [1004] * 4


def test_as_many_cores_as_workers_are_as_none(play: Any) -> None:
    """With a core for each worker all is as if work needed none, shared or not."""
    work = {"kind": "exponential", "mean": "5ms"}
    flow = {"operation": "a.go", "arrivals": {"kind": "poisson", "rate": "500/s"}, "timeout": "20ms"}
    told = []
    for one in (None, 3, {"count": 3, "sharing": "processor"}):
        service = {"workers": 3, "operations": {"go": [{"work": work}]}} | ({} if one is None else {"cores": one})
        story = play(scene({"a": service}, {"f": flow}))
        told.append([row for fact in ("started", "worked", "settled") for row in story.rows(fact)])
    assert told[0] == told[1] == told[2]
    assert len(told[0]) > 1000


def test_a_queue_for_cores_is_a_queue_for_workers(play: Any) -> None:
    """First come, first served at two cores, with any number of workers, answers when two workers without cores would."""
    work = {"kind": "exponential", "mean": "2ms"}
    flow = {"operation": "a.go", "arrivals": {"kind": "poisson", "rate": "900/s"}}
    told = []
    for workers in ({"workers": 2}, {"workers": 5000, "cores": 2}):
        story = play(scene({"a": {"operations": {"go": [{"work": work}]}, **workers}}, {"f": flow}))
        told.append(story.rows("replied"))
    assert told[0] == told[1]
    assert len(told[0]) > 1000
    assert cores(story, f.processors.CORE_WAITED) > 0


def test_work_waits_for_a_core_first_come_first_served(play: Any) -> None:
    """Work that finds no core waits, and holds its worker; what it waits and what it works is told apart."""
    story = play(jobs({"1000ms": "10ms", "1001ms": "10ms", "1002ms": "10ms"}, cores=1))
    assert story.times("worked") == [1010, 1020, 1030]
    assert story.rows("core_taken") == [(1000, -1), (1010, 9 * MS), (1020, 18 * MS)]
    assert cores(story, f.processors.CORE_WAITED) == cores(story, f.processors.CORE_WAITING_AREA) == 27 * MS
    assert cores(story, f.processors.CORES_IN_USE_AREA) == cores(story, f.processors.CORE_WORKED) == 30 * MS
    assert story.service("a", f.services.SERVICE_HELD) == 57 * MS


def test_a_slowdown_slows_what_shares_a_core(play: Any) -> None:
    """At half the pace all at work get half as much from then on, and as much as before when it ends."""
    slow = {"slow": {"kind": "slowdown", "target": "a", "factor": 2.0, "at": "1004ms", "for": "4ms"}}
    story = play(jobs({"1000ms": "6ms", "1002ms": "2ms"}, slow, cores=SHARED))
    assert story.times("worked", "a.w1") == [1008]
    assert story.times("worked", "a.w0") == [1010]


def test_a_slowdown_slows_what_has_a_core(play: Any) -> None:
    """First come, first served: what has a core goes on slower; what waits begins when it is free, at the pace of then."""
    slow = {"slow": {"kind": "slowdown", "target": "a", "factor": 2.0, "at": "1005ms", "for": "10ms"}}
    story = play(jobs({"1000ms": "10ms", "1001ms": "10ms"}, slow, cores=1))
    assert story.times("worked") == [1015, 1025]


@pytest.mark.parametrize(("sharing", "killed", "left"), [("fifo", 1, 2), ("processor", 3, 0)])
def test_a_crash_takes_all_from_the_cores(play: Any, sharing: str, killed: int, left: int) -> None:
    """What is at work when its replica goes down is killed, what waits for a core leaves; who comes later finds all cores."""
    down = {"down": {"kind": "crash", "target": "a", "at": "1005ms", "for": "5ms", "detection": "0s"}}
    works = {"1000ms": "10ms", "1001ms": "10ms", "1002ms": "10ms", "1012ms": "10ms"}
    story = play(jobs(works, down, cores={"count": 1, "sharing": sharing}))
    assert story.times("worked") == [1022]
    assert (cores(story, f.processors.CORE_KILLED), cores(story, f.processors.CORE_LEFT)) == (killed, left)


def test_work_at_the_horizon_is_in_the_books(play: Any) -> None:
    """What waits for a core, or goes on, when the run ends is told by the levels, with its time so far."""
    story = play(jobs({"1990ms": "20ms", "1995ms": "20ms"}, cores=1))
    levels = story.record.levels["processors"][0].tolist()
    assert levels[f.processors.LEVEL_CORE_WAITING] == levels[f.processors.LEVEL_AT_WORK] == 1
    assert levels[f.processors.LEVEL_CORE_OPEN_WAITED] == 5 * MS
    assert levels[f.processors.LEVEL_CORE_OPEN_WORKED] == 10 * MS


def test_contention_counts_at_every_moment(play: Any) -> None:
    """Work goes slower from when another joins it until that is done; the law says how much, for what is at work now."""
    story = play(jobs({"1000ms": "10ms", "1005ms": "10ms"}, contention={"kind": "linear", "serial": "50%"}))
    assert story.times("worked") == [1012.5, 1017.5]


@pytest.mark.parametrize("workers", [1, 2, 8, 32])
def test_a_saturated_replica_follows_the_universal_law(play: Any, workers: int) -> None:
    """N workers that always work do N / (1 + s (N - 1) + k N (N - 1)) times as much as one: each round takes that long."""
    law = {"kind": "universal", "serial": "12.5%", "crosstalk": "1.5625%"}
    service = {"workers": workers, "contention": law, "operations": {"go": [{"work": "10ms"}]}}
    story = play(scene({"a": service}, {"f": {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "1500/s"}}}))
    slower = 1.0 + 0.125 * (workers - 1) + 0.015625 * workers * (workers - 1)
    late = [time for time in story.times("worked") if time > 1000.0]
    rate = (len(late) - 1) / (late[-1] - late[0])
    assert rate == pytest.approx(workers / slower / 10.0, rel=1.5 * workers / len(late))


def test_a_worker_given_back_during_a_call_serves_others(play: Any) -> None:
    """With ``holds_worker: false`` the next request begins while the first waits for its answer, and each is then resumed."""
    steps = [{"work": "2ms"}, {"call": "b.go"}, {"work": "2ms"}]
    callee = {"workers": 9, "operations": {"go": [{"work": "10ms"}]}}
    services = {"a": {"holds_worker": False, "operations": {"go": steps}}, "b": callee}
    story = play(scene(services, {"f": once("a.go", "1000ms"), "g": once("a.go", "1001ms")}))
    assert story.times("sent", "b.go") == [1002, 1004]
    assert story.times("replied") == [1014, 1016]
    held = story.service("a", f.services.SERVICE_BUSY_AREA)
    assert held - loops(story, f.event_loops.LOOP_AWAY_AREA) - loops(story, f.event_loops.LOOP_RESUMING_AREA) == 8 * MS
    assert loops(story, f.event_loops.LOOP_AWAY_TIME) == 20 * MS


@pytest.mark.parametrize(
    ("resumed", "third", "replied"),
    [
        ("in_turn", 1006, 1012),
        ("in_turn", 1007, 1010),
        ("in_turn", 1008, 1010),
        ("first", 1006, 1010),
        ("last", 1006, 1012),
        ("last", 1007, 1012),
    ],
)
def test_who_wants_a_worker_again_waits_in_turn(play: Any, resumed: str, third: int, replied: int) -> None:
    """One queue for requests and handlers by how long they wait; a handler is first of those of one instant, unless said else.

    The first handler's answer comes at 1007, while the second one works until 1008; the third request came before, or after.
    """
    steps = [{"work": "2ms"}, {"call": "b.go"}, {"work": "2ms"}]
    first = {"holds_worker": False, "resumed": resumed, "operations": {"go": steps, "short": [{"work": "2ms"}]}}
    services = {"a": first, "b": {"operations": {"go": [{"work": "5ms"}]}}}
    flows = {"f": once("a.go", "1000ms"), "g": once("a.short", "1006ms"), "h": once("a.short", f"{third}ms")}
    story = play(scene(services, flows))
    assert story.times("replied")[-1 if replied == 1012 else 1] == replied
    assert story.rows("taken_up")[0] == (replied - 2, (replied - 1009) * MS)


def test_a_crash_takes_handlers_that_are_away(play: Any) -> None:
    """A handler that waits without a worker, or for one, goes down with its replica, and all workers are free after it."""
    steps = [{"work": "2ms"}, {"call": "b.go"}, {"work": "2ms"}]
    callee = {"workers": 9, "operations": {"go": [{"work": "5ms"}]}}
    services = {"a": {"holds_worker": False, "operations": {"go": steps}}, "b": callee}
    times = ("1000ms", "1002ms", "1006ms", "1020ms")
    down = {"down": {"kind": "crash", "target": "a", "at": "1007500us", "for": "1ms", "detection": "0s"}}
    story = play(scene(services, {f"f{n}": once("a.go", at) for n, at in enumerate(times)}, faults=down))
    assert (loops(story, f.event_loops.LOOP_LOST), loops(story, f.event_loops.LOOP_LEFT)) == (1, 1)
    assert [time for time, outcome in story.outcomes("replied") if outcome == "ok"] == [1029]


def test_a_timeout_of_the_caller_leaves_a_handler_that_is_away_to_go_on(play: Any) -> None:
    """A caller that gives up ends its own wait: the handler without a worker goes on when its answer comes."""
    steps = [{"call": "b.go"}, {"work": "2ms"}]
    services = {"a": {"holds_worker": False, "operations": {"go": steps}}, "b": [{"work": "10ms"}]}
    story = play(scene(services, {"f": once("a.go", "1000ms", timeout="5ms")}))
    assert story.outcomes("replied") == [(1005, "timeout")]
    assert story.times("ended", "a.go") == [1012]
    assert story.service("a", f.services.SERVICE_ORPHANED) == 1


def test_consumers_keep_what_they_have(play: Any) -> None:
    """A consumer has no worker to give back: it holds its message to the end, and its work needs a core as any other."""
    consuming = {"holds_worker": False, "cores": 1, "operations": {"go": [{"work": "10ms"}, {"call": "b.go"}]}}
    data = scene(
        {"a": [{"publish": "t"}], "c": consuming, "b": [{"work": "1ms"}]},
        {"f": once("a.go", "1000ms"), "g": once("a.go", "1001ms")},
        brokers={"k": {"topics": {"t": {"partitions": 2, "partitioner": "round_robin"}}}},
        subscriptions={"s": {"topic": "t", "operation": "c.go", "consumers": 2}},
    )
    story = play(data)
    assert story.times("worked", "c.go") == [1010, 1020]
    assert loops(story, f.event_loops.LOOP_SUSPENDED) == 0


def test_thousands_at_work_end_in_the_order_of_their_work() -> None:
    """A processor with thousands at work at once does each when its share says: the last one at the sum of all work."""
    work = {"kind": "exponential", "mean": "100us"}
    service = {"workers": 5000, "cores": SHARED, "operations": {"go": [{"work": work}]}}
    steps = [{"at": "0s", "rate": "40000/s"}, {"at": "100ms", "rate": "0/s"}]
    flow = {"operation": "a.go", "arrivals": {"kind": "step", "steps": steps}}
    network = compile_network(Scenario.model_validate(scene({"a": service}, {"f": flow})))
    record = run_once(network, seed=1, log_facts=200_000)
    table = record.tables["processors"][:, 0]
    worked = record.log[record.log[:, f.facts.LOG_FACT] == f.facts.FACT_WORKED]
    assert table[:, f.processors.AT_WORK_MAX].max() > 2000
    busy = int(table[:, f.processors.CORES_IN_USE_AREA].sum())
    assert np.all(np.diff(worked[:, f.facts.LOG_TIME]) >= 0)
    assert len(worked) == record.services[:, 0, f.services.SERVICE_ARRIVED].sum()
    assert 0 <= worked[-1, f.facts.LOG_TIME] - busy < 1 * MS
