"""Faults that hang, pause, slow, and take cores and workers: what each changes, and what it does not."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from sim.api import run
from sim.engine import run_once
from sim.network import PACE
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.scenario import Scenario, check, loads
from sim.semantics.rules import PACE_ONE
from tests.engine.story import once, scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.network import ScheduledFault


def struck(kind: str, at: str = "1000ms", lasts: str = "100ms", target: str = "a", **more: Any) -> dict[str, Any]:
    """One fault of a kind."""
    return {kind: {"kind": kind, "target": target, "at": at, "for": lasts, **more}}


def service(**more: Any) -> dict[str, Any]:
    """A service with one worker and 10 ms of work."""
    return {"operations": {"go": more.pop("steps", [{"work": "10ms"}])}, **more}


# -- hang


@pytest.mark.parametrize("cancel", [True, False])
def test_what_hangs_holds_its_worker_to_the_end_of_the_fault(play: Any, cancel: bool) -> None:  # noqa: FBT001
    """The caller gives up at its timeout, and cancels in vain; who waits for the worker has it when the fault ends."""
    workload = {"f": once("a.go", "1010ms", timeout="20ms", cancel=cancel), "g": once("a.go", "1020ms")}
    story = play(scene({"a": service()}, workload, faults=struck("hang", share=1.0, target="a.go", lasts="90ms", at="1005ms")))
    assert story.outcomes("settled")[0] == (1030, "timeout")
    assert story.outcomes("ended") == [(1095, "error"), (1105, "ok")]


def test_only_those_hang_that_begin_in_the_fault(play: Any) -> None:
    """Work under way when it begins goes on; what begins in the instant of its end does not hang."""
    workload = {"f": once("a.go", "995ms"), "g": once("a.go", "1100ms"), "h": once("a.go", "1000ms")}
    story = play(scene({"a": service(workers=3)}, workload, faults=struck("hang", share=1.0)))
    assert sorted(story.outcomes("ended")) == [(1005, "ok"), (1100, "error"), (1110, "ok")]


def test_a_crash_ends_what_hangs(play: Any) -> None:
    """The replica's restart has all workers, and what hung is over with it."""
    faults = struck("hang", share=1.0, lasts="20ms") | struck("crash", at="1010ms", lasts="20ms", detection="0s")
    story = play(scene({"a": service()}, {"f": once("a.go", "1005ms"), "g": once("a.go", "1040ms")}, faults=faults))
    assert story.outcomes("ended") == [(1010, "crashed"), (1050, "ok")]


def test_a_share_hangs() -> None:
    """About the share of those that come hang, and the others are answered as before."""
    data = scene({"a": service(workers=1000, steps=[{"work": "1ms"}])},
        {"f": {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "1000/s"}}},
        faults=struck("hang", share=0.2, at="500ms", lasts="1s"))  # fmt: skip
    data["run"]["horizon"] = "1499ms"
    record = run(Scenario.model_validate(data), replications=1).records[0]
    ended = int(record.services[:, 0, f.services.SERVICE_ARRIVED].sum()) - int(record.inside["services"][0, 1])
    assert 780 < ended - 500 < 820


# -- pause


def test_work_stands_still_in_a_pause(play: Any) -> None:
    """Work of 10 ms that a pause of 100 ms meets takes 110 ms, to the nanosecond, at any other pace, too."""
    for slow, took in ((1.0, 1110), (4.0, 1140)):
        faults = struck("pause", at="1005ms") | struck("slowdown", factor=slow, at="900ms", lasts="900ms")
        assert play(scene({"a": service()}, {"f": once("a.go", "1000ms")}, faults=faults)).times("ended") == [took]


def test_what_comes_in_a_pause_is_taken_when_it_is_over(play: Any) -> None:
    """A request waits outside, its place in the queue and its worker too; its caller's timeout runs."""
    workload = {"f": once("a.go", "1010ms"), "g": once("a.go", "1020ms", timeout="30ms"), "h": once("a.go", "1030ms")}
    story = play(scene({"a": service(queue_max=1)}, workload, faults=struck("pause")))
    assert story.times("arrived") + story.times("waiting") + story.times("rejected") == [1100, 1100, 1100]
    assert story.outcomes("settled") == [(1050, "timeout"), (1100, "rejected"), (1110, "ok")]
    assert story.times("ended") == [1110, 1120]


