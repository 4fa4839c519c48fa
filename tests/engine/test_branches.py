"""What goes in parallel that is no call: branches of a handler, each as it happens."""

from __future__ import annotations

from typing import Any

from sim.charts.trace import rows_of, trace_of
from sim.record import fields as f
from sim.record.fields import branches
from tests.engine.story import once, scene, topic

MS = 1_000_000


def beside(steps: list[Any], *, a: Any = None, **more: Any) -> dict[str, Any]:
    """``a`` does some steps at 1000 ms; ``b`` works for 4 ms, ``c`` for 20 ms, ``d`` fails, all over hops of 1 ms."""
    services = {"a": {**(a or {}), "operations": {"go": steps}}, "b": [{"work": "4ms"}], "c": [{"work": "20ms"}]}
    services |= {"d": [{"work": "2ms"}, {"fail": 1.0}], **more.pop("services", {})}
    return scene(services, {"f": once("a.go", "1000ms", hop="0s")}, network={"hop": "1ms"}, **more)


def counted(story: Any, number: int = 0) -> dict[str, int]:
    """What was counted of a branch, without zeros, areas and maxima."""
    row = story.record.tables["branches"].sum(axis=0)[number].tolist()
    return {name: value for name, value in zip(branches.BRANCHES.counters, row, strict=True) if value and "running" not in name}


def test_it_takes_as_long_as_the_longest(play: Any) -> None:
    """Branches go on side by side on one worker; they are no requests: one came, one was served."""
    two = [[{"work": "3ms"}, {"call": "b.go"}], {"wait": "5ms"}]
    story = play(beside([{"parallel": two}, {"work": "1ms"}]))
    assert story.outcomes("replied") == [(1010, "ok")]
    assert story.service("a", f.services.SERVICE_ARRIVED) == 1
    assert story.service("a", f.services.SERVICE_HELD) == 10 * MS
    assert counted(story, 0) == {"begun": 1, "ended.ok": 1, "lasted": 9 * MS}
    assert story.outcomes("branch_ended", "a.go: branch 2") == [(1005, "ok")]


def test_one_branch_is_its_steps(play: Any) -> None:
    """A list by itself takes as long as the same steps one after the other."""
    steps = [{"work": "3ms"}, {"call": "b.go"}, {"wait": "2ms"}]
    for one in (steps, [{"parallel": [steps]}]):
        assert play(beside(one)).outcomes("replied") == [(1011, "ok")]


def test_work_in_branches_needs_cores(play: Any) -> None:
    """Where a service has one core, two works of 3 ms side by side take 6 ms; its worker is not asked for another time."""
    story = play(beside([{"parallel": [{"work": "3ms"}, {"work": "3ms"}]}], a={"cores": 1}))
    assert story.outcomes("replied") == [(1006, "ok")]
    assert story.times("core_waiting") == [1000]


def test_it_fails_as_the_first_branch_that_failed(play: Any) -> None:
    """All are waited for, and the reason is that of the first one, however they stand in the file; catch hears it."""
    failing = [{"call": "d.go"}, [{"wait": "9ms"}, {"fail": 1.0}], [{"wait": "1ms"}, {"fail": 1.0}]]
    assert play(beside([{"parallel": failing}])).outcomes("replied") == [(1009, "error")]
    assert play(beside([{"parallel": failing[:2]}])).outcomes("replied") == [(1009, "dependency")]
    caught = play(beside([{"try": [{"parallel": failing}], "catch": [{"wait": "1ms"}]}]))
    assert caught.outcomes("replied") == [(1010, "ok")]


def test_what_is_not_needed_is_left(play: Any) -> None:
    """With any the handler goes on with the first good end; a branch that failed before does not count. The rest is waste."""
    three = [[{"fail": 1.0}], [{"work": "3ms"}], [{"work": "9ms"}, {"effect": "done"}]]
    story = play(beside([{"parallel": three, "until": "any"}]))
    assert story.outcomes("replied") == [(1003, "ok")]
    assert story.times("effect") == [1009]
    assert counted(story, 2) == {"begun": 1, "ended.ok": 1, "left": 1, "wasted": 1, "lasted": 9 * MS}


def test_what_is_not_needed_is_called_back(play: Any) -> None:
    """With cancel it stops at once, and so does what it has called where that call says cancel; nested branches too."""
    nested = {"parallel": [[{"call": "c.go", "cancel": True}, {"effect": "done"}], {"work": "50ms"}]}
    story = play(beside([{"parallel": [{"work": "3ms"}, nested], "until": "any", "cancel": True}]))
    assert story.outcomes("replied") == [(1003, "ok")]
    assert story.outcomes("branch_ended") == [(1003, "ok")] + [(1003, "cancelled")] * 3
    assert story.times("effect") == []
    assert story.outcomes("ended", "c.go") == [(1004, "cancelled")]


def test_a_quorum_that_is_out_of_reach_fails(play: Any) -> None:
    """As soon as so many cannot end well any more; or at its deadline, for want of answers."""
    three = [[{"wait": "1ms"}, {"fail": 1.0}], [{"wait": "2ms"}, {"fail": 1.0}], {"wait": "30ms"}]
    assert play(beside([{"parallel": three, "until": {"quorum": 2}}])).outcomes("replied") == [(1002, "error")]
    late = {"quorum": 2, "deadline": "5ms"}
    assert play(beside([{"parallel": three[1:], "until": {"quorum": 1, "deadline": "5ms"}}])).outcomes("replied") == [
        (1005, "dependency")
    ]
    assert play(beside([{"parallel": [{"wait": "5ms"}, {"wait": "1ms"}], "until": late}])).outcomes("replied") == [(1005, "ok")]


