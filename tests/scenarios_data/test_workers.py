"""The scenario of what holds a worker, what shares a core, who waits how and who is turned away: its comments hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import sim
from sim.record import fields as f
from sim.scenario.checks import check
from sim.shipped import path_of
from tests.scenarios_data import features
from tests.scenarios_data.features import counted

if TYPE_CHECKING:
    from sim.record.record import Record

SHORT = ("run.horizon=3s", "run.warmup=0s", "run.window=1s")


def ran(*changes: str) -> Record:
    """A short run of the scenario, with other values."""
    return features.ran("workers", *SHORT, *changes)


def test_it_is_valid() -> None:
    """Nothing in it is wrong, and nothing is warned of."""
    assert not [one.message for one in check(sim.load(path_of("features/workers")))]


def test_a_worker_is_held_or_given_back() -> None:
    """Threads hold theirs for work, the call and its waits; the event loop is without one most of that time."""
    record = ran()
    assert [one.name for one in record.network.event_loops] == ["async"]
    threads, behind = counted(record, "services", "threads"), counted(record, "services", "async")
    without = counted(record, "event_loops", "async")["away_area"]
    assert threads["busy_area"] > behind["busy_area"]
    assert without > 0.7 * behind["busy_area"]


def test_work_on_the_loop_also_needs_a_core() -> None:
    """As much work as workers that have any; with fifo one core would keep the other worker's work waiting."""
    assert counted(ran(), "processors", "async")["at_work_area"] > 1.15e9
    fifo = counted(ran("services.async.cores={count: 1, sharing: fifo}"), "processors", "async")
    assert fifo["waiting_area"] > 0 == counted(ran(), "processors", "async")["waiting_area"]


def test_work_takes_longer_the_more_are_at_work() -> None:
    """Two percent and more of contention: work at the database takes longer than its mean of 6 ms, and not without it."""
    slowed = counted(ran(), "processors", "database")
    assert slowed["held"] / slowed["done"] > 6.1e6
    alone = counted(ran("services.database.contention={kind: linear, serial: 0%}"), "processors", "database")
    assert alone["held"] / alone["done"] < slowed["held"] / slowed["done"]


@pytest.mark.parametrize(
    ("limit", "says"),
    [
        ("{kind: fixed, limit: 3}", (3, 3)),
        ("{kind: aimd, initial: 3, min: 2, max: 9}", (3, 9)),
        ("{kind: vegas, initial: 3, max: 9}", (1, 9)),
        ("{kind: gradient2, initial: 3, min: 2, max: 9}", (2, 9)),
    ],
)
def test_concurrency_is_admitted_up_to_a_limit(limit: str, says: tuple[int, int]) -> None:
    """All four kinds: never more in flight than the limit lets be, and from 80 % of it on no batch, but people."""
    record = ran(f"services.database.limit={limit}")
    row = counted(record, "limiters", "database")
    table = record.tables["limiters"][:, 0]
    assert says[0] <= table[:, f.limiters.LIMIT_MAX].max() <= says[1]
    assert table[:, f.limiters.IN_FLIGHT_MAX].max() <= table[:, f.limiters.LIMIT_MAX].max()
    ended = counted(record, "services", "database")
    assert row["admitted"] == row["answered"] + int(record.levels["limiters"][0, f.limiters.LEVEL_IN_FLIGHT])
    assert ended["ended.shed"] + ended["ended.limit"] > 0
    assert ended["arrived"] == row["admitted"] + ended["ended.shed"] + ended["ended.limit"]


def test_people_come_before_batch() -> None:
    """While the database has room for few, batch is shed, which fails it, and hardly any of the people is refused."""
    record: Any = ran("services.database.limit={kind: fixed, limit: 5}")
    failed = 1 - record.flows.sum(axis=0)[:, f.flows.FLOW_SETTLED] / record.flows.sum(axis=0)[:, f.flows.FLOW_OFFERED]
    assert failed[1] > 3 * failed[0]


def test_a_row_is_locked_for_those_of_its_key() -> None:
    """Queries of one key take turns, those of others do not: with one key for all people many more wait."""
    row = counted(ran(), "key_locks", "database.row")
    assert row["waits"] > 0
    held = ran().tables["key_locks"][:, 0, f.key_locks.KEY_LOCK_HELD_MAX].max()
    assert held > 1
    assert counted(ran("workload.people.keys=1"), "key_locks", "database.row")["waits"] > 3 * row["waits"]
