"""Whenever the orchestrator goes down, every saga comes to an end, and what is paid for is booked or refunded."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from sim.engine import run_once
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.scenario.scenario import Scenario
from tests.sagas.scenes import counted, effects, ends, service, trip, visited
from tests.shares import THOROUGH

ONCE = {"idempotent": True}
STORE = {"state": {"store": "sagas", "write": "1ms"}, "stores": {"sagas": {"connections": 1, "commit": "0.5ms"}}}
UNDO_RETRY = {"kind": "fixed", "attempts_max": 3, "delay": "1ms"}


def doing(effect: str, *, fails: bool) -> list[Any]:
    """Work, and the effect at the end of it, unless it fails."""
    return [{"work": "2ms"}, {"fail": 1.0 if fails else 0.0}, {"effect": effect, **ONCE}]


def shop(fails: str, crash: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    """Reserve, charge and book, of which one may fail; the orchestrator may go down."""
    names = (("reserved", "released"), ("charged", "refunded"), ("booked", "unbooked"))
    services = {
        done: service(do=doing(done, fails=fails == done), undo=doing(undone, fails=fails == undone))
        for done, undone in names
    }
    steps = [{"do": {"call": f"{done}.do", "timeout": "5ms"}, "undo": {"call": f"{done}.undo"}} for done, _ in names]
    faults = {"crash": {"kind": "crash", "target": "a", "for": "3ms", **crash}} if crash else {}
    client = {"timeout": "30ms", **more.pop("client", {})}
    data = trip(steps, services, faults=faults, undo_retry=UNDO_RETRY, client=client, **more)
    return {**data, "network": {"hop": "0.5ms"}}


def check_money(record: Any) -> None:
    """Completed or compensated: what was done is there once, or there and undone; and none is lost."""
    done = effects(record)
    for one, other in (("reserved", "released"), ("charged", "refunded"), ("booked", "unbooked")):
        if ends(record) == {"completed": 1}:
            assert (done.get(one), done.get(other)) == (1, None)
        elif ends(record) == {"compensated": 1}:
            assert done.get(one, 0) <= done.get(other, 0) <= 1
    assert sum(ends(record).values()) == counted(record, f.sagas.SAGA_STARTED)


CRASHES = [1000 + half / 2 for half in range(60)]


@pytest.mark.parametrize("one_in", [5, pytest.param(1, marks=THOROUGH)])
@pytest.mark.parametrize(
    ("fails", "connections", "kept"),
    [
        *(("", "reset", {}), ("charged", "silent", {}), ("booked", "silent", {}), ("refunded", "reset", {})),
        *(("", "reset", STORE), ("booked", "silent", STORE)),
    ],
)
def test_every_crash_point(fails: str, connections: str, kept: dict[str, Any], one_in: int) -> None:
    """A crash at each half millisecond from the request to the end: before and after each write, call, work, and answer.

    One of five by default, all when asked for.
    """
    seen = set()
    for at, answer in product(CRASHES[::one_in], ("when_started", "when_done")):
        data = shop(fails, {"at": f"{at}ms", "connections": connections}, answer=answer, **kept)
        network = compile_network(Scenario.model_validate(data))
        records = [run_once(network, seed=1, engine=engine) for engine in ("simpy", "compiled")]
        assert records[0].fingerprint() == records[1].fingerprint(), at
        check_money(records[0])
        assert counted(records[0], f.sagas.SAGA_STARTED) == 1 or at <= 1000 + 2 * bool(kept)
        assert records[0].levels["sagas"][0, f.sagas.LEVEL_SAGAS] == 0
        seen.update(ends(records[0]))
        seen.add(f"resumed {counted(records[0], f.sagas.SAGA_RESUMED)}")
    assert {"resumed 0", "resumed 1"} <= seen
    assert seen - {"resumed 0", "resumed 1"} <= {"completed", "compensated", "parked"}


def test_it_goes_on_where_it_was_written_last(play: Any) -> None:
    """The step that was under way is done again; a step that was done before the crash is not."""
    story = play(shop("", {"at": "1005ms"}, answer="when_started"))
    assert visited(story) == ["reserved.do", "charged.do", "charged.do", "booked.do"]
    assert story.times("saga_resumed") == [1008]
    assert ends(story.record) == {"completed": 1}
    assert effects(story.record) == {"reserved": 1, "charged": 1, "booked": 1}


def test_the_step_that_was_under_way_is_in_doubt(play: Any) -> None:
    """When it fails for certain after the crash, it may have been done before: it is undone too."""
    story = play(shop("charged", {"at": "1005ms"}, answer="when_started"))
    assert visited(story) == ["reserved.do", "charged.do", "charged.do", "charged.undo", "reserved.undo"]
    assert ends(story.record) == {"compensated": 1}


def test_who_waits_for_it_hears_nothing_more(play: Any) -> None:
    """The handler that waits goes down with its replica, and the client is told; the saga goes on all the same."""
    story = play(shop("", {"at": "1005ms"}, answer="when_done"))
    assert story.outcomes("replied") == [(1005, "crashed")]
    assert ends(story.record) == {"completed": 1}


def test_the_deadline_is_over_while_it_is_down(play: Any) -> None:
    """A saga whose deadline is over when its replica comes back is undone then."""
    story = play(shop("", {"at": "1005ms", "for": "20ms"}, answer="when_started", deadline="10ms"))
    assert story.times("saga_overdue") == [1010]
    assert visited(story)[-2:] == ["charged.undo", "reserved.undo"]
    assert ends(story.record) == {"compensated": 1}


def test_it_belongs_to_its_replica(play: Any) -> None:
    """Another replica that is up does not take it over; a client that tries again joins it there, and waits."""
    retry = {"kind": "fixed", "attempts_max": 3, "delay": "1ms"}
    client = {"timeout": "60ms", "retry": retry}
    crash = {"at": "1005ms", "for": "20ms", "replicas": 1}
    story = play(shop("", crash, answer="when_done", replicas=2, client=client))
    assert counted(story.record, f.sagas.SAGA_STARTED) == 1
    assert story.times("saga_resumed") == [1025]
    assert story.outcomes("replied")[0][1] == "ok"


def test_of_those_still_down_at_the_horizon_none_is_forgotten(play: Any) -> None:
    """A saga whose replica does not come back is under way, and exposed, when the run ends: it is stuck."""
    story = play(shop("", {"at": "1005ms", "for": "5s"}, answer="when_started"))
    assert ends(story.record) == {}
    levels = story.record.levels["sagas"][0]
    assert (levels[f.sagas.LEVEL_SAGAS], levels[f.sagas.LEVEL_EXPOSED]) == (1, 1)


def test_what_is_kept_takes_the_time_of_the_store(play: Any) -> None:
    """A write and a commit before each step, and after it; the client is told when the first one is there."""
    story = play(shop("", None, answer="when_started", **STORE))
    assert story.times("replied") == [1001.5]
    assert story.times("saga_written") == [1001.5, 1006, 1007.5, 1012, 1013.5, 1018]
    assert story.times("saga_ended") == [1018]
    assert counted(story.record, f.sagas.SAGA_EXPOSED_TIME) == 13_500_000
    assert story.record.tables["stores"][:, 0, f.stores.STORE_COMMITTED].sum() == 6


def test_a_crash_before_the_first_write_leaves_nothing(play: Any) -> None:
    """The client is told that its request is lost; nothing was begun, and a retry begins it."""
    retry = {"kind": "fixed", "attempts_max": 2, "delay": "10ms"}
    story = play(shop("", {"at": "1001ms"}, answer="when_started", client={"retry": retry}, **STORE))
    assert story.times("saga_resumed") == []
    assert story.times("saga_started") == [1012.5]
    assert ends(story.record) == {"completed": 1}


def test_a_write_that_was_not_committed_is_not_there(play: Any) -> None:
    """A crash between a step and the end of the write that it is done: it is done again."""
    story = play(shop("", {"at": "1005ms"}, answer="when_started", **STORE))
    assert visited(story) == ["reserved.do", "reserved.do", "charged.do", "booked.do"]
    assert effects(story.record) == {"reserved": 1, "charged": 1, "booked": 1}
    assert ends(story.record) == {"completed": 1}


def test_a_slow_orchestrator_writes_slowly(play: Any) -> None:
    """The write is its own work, at the pace of its replica, also when that changes meanwhile."""
    slow = {"slow": {"kind": "slowdown", "target": "a", "at": "1000.5ms", "for": "3ms", "factor": 4.0}}
    story = play({**shop("", None, answer="when_started", **STORE), "faults": slow})
    assert story.times("replied") == [1003]