def test_a_crash_takes_branches_down(play: Any) -> None:
    """Those that a handler waits for, and those that were left; what they would have done is not done."""
    left = {"parallel": [{"wait": "1ms"}, [{"wait": "50ms"}, {"effect": "late"}]], "until": "any"}
    waited = {"parallel": [[{"wait": "50ms"}, {"effect": "late"}]]}
    faults = {"down": {"kind": "crash", "target": "a", "at": "1010ms", "for": "5ms"}}
    story = play(beside([left, waited], faults=faults))
    assert story.outcomes("branch_ended") == [(1001, "ok"), (1010, "crashed"), (1010, "crashed")]
    assert story.times("effect") == []
    assert counted(story, 1) == {"begun": 1, "ended.crashed": 1, "left": 1, "wasted": 1, "lasted": 10 * MS}


def test_who_is_called_back_calls_its_branches_back(play: Any) -> None:
    """The cancellation of a request stops its branches, also nested ones; the worker is free."""
    inner = {"parallel": [[{"parallel": [{"work": "50ms"}]}], {"wait": "60ms"}]}
    call = {"call": "e.go", "timeout": "5ms", "cancel": True, "optional": True}
    story = play(beside([call, {"wait": "10ms"}], services={"e": [inner]}))
    assert story.outcomes("branch_ended") == [(1006, "cancelled")] * 3
    assert story.outcomes("ended", "e.go") == [(1006, "cancelled")]


def test_branches_work_at_the_pace_of_their_replica(play: Any) -> None:
    """What slows their replica down slows them down under way; a pause lets their waits end when it is over."""
    faults = {"slow": {"kind": "slowdown", "target": "a", "factor": 2, "at": "1002ms", "for": "100ms"}}
    assert play(beside([{"parallel": [{"work": "4ms"}]}], faults=faults)).outcomes("replied") == [(1006, "ok")]
    faults = {"stop": {"kind": "pause", "target": "a", "at": "1002ms", "for": "20ms"}}
    two = [{"work": "4ms"}, {"wait": "1ms"}, {"wait": "5ms"}]
    story = play(beside([{"parallel": two}], faults=faults))
    assert story.times("branch_ended") == [1001, 1022, 1024]


def test_a_handler_without_a_worker_waits_for_its_branches(play: Any) -> None:
    """Where workers are given back, another request has the worker while the branches of the first one wait, or work."""
    two = [[{"wait": "3ms"}, {"work": "2ms"}], {"wait": "1ms"}]
    whole = beside([{"parallel": two}, {"work": "2ms"}], a={"holds_worker": False})
    whole["workload"]["g"] = once("a.go", "1001ms", hop="0s")
    story = play(whole)
    assert story.outcomes("replied") == [(1007, "ok"), (1009, "ok")]
    assert story.service("a", f.services.SERVICE_WAITED) == 0


def test_branches_of_a_message_and_of_a_miss(play: Any) -> None:
    """Handlers of messages have branches as all others, and so has what loads a key."""
    reading = [{"cache": "kept", "miss": [{"parallel": [{"work": "4ms"}, [{"call": "b.go"}]]}]}]
    group = topic("r.go")
    whole = beside([{"publish": "t"}], services={"r": reading}, caches={"kept": {"capacity": 2}}, **group)
    whole["workload"]["f"]["keys"] = 1
    story = play(whole)
    assert [time for time, _ in story.outcomes("branch_ended")] == [1004, 1006]
    assert story.group(f.groups.GROUP_APPLIED) == 1


def test_a_call_with_a_fallback_is_a_branch(play: Any) -> None:
    """It goes on beside the others with what it falls back to."""
    two = [{"call": "d.go", "fallback": [{"work": "3ms"}]}, {"call": "b.go"}]
    story = play(beside([{"parallel": two}]))
    assert story.outcomes("replied") == [(1007, "ok")]
    assert story.times("fell_back", "a.go: branch 1") == [1004]


def test_what_is_open_at_the_horizon_is_counted(play: Any) -> None:
    """Branches under way when the run ends are in the books, for as long as they have lasted."""
    story = play(beside([{"parallel": [{"work": "5s"}, {"wait": "3ms"}], "until": "any"}]))
    levels = dict(zip(branches.BRANCHES.levels, story.record.levels["branches"][0].tolist(), strict=True))
    assert (levels["running"], levels["branch_open_lasted"]) == (1, 1000 * MS)
    assert counted(story, 0) == {"begun": 1, "left": 1}


def test_a_trace_shows_branches_below_their_handler(play: Any) -> None:
    """What a branch calls stands below it; one that was left is settled when nobody needed it any more, and ends later."""
    inner = {"parallel": [[{"call": "b.go"}], {"wait": "1ms"}]}
    story = play(beside([{"parallel": [[{"wait": "2ms"}, inner], [{"wait": "1ms"}, {"call": "c.go"}]], "until": "any"}]))
    rows = [(span.name, depth, span.outcome, span.settled // MS - 1000) for span, depth in rows_of(trace_of(story.record, 0))]
    assert rows == [
        ("a.go", 0, "ok", 8),
        ("a.go: branch 1", 1, "ok", 8),
        ("a.go: branch 2", 2, "ok", 8),
        ("b.go", 3, "ok", 8),
        ("a.go: branch 3", 2, "ok", 3),
        ("a.go: branch 4", 1, "ok", 8),
        ("c.go", 2, "ok", 23),
    ]
    assert [span.ended // MS - 1000 for span, _ in rows_of(trace_of(story.record, 0))][-2:] == [23, 22]
