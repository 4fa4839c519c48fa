"""Attempts whose answer is not needed any more, where they can be called back, wait at guards, or have a deadline."""

from __future__ import annotations

from typing import Any

import pytest

from sim.record.fields import rooms
from tests.engine.story import once, scene


def calling(step: dict[str, Any], **more: Any) -> dict[str, Any]:
    """``a`` does a step at 1000 ms, over hops of 1 ms; ``fast`` works 6 ms, ``slow`` 20 ms."""
    services = {"a": [step], "fast": [{"work": "6ms"}], "slow": {"replicas": 2, "operations": {"go": [{"work": "20ms"}]}}}
    return scene(services, {"f": once("a.go", "1000ms", hop="0s")}, network={"hop": "1ms"}, **more)


def test_what_a_quorum_leaves_is_called_back(play: Any) -> None:
    """The fast answer is enough at 1008: the slow callee hears so a hop later, and stops; what does not say so works on."""
    calls = [{"call": "fast.go"}, {"call": "slow.go", "cancel": True}, {"call": "slow.go"}]
    story = play(calling({"parallel": calls, "until": "any"}))
    assert story.times("left", "slow.go") == [1008, 1008]
    assert story.times("called_back", "slow.go") == [1008]
    assert story.outcomes("ended", "slow.go") == [(1009, "cancelled"), (1021, "ok")]
    assert story.outcomes("replied") == [(1008, "ok")]


def test_the_loser_of_a_hedge_is_called_back(play: Any) -> None:
    """The first answer comes at 1022: the second attempt, which left at 1005, stops one hop later."""
    story = play(calling({"call": "slow.go", "cancel": True, "hedge": {"after": "5ms"}}))
    assert story.rows("sent", "slow.go") == [(1000, 1), (1005, 0)]
    assert story.outcomes("ended", "slow.go") == [(1021, "ok"), (1023, "cancelled")]
    assert story.outcomes("replied") == [(1022, "ok")]


def test_a_hedge_that_waits_at_a_guard_leaves_it(play: Any) -> None:
    """One place, which the first attempt has. The second gets it at 1022, and is called back; the third never leaves."""
    bulkhead, hedge = {"calls_max": 1, "wait_max": "1s"}, {"after": "5ms", "calls_max": 3}
    story = play(calling({"call": "slow.go", "cancel": True, "bulkhead": bulkhead, "hedge": hedge}))
    assert story.times("held_back") == [1005, 1010]
    assert story.times("left", "slow.go") == [1022, 1022]
    assert story.times("called_back") == [1022]
    assert story.outcomes("ended", "slow.go") == [(1021, "ok"), (1023, "cancelled")]
    found = dict(zip(rooms.ROOMS.counters, story.record.tables["rooms"].sum(axis=0)[0].tolist(), strict=True))
    assert (found["left"], found["went"]) == (1, 1)
    assert story.outcomes("replied") == [(1022, "ok")]


def test_a_left_attempt_gives_its_place_to_who_waits(play: Any) -> None:
    """Two calls share a connection; the first to have it is left at 1008, and the other one leaves then."""
    parallel = {"parallel": [{"call": "fast.go"}, {"call": "slow.go", "pool": "p"}], "until": "any"}
    second = {"call": "slow.go", "pool": "p"}
    services = {
        "a": {"workers": 2, "pools": {"p": {"size": 1}}, "operations": {"go": [parallel], "on": [{"wait": "2ms"}, second]}},
        "fast": [{"work": "6ms"}],
        "slow": [{"work": "20ms"}],
    }
    flows = {"f": once("a.go", "1000ms", hop="0s"), "g": once("a.on", "1000ms", hop="0s")}
    services["slow"] = {"workers": 2, "operations": {"go": services["slow"]}}
    story = play(scene(services, flows, network={"hop": "1ms"}))
    assert story.times("left", "slow.go") == [1008]
    assert story.times("ended", "slow.go") == [1021, 1029]
    assert sorted(story.outcomes("replied")) == [(1008, "ok"), (1030, "ok")]


def test_all_attempts_of_a_hedged_call_share_its_deadline(play: Any) -> None:
    """Both are given up at 1008, the second after 3 ms; then none leaves any more."""
    hedge = {"after": "5ms", "failed_next": False, "calls_max": 3}
    story = play(calling({"call": "slow.go", "deadline": "8ms", "hedge": hedge}))
    assert story.times("sent", "slow.go") == [1000, 1005]
    assert story.outcomes("settled", "slow.go") == [(1008, "timeout"), (1008, "timeout")]
    assert story.outcomes("replied") == [(1008, "dependency")]


@pytest.mark.parametrize(("holds", "ends"), [(True, [1010, 1020]), (False, [1010, 1010])])
def test_a_wait_holds_no_worker_where_none_is_held(play: Any, holds: bool, ends: list[int]) -> None:  # noqa: FBT001
    """Two requests for one worker, each of which waits 10 ms."""
    service = {"workers": 1, "holds_worker": holds, "operations": {"go": [{"wait": "10ms"}]}}
    flows = {name: once("a.go", "1000ms", hop="0s") for name in ("f", "g")}
    assert play(scene({"a": service}, flows)).times("ended") == ends


def test_a_quorum_holds_no_worker_where_none_is_held(play: Any) -> None:
    """The other request has the worker while the calls are out, and it is taken again when enough are answered."""
    step = {"parallel": [{"call": "fast.go"}, {"call": "slow.go"}], "until": {"quorum": 1}}
    services = {
        "a": {"workers": 1, "holds_worker": False, "operations": {"go": [step, {"work": "1ms"}], "on": [{"work": "9ms"}]}},
        "fast": [{"work": "6ms"}],
        "slow": [{"work": "20ms"}],
    }
    flows = {"f": once("a.go", "1000ms", hop="0s"), "g": once("a.on", "1001ms", hop="0s")}
    story = play(scene(services, flows, network={"hop": "1ms"}))
    assert story.times("suspended") == [1000]
    assert story.times("resuming") == [1008]
    assert story.times("taken_up") == [1010]
    assert story.outcomes("ended", "a.go") == [(1011, "ok")]