def test_an_answer_is_heard_after_the_pause_of_its_caller(play: Any) -> None:
    """The callee works on while its caller stands still; the caller goes on when it may, and so do its retries."""
    retry = {"kind": "fixed", "attempts_max": 2, "delay": "5ms"}
    front = service(steps=[{"call": "b.go", "timeout": "30ms", "retry": retry}])
    for at, ended in (("1000ms", 1100), ("1001ms", 1116), ("1090ms", 1116), ("1085.5ms", 1116)):
        data = scene({"a": front, "b": service(steps=[{"work": "15ms"}])}, {"f": once("a.go", at)},
            faults=struck("pause", at="1001ms", lasts="100ms"))  # fmt: skip
        story = play(data)
        assert len(story.times("sent", "b.go")) == 1
        assert story.times("ended", "a.go") == [1101 if at == "1000ms" else ended]


def test_a_retry_waits_for_the_end_of_the_pause(play: Any) -> None:
    """A timeout in the pause is heard of after it, and the retry's delay begins then."""
    step = {"call": "b.go", "timeout": "30ms", "retry": {"kind": "fixed", "attempts_max": 2, "delay": "5ms"}}
    again = {"kind": "pause", "target": "a", "at": "1103ms", "for": "7ms"}
    services = {"a": service(steps=[step]), "b": service(steps=[{"work": "50ms"}], workers=2)}
    faults = struck("pause", at="1010ms", lasts="90ms") | {"again": again}
    data = scene(services, {"f": once("a.go", "1000ms")}, faults=faults)
    assert play(data).times("sent", "b.go") == [1000, 1110]


def test_pauses_come_every_so_often(play: Any) -> None:
    """Each replica pauses every second from a time of its own on, for lengths of its own; one seed has the same."""
    pause = struck("pause", at="0s", lasts="49s", every="1s", length={"kind": "uniform", "low": "50ms", "high": "400ms"})
    run_of = {"horizon": "60s", "window": "1s"}
    data = scene({"a": service(replicas=4)}, {"f": once("a.go", "1000ms")}, faults=pause, run=run_of)
    network = compile_network(Scenario.model_validate(data))
    halts: dict[int, list[ScheduledFault]] = {number: [] for number in range(4)}
    for row in network.faults_of(1, 0):
        if row.verb != PACE and row.value:
            halts[row.number].append(row)
    firsts = {rows[0].at for rows in halts.values()}
    lengths = [row.value - row.at for rows in halts.values() for row in rows[:-1]]
    assert len(firsts) == 4
    assert max(firsts) < 1_000_000_000
    assert {after.at - before.at for rows in halts.values() for before, after in pairwise(rows)} == {1_000_000_000}
    assert 50_000_000 <= min(lengths) < max(lengths) <= 400_000_000
    assert 190 < len(set(lengths)) <= 200
    assert sum(lengths) / len(lengths) == pytest.approx(225e6, rel=0.1)
    assert network.faults_of(1, 1) != network.faults_of(1, 0) == compile_network(Scenario.model_validate(data)).faults_of(1, 0)


# -- fail slow


def test_a_ramp_is_as_slow_as_declared_at_its_end() -> None:
    """The pace rises in equal steps, whose mean is that of the ramp, and is as declared behind it."""
    data = scene({"a": service()}, {"f": once("a.go", "1s")}, faults=struck("fail_slow", factor=8.0, at="500ms", lasts="640ms"))
    rows = [row for row in compile_network(Scenario.model_validate(data)).faults_of(1, 0) if row.verb == PACE]
    paces = [row.value / PACE_ONE for row in rows]
    assert paces[-1] == 1.0
    assert paces[:-1] == sorted(paces[:-1])
    assert len(rows) == 65
    assert {after.at - before.at for before, after in pairwise(rows)} == {10_000_000}
    assert sum(paces[:-1]) / 64 == pytest.approx(4.5, rel=1e-5)
    assert 1.0 < paces[0] < 1.1
    assert 7.9 < paces[-2] < 8.0


# -- cores


@pytest.mark.parametrize(("sharing", "ends"), [("fifo", [1010, 1010, 1020, 1020]), ("processor", [1018] * 4)])
def test_lost_cores_slow_what_comes_to_them(play: Any, sharing: str, ends: list[float]) -> None:
    """Of 4 cores 2 are lost: of four at once two wait, or all go half as fast while it lasts."""
    at = "1000ms" if sharing == "fifo" else "1002ms"
    data = scene({"a": service(workers=8, cores={"count": 4, "sharing": sharing})},
        {name: once("a.go", "1000ms") for name in "fghi"}, faults=struck("cores_lost", count=2, at=at))  # fmt: skip
    assert play(data).times("ended") == ends


