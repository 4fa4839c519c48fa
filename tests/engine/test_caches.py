"""Caches: what is there, who loads what is not, and what becomes of those who wait for it when the load ends otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sim.record.fields.caches import CACHES
from tests.engine.story import Story, once, scene

if TYPE_CHECKING:
    from collections.abc import Callable

    Play = Callable[..., Story]


def asked(cache: dict[str, Any], *times: str, miss: Any = None, faults: Any = None, **api: Any) -> dict[str, Any]:
    """Requests at these times for one key, of a service that keeps what it calls for, which takes 10 ms."""
    step = {"cache": "kept", "miss": [{"call": "b.go"}] if miss is None else miss}
    services = {"a": {"workers": 9, **api, "operations": {"go": [step]}}}
    services["b"] = {"workers": 9, "operations": {"go": [{"work": "10ms"}]}}
    flows = {f"f{number}": once("a.go", at, keys=1) for number, at in enumerate(times)}
    return scene(services, flows, caches={"kept": cache}, faults=faults or {})


def counts(story: Story) -> dict[str, int]:
    """What the one cache has counted, without what is 0, times and peaks."""
    sums = story.record.tables["caches"][:, 0].sum(axis=0).tolist()
    found = dict(zip(CACHES.counters, sums, strict=True))
    return {name: count for name, count in found.items() if count and not name.endswith(("area", "max", "waited"))}


def test_what_was_loaded_once_is_there_for_the_next(play: Play) -> None:
    """The first takes what the call takes, the second what a hit takes; the origin hears of one."""
    story = play(asked({"hit": "2ms"}, "1s", "1100ms"))
    assert story.outcomes("ended", "a.go") == [(1010.0, "ok"), (1102.0, "ok")]
    assert counts(story) == {"looks": 2, "hits": 1, "misses": 1, "filled": 1, "stored": 1}


@pytest.mark.parametrize(("ttl", "hits"), [("90ms", 0), ("90001us", 1)])
def test_a_key_is_good_until_its_time_to_live_is_over(play: Play, ttl: str, hits: int) -> None:
    """Stored at 1010, asked for at 1100: at its last instant it is too old."""
    found = counts(play(asked({"ttl": ttl}, "1s", "1100ms")))
    assert found.get("hits", 0) == hits
    assert found.get("expired", 0) == 1 - hits


def test_coalesced_misses_share_one_load(play: Play) -> None:
    """Who asks at 1004 has the answer of who asked at 1000, when that comes; without `coalesce` each loads for itself."""
    story = play(asked({"coalesce": True}, "1s", "1004ms"))
    assert story.outcomes("ended", "a.go") == [(1010.0, "ok"), (1010.0, "ok")]
    assert counts(story) == {"looks": 2, "misses": 1, "coalesced": 1, "filled": 1, "served": 1, "stored": 1}
    story = play(asked({}, "1s", "1004ms"))
    assert story.times("ended", "a.go") == [1010.0, 1014.0]
    assert counts(story) == {"looks": 2, "misses": 2, "filled": 2, "stored": 1, "refreshed": 1}


@pytest.mark.parametrize("mode", ["look_aside", "read_through"])
def test_a_failed_load_is_not_stored_and_fails_all_who_wait_for_it(play: Play, mode: str) -> None:
    """The call is given up after 5 ms: both fail then, though the origin works on; the next asks it anew."""
    miss = [{"call": "b.go", "timeout": "5ms"}]
    story = play(asked({"coalesce": True, "mode": mode}, "1s", "1004ms", "1006ms", miss=miss))
    assert story.outcomes("ended", "a.go") == [(1005.0, "dependency"), (1005.0, "dependency"), (1011.0, "dependency")]
    assert counts(story) == {"looks": 3, "misses": 2, "coalesced": 1, "load_failed": 2, "failed_too": 1}


def impatient(mode: str, *times: str) -> dict[str, Any]:
    """The first client gives up after 6 ms, and says so."""
    data = asked({"coalesce": True, "mode": mode}, *times)
    data["workload"]["f0"] |= {"timeout": "6ms", "cancel": True}
    return data


def test_who_waits_first_loads_when_the_one_who_loads_is_cancelled(play: Play) -> None:
    """Look-aside: at 1006 the second begins from the first step, so that both that are left have it at 1016."""
    story = play(impatient("look_aside", "1s", "1004ms", "1005ms"))
    assert story.outcomes("ended", "a.go") == [(1006.0, "cancelled"), (1016.0, "ok"), (1016.0, "ok")]
    expected = {"looks": 3, "misses": 1, "coalesced": 2, "filled": 1, "served": 1, "took_over": 1, "stored": 1}
    assert counts(story) == expected
    assert counts(play(impatient("look_aside", "1s"))) == {"looks": 1, "misses": 1, "load_broken_off": 1}


def test_a_cache_that_is_read_through_loads_on_when_nobody_waits(play: Play) -> None:
    """It fills though its only client is gone; who came meanwhile has it when it would have been there."""
    assert counts(play(impatient("read_through", "1s"))) == {"looks": 1, "misses": 1, "filled": 1, "stored": 1}
    story = play(impatient("read_through", "1s", "1004ms", "1100ms"))
    assert story.outcomes("ended", "a.go") == [(1006.0, "cancelled"), (1010.0, "ok"), (1100.0, "ok")]


def test_who_waits_and_gives_up_leaves(play: Play) -> None:
    """The load goes on without it."""
    data = asked({"coalesce": True}, "1s", "1001ms")
    data["workload"]["f1"] |= {"timeout": "6ms", "cancel": True}
    found = counts(play(data))
    assert found == {"looks": 2, "misses": 1, "coalesced": 1, "filled": 1, "left": 1, "stored": 1}


@pytest.mark.parametrize(("per", "hits"), [("replica", 0), ("service", 1)])
def test_a_crash_leaves_the_cache_of_a_replica_cold(play: Play, per: str, hits: int) -> None:
    """What a replica had for itself is lost with it; what the service shares outlives it."""
    crash = {"crash": {"kind": "crash", "target": "a", "at": "1050ms", "for": "20ms", "detection": "1ms"}}
    found = counts(play(asked({"per": per}, "1s", "1100ms", faults=crash)))
    assert (found.get("hits", 0), found.get("lost", 0)) == (hits, 1 - hits)


@pytest.mark.parametrize(("mode", "ends"), [("look_aside", (1015.0, "ok")), ("read_through", (1005.0, "dependency"))])
def test_what_a_replica_loads_for_a_shared_cache_ends_with_it(play: Play, mode: str, ends: tuple[float, str]) -> None:
    """At 1005 the first replica goes down: look-aside another one loads anew; read through the load is broken off."""
    crash = {"crash": {"kind": "crash", "target": "a", "at": "1005ms", "for": "20ms", "replicas": 1}}
    cache = {"per": "service", "coalesce": True, "mode": mode}
    story = play(asked(cache, "1s", "1004ms", faults=crash, replicas=2))
    assert story.outcomes("ended", "a.go") == [(1005.0, "crashed"), ends]
    assert counts(story).get("took_over", 0) == counts(story).get("stored", 0) == (mode == "look_aside")
    assert counts(story).get("load_broken_off", 0) == (mode == "read_through")


def test_a_warm_cache_has_the_keys_that_are_asked_for_most(play: Play) -> None:
    """Half of two places: the first key is there, so that its only request is a hit, and nothing is stored."""
    assert counts(play(asked({"capacity": 2, "warm": "100%"}, "1s"))) == {"looks": 1, "hits": 1, "warm": 1}
    assert counts(play(asked({"warm": "99%"}, "1s"))) == {"looks": 1, "misses": 1, "filled": 1, "stored": 1}


def test_a_replica_that_comes_later_begins_cold(play: Play) -> None:
    """What is warm is so when the run begins: the replicas that an autoscaler starts at 1100 ms have to load the key."""
    scaling = {"metric": "utilisation", "target": "10%", "min": 1, "max": 4, "sync": "100ms", "start_up": "30ms"}
    times = ("1s", "1150ms", "1151ms", "1152ms", "1153ms")
    found = counts(play(asked({"capacity": 1, "warm": "100%", "hit": "100ms"}, *times, workers=1, autoscale=scaling)))
    assert (found["warm"], found["looks"]) == (1, 5)
    assert found["hits"] == 2
    assert found["misses"] == found["stored"] == 3


@pytest.mark.parametrize(("at", "met"), [("1050ms", True), ("1005ms", False)])
def test_a_flush_empties_a_cache_and_says_when_it_met_nothing(play: Play, at: str, met: bool) -> None:  # noqa: FBT001
    """What is being loaded meanwhile is stored all the same: the flush at 1005 found nothing, and the second request a key."""
    from sim.metrics.exercised import not_exercised

    story = play(asked({}, "1s", "1100ms", faults={"flush": {"kind": "cache_flush", "target": "kept", "at": at}}))
    assert counts(story).get("flushed", 0) == counts(story)["misses"] - 1 == int(met)
    assert not_exercised(story.record) == (() if met else ("flush",))


def test_a_near_cache_stands_before_a_far_one(play: Play) -> None:
    """One cache inside of another: what the near one has not may be in the one that all replicas share."""
    miss = [{"cache": "far", "miss": [{"call": "b.go"}]}]
    data = asked({}, "1s", "1100ms", "1200ms", miss=miss, replicas=2)
    data["caches"]["far"] = {"per": "service", "hit": "1ms"}
    story = play(data)
    assert story.times("ended", "a.go") == [1010.0, 1101.0, 1200.0]


def test_handlers_that_give_their_workers_back_wait_without_one(play: Play) -> None:
    """With a single worker the second may come in, and waits beside the first for what that loads."""
    story = play(asked({"coalesce": True}, "1s", "1004ms", workers=1, holds_worker=False))
    assert story.outcomes("ended", "a.go") == [(1010.0, "ok"), (1010.0, "ok")]


def test_the_handler_of_a_message_asks_as_any_other(play: Play) -> None:
    """A consumer has no worker of its replica, and the same cache."""
    data = asked({}, "1s", "1100ms")
    data["services"]["c"] = {"operations": {"go": [{"publish": "t"}]}}
    data["workload"]["f0"]["operation"] = "c.go"
    data["brokers"] = {"b": {"latency": "0s", "topics": {"t": {"partitions": 1}}}}
    data["subscriptions"] = {"g": {"topic": "t", "operation": "a.go"}}
    assert counts(play(data)) == {"looks": 2, "hits": 1, "misses": 1, "filled": 1, "stored": 1}
