"""Connections that leak, of pools and of stores, and what is counted of all that is held by nobody."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from sim.metrics.paths import measure, resolve
from sim.record.fields.hangs import HANG_KILLED, HANG_OVER, HANGS
from sim.record.fields.leaks import LEAK_BACK, LEAK_LOST, LEAK_RESTARTED, LEAKS, LEVEL_LEAKED
from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from sim.semantics.leaks import change
from tests.engine.story import Story, once, scene

if TYPE_CHECKING:
    from sim.engine import EngineName

ENGINES: list[EngineName] = ["simpy", "compiled"]
Data = dict[str, Any]


def leak(lasts: str, **what: Any) -> Data:
    """A place more is lost each 10 ms from 1010 ms on."""
    return {"leak": {"kind": "leak", "every": "10ms", "at": "1s", "for": lasts, **what}}


def pooled(faults: Data, engine: EngineName, *arrivals: int, **pool: Any) -> Story:
    """Requests that call by way of a pool of two connections; each holds one for 8 ms."""
    call = {"call": "b.go", "pool": "to-b"}
    shop = {"workers": 10, "pools": {"to-b": {"size": 2, **pool}}, "operations": {"go": [call]}}
    services = {"shop": shop, "b": {"workers": 10, "operations": {"go": [{"work": "8ms"}]}}}
    return Story.of(scene(services, {f"f{at}": once("shop.go", f"{at}ms") for at in arrivals}, faults=faults), engine)


def stored(faults: Data, engine: EngineName, *arrivals: int, connections: int = 1) -> Story:
    """Requests that hold a connection of a store for 4 ms."""
    services = {"a": {"workers": 10, "operations": {"go": [{"transaction": {"store": "db"}, "steps": [{"work": "4ms"}]}]}}}
    stores = {"db": {"connections": connections, "commit": "0s"}}
    workload = {f"f{at}": once("a.go", f"{at}ms") for at in arrivals}
    return Story.of(scene(services, workload, stores=stores, faults=faults), engine)


def counted(story: Story, *columns: int) -> list[int]:
    """Totals of the only thing that leaks, and how much is lost at the end."""
    totals, levels = story.record.tables[LEAKS.name].sum(axis=(0, 1)), story.record.levels[LEAKS.name]
    return [*(int(totals[column]) for column in columns), int(levels[0, LEVEL_LEAKED])]


def of(story: Story, path: str) -> float:
    """A metric of the whole run of 2 s."""
    metric, subject = resolve(path, story.record.network)
    return measure(story.record, metric, subject, 0, story.record.network.windows)


@pytest.mark.parametrize("engine", ENGINES)
def test_connections_of_a_pool_leak_one_by_one_and_come_back(engine: EngineName) -> None:
    """At 1010 the free one of two, at 1020 the other one, which has come back; who comes then has one at the end, at 1050."""
    story = pooled(leak("50ms", target="shop", pool="to-b"), engine, 1005, 1025)
    assert story.rows("connections_leaked") == [(1010.0, 1), (1020.0, 2), (1030.0, 2), (1040.0, 2), (1050.0, 0)]
    assert story.times("arrived", "b.go") == [1005.0, 1050.0]
    assert counted(story, LEAK_LOST, LEAK_BACK, LEAK_RESTARTED) == [2, 2, 0, 0]
    assert of(story, "shop.leaked_connections") == of(story, "leaked_connections") == 0.035  # 10 ms of 1, 30 of 2, in 2 s


@pytest.mark.parametrize("engine", ENGINES)
def test_a_connection_that_is_taken_leaks_when_it_is_given_back(engine: EngineName) -> None:
    """Both are taken at 1010: the one that is given back at 1014 is lost, so that who waits has the other one, at 1015."""
    story = pooled(leak("30ms", target="shop", pool="to-b"), engine, 1006, 1007, 1008, 1029)
    assert story.times("arrived", "b.go") == [1006.0, 1007.0, 1015.0, 1030.0]
    story = pooled(leak("30ms", target="shop", pool="to-b"), engine, 1006, 1007, 1029, wait_max="0s")
    assert story.outcomes("settled", "b.go") == [(1014.0, "ok"), (1015.0, "ok"), (1029.0, "rejected")]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_restart_of_the_caller_gives_its_connections_back(engine: EngineName) -> None:
    """Down at 1025: both are there again, and the fault takes one more at 1040 and 1050; what is lost at the end comes back."""
    crash = {"kind": "crash", "target": "shop", "at": "1025ms", "for": "6ms", "detection": "0s"}
    story = pooled({**leak("100ms", target="shop", pool="to-b"), "crash": crash}, engine, 1045, 1055)
    assert story.times("arrived", "b.go") == [1045.0, 1100.0]
    assert counted(story, LEAK_LOST, LEAK_BACK, LEAK_RESTARTED) == [4, 2, 2, 0]


@pytest.mark.parametrize("engine", ENGINES)
def test_connections_of_a_store_leak(engine: EngineName) -> None:
    """The only one is taken when it is to leak: it goes to nobody until the fault ends, at 1030."""
    story = stored(leak("30ms", target={"store": "db"}, pool="connections"), engine, 1008, 1009, 1020)
    assert story.times("transaction_begun") == [1008.0, 1030.0, 1034.0]
    assert of(story, "db.leaked_connections") == 0.01


@pytest.mark.parametrize("engine", ENGINES)
def test_an_outage_of_a_store_gives_its_connections_back(engine: EngineName) -> None:
    """After an outage at 1015 the one that was lost is there again, until the fault takes the next at 1020."""
    outage = {"kind": "store_down", "target": "db", "at": "1015ms", "for": "1ms"}
    faults = {**leak("30ms", target={"store": "db"}, pool="connections"), "outage": outage}
    story = stored(faults, engine, 1012, 1017, 1022)
    assert story.times("transaction_begun") == [1017.0, 1030.0]
    assert counted(story, LEAK_LOST, LEAK_BACK, LEAK_RESTARTED) == [2, 1, 1, 0]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_leaks_at_the_horizon_is_counted(engine: EngineName) -> None:
    """A leak that nothing ends is open: two workers of three."""
    services = {"a": {"workers": 3, "operations": {"go": [{"work": "1ms"}]}}}
    faults = {"leak": {"kind": "leak", "target": "a", "every": "400ms", "at": "1s", "for": "5s"}}
    story = Story.of(scene(services, {"f": once("a.go", "1s")}, faults=faults), engine)
    assert counted(story, LEAK_LOST, LEAK_BACK) == [2, 0, 2]
    assert of(story, "a.leaked_workers") == 0.4  # 400 ms of 1 and 200 ms of 2, in 2 s


@pytest.mark.parametrize("engine", ENGINES)
def test_who_hangs_is_counted_until_it_does_no_more(engine: EngineName) -> None:
    """One of two hangs to the end of the fault, 40 ms; the other one goes down with its replica, after 20."""
    services = {"a": {"replicas": 2, "workers": 3, "operations": {"go": [{"work": "1ms"}]}}}
    faults = {"hang": {"kind": "hang", "target": "a.go", "share": 1.0, "at": "1s", "for": "50ms"}}
    faults["crash"] = {"kind": "crash", "target": "a", "replicas": 1, "at": "1030ms", "for": "5ms", "detection": "0s"}
    story = Story.of(scene(services, {"f": once("a.go", "1010ms"), "g": once("a.go", "1010ms")}, faults=faults), engine)
    totals = story.record.tables[HANGS.name].sum(axis=(0, 1))
    assert (totals[HANG_OVER], totals[HANG_KILLED]) == (1, 1)
    assert of(story, "a.hung") == 0.03


def test_how_many_are_lost_more() -> None:
    """Random histories of takings, restarts and outages, against places that are lost and found one by one."""
    make = random.Random(48)
    for _ in range(200):
        places, lost, before, known = make.randint(1, 4), set[int](), 0, 0
        for _ in range(12):
            if make.random() < 0.2:  # a restart
                lost, known = set(), 0
            total, there = max(0, before + make.randint(-2, 2)), make.random() < 0.8
            for _ in range(total, before):
                if lost:
                    lost.pop()
            for _ in range(before, total):
                free = set(range(places)) - lost
                if free and there:
                    lost.add(free.pop())
            known += change(total, before, known, places, there)
            assert known == len(lost)
            before = total


REFUSED = [
    ({"target": "shop", "pool": "to-c"}, "'shop' has no pool 'to-c'; did you mean 'to-b'?"),
    ({"target": "shop", "pool": "spare"}, "no call of 'shop' uses its pool 'spare'; write pool: spare at a call"),
]


@pytest.mark.parametrize(("what", "said"), REFUSED)
def test_a_pool_that_cannot_leak_is_refused(what: Data, said: str) -> None:
    """One that is not there, or that no call uses: nothing is declared and not done. So where a change is pushed."""
    pools = {"to-b": {"size": 2}, "spare": {"size": 2}}
    shop = {"pools": pools, "operations": {"go": [{"parallel": [{"call": "b.go", "pool": "to-b"}]}]}}
    services = {"shop": shop, "b": {"operations": {"go": [{"work": "8ms"}]}}}
    push = {"kind": "config_push", "target": "shop", "at": "1s", "for": "50ms"}
    change = {"kind": "leak", "every": "10ms", "pool": what["pool"]}
    for faults in (leak("50ms", **what), {"push": {**push, "change": change}}):
        problems = check(Scenario.model_validate(scene(services, {"f": once("shop.go", "1s")}, faults=faults)))
        assert [one.message for one in problems if one.severity == "error"] == [said]


def test_a_store_has_connections_only() -> None:
    """Its workers cannot leak: the message says what to write."""
    with pytest.raises(ValueError, match="a store has no workers; write pool: connections"):
        stored(leak("30ms", target={"store": "db"}), "compiled", 1008)