def test_work_keeps_the_core_it_has_and_waits_for_those_that_are_back(play: Any) -> None:
    """Of three at work on 3 cores all end in time when 2 are lost; who waits begins when they are back."""
    workload = {name: once("a.go", "1000ms") for name in "fgh"} | {name: once("a.go", "1001ms") for name in "ijk"}
    faults = struck("cores_lost", count=2, at="1002ms", lasts="13ms")
    data = scene({"a": service(workers=8, cores=3)}, workload, faults=faults)
    assert play(data).times("ended") == [1010, 1010, 1010, 1020, 1025, 1025]


@pytest.mark.parametrize(("cores", "said"), [({}, "declares no cores"), ({"cores": 2}, "has 2 cores, of which one must stay")])
def test_cores_that_are_not_there_cannot_be_lost(cores: dict[str, Any], said: str) -> None:
    """It is refused with the remedy."""
    data = scene({"a": service(**cores)}, {"f": once("a.go", "1s")}, faults=struck("cores_lost", count=2))
    assert any(said in one.message and one.severity == "error" for one in check(Scenario.model_validate(data)))


# -- leak


def test_workers_leak_one_by_one_and_are_given_back(play: Any) -> None:
    """Of three workers one is lost every 10 ms, the one at work when it is done; at the end those who wait have all."""
    workload = {f"f{at}": once("a.go", f"{at}ms") for at in (1009, 1021, 1022, 1024, 1051)}
    faults = struck("leak", every="10ms", at="1000ms", lasts="50ms")
    story = play(scene({"a": service(workers=3, steps=[{"work": "5ms"}])}, workload, faults=faults))
    assert story.times("leaked") == [1010, 1020, 1030, 1040, 1050]
    assert story.times("ended") == [1014, 1026, 1031, 1055, 1056]


def test_a_restart_gives_back_what_has_leaked(play: Any) -> None:
    """After a crash all workers are there, of which the fault goes on to take one each time."""
    faults = struck("leak", every="10ms", at="1000ms", lasts="100ms")
    faults |= struck("crash", at="1025ms", lasts="6ms", detection="0s")
    workload = {f"f{n}": once("a.go", "1035ms") for n in range(3)}
    story = play(scene({"a": service(workers=2, steps=[{"work": "20ms"}])}, workload, faults=faults))
    assert story.times("ended") == [1055, 1055, 1120]


# -- what a crash loses


@pytest.mark.parametrize(
    ("loses", "ended"),
    [
        (["work", "queue"], [(1005, "crashed")]),
        (["work"], [(1005, "crashed"), (1040, "ok")]),
        (["queue"], [(1035, "ok")]),
        ([], [(1035, "ok"), (1045, "ok")]),
    ],
)
def test_what_a_crash_does_not_lose_is_taken_up_after_it(play: Any, loses: list[str], ended: Any) -> None:
    """Work goes on where it was, requests that wait are begun; what is lost is as in any crash."""
    faults = struck("crash", at="1005ms", lasts="25ms", detection="0s", loses=loses)
    story = play(scene({"a": service()}, {"f": once("a.go", "1000ms"), "g": once("a.go", "1002ms")}, faults=faults))
    assert story.outcomes("ended") == ended
    assert len(story.times("killed")) == ("queue" in loses)


# -- config push


def test_a_pushed_change_strikes_its_replicas_only(play: Any) -> None:
    """One of two replicas is slow, or fails, or hangs, while it lasts; the other one is as it was."""
    for change, ends in (
        ({"kind": "slowdown", "factor": 3.0}, [(1011, "ok"), (1030, "ok")]),
        ({"kind": "errors", "share": 1.0, "after": "2ms"}, [(1002, "error"), (1011, "ok")]),
        ({"kind": "hang", "share": 1.0}, [(1011, "ok"), (1100, "error")]),
        ({"kind": "pause"}, [(1011, "ok"), (1110, "ok")]),
    ):
        data = scene({"a": service(replicas=2)}, {"f": once("a.go", "1000ms"), "g": once("a.go", "1001ms")},
            faults=struck("config_push", replicas=1, change=change))  # fmt: skip
        assert play(data).outcomes("ended") == ends


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "slowdown", "factor": 2, "at": "1s"}, "'at' of a change is that of the fault around it"),
        ({"kind": "traffic", "factor": 2}, "unknown change 'traffic'"),
        ({"kind": "config_push", "change": {"kind": "pause"}}, "unknown change 'config_push'"),
        ({"kind": "crash_loop", "up": "1ns", "down": "1ns"}, "more than 10000 crashes"),
        ({"kind": "cores_lost", "count": 1}, "declares no cores"),
    ],
)
def test_a_change_that_cannot_be_pushed_is_refused(change: dict[str, Any], said: str) -> None:
    """The message says why."""
    data = scene({"a": service()}, {"f": once("a.go", "1s")}, faults=struck("config_push", change=change))
    with pytest.raises(Exception, match=said):
        raise ValueError([one.message for one in check(Scenario.model_validate(data))])


# -- together


def test_random_faults_agree_with_a_look_at_every_millisecond(play: Callable[..., Any]) -> None:
    """One worker, one queue: pauses and slowdowns, hangs of all, by the rules of each, looked at millisecond by millisecond."""
    for seed in range(4):
        chance = random.Random(seed)
        paused = [_window(chance) for _ in range(2)]
        slow = [_window(chance) for _ in range(2)]
        arrivals = sorted(chance.sample(range(1000, 1100), 8))
        faults: dict[str, Any] = {}
        for n, (begin, end) in enumerate((*paused, *slow)):
            kind = {"kind": "pause"} if n < len(paused) else {"kind": "slowdown", "factor": 2.0}
            faults[f"x{n}"] = {**kind, "target": "a", "at": f"{begin}ms", "for": f"{end - begin}ms"}
        workload = {f"f{at}": once("a.go", f"{at}ms") for at in arrivals}
        story = play(scene({"a": service(steps=[{"work": "4ms"}])}, workload, faults=faults))
        assert story.times("ended") == pytest.approx(_ended(arrivals, paused, slow), abs=1e-5)


def _window(chance: random.Random) -> tuple[int, int]:
    begin = chance.randint(1000, 1080)
    return begin, begin + chance.randint(1, 30)


def _ended(arrivals: list[int], paused: list[tuple[int, int]], slow: list[tuple[int, int]]) -> list[float]:
    """When a single worker is done with each: quarters of a millisecond, one after the other."""
    waiting, left, ended, ahead = 0, 0.0, list[float](), list(arrivals)
    for quarter in range(4 * 1000, 4 * 1250):
        now = quarter / 4
        while ahead and ahead[0] <= now:
            waiting += 1
            ahead.pop(0)
        if any(begin <= now < end for begin, end in paused):
            continue
        if left == 0.0 and waiting:
            waiting, left = waiting - 1, 4.0
        if left > 0.0:
            left -= 0.25 / 2 ** sum(begin <= now < end for begin, end in slow)
            if left <= 0.0:
                ended.append(now + 0.25)
                left = 0.0
    return ended


# -- as it is written


def test_a_scenario_is_written_as_it_was_read() -> None:
    """A change stands in a resolved scenario as it does in a file, so that it can be read again."""
    faults = struck("config_push", change={"kind": "slowdown", "factor": 2.0})
    data = scene({"a": service()}, {"f": once("a.go", "1s")}, faults=faults)
    scenario = Scenario.model_validate(data)
    assert scenario.resolved()["faults"]["config_push"]["change"] == {"kind": "slowdown", "factor": 2.0}
    assert Scenario.model_validate(scenario.resolved()) == scenario


PAUSED_HEDGE = """
name: paused
architecture: synchronous
services:
  a:
    workers: 5
    operations:
      go:
        - parallel: [{call: b.go, hedge: {after: 30ms, calls_max: 2}}, {call: b.go}]
          until: {quorum: 2, deadline: 20ms}
        - work: 1ms
  b: {workers: 5, operations: {go: [{work: 10ms}]}}
workload: {go: {operation: a.go, arrivals: {kind: constant, rate: 1/s}, timeout: 500ms}}
faults: {halt: {kind: pause, target: a, at: 1005ms, for: 40ms}}
run: {horizon: 3s, replications: 1}
"""


def test_a_call_that_nobody_needs_is_not_hedged_while_its_caller_stands_still() -> None:
    """Its answer came in a pause, the deadline of its quorum too: a hedge that was due before the pause ends does not leave."""
    network = compile_network(loads(PAUSED_HEDGE))
    readable, compiled = (run_once(network, seed=1, engine=engine) for engine in ("simpy", "compiled"))
    assert readable.fingerprint() == compiled.fingerprint()
    counts = dict(zip(f.hedges.HEDGES.counters, compiled.tables["hedges"].sum(axis=(0, 1)).tolist(), strict=True))
    assert (counts["calls"], counts["gone"]) == (2, 1)
    assert compiled.services[:, 1].sum(axis=0)[f.services.SERVICE_ARRIVED] == 4
