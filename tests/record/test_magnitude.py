"""Times that add up to more than 64 bits hold are refused by name: the books alone would not show it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import sim
from sim.errors import RunawayError
from sim.record import fields as f
from sim.record.families import FAMILIES
from sim.record.ledger import check
from sim.record.magnitude import check_magnitude
from sim.scenario import loads

if TYPE_CHECKING:
    from sim.record.families import Family
    from sim.record.record import Record

STUCK = """
name: stuck
architecture: event-driven
services:
  front: {workers: 1000, operations: {serve: [{publish: task}]}}
  back: {workers: 1, operations: {serve: [{work: 100000h}]}}
brokers: {tasks: {kind: queue, queues: {task: {visibility: 200000h}}}}
subscriptions: {back: {queue: task, operation: back.serve}}
workload: {client: {operation: front.serve, arrivals: {kind: constant, rate: 10/s}}}
run: {horizon: 3h, warmup: 0s, window: 1h, replications: 1, seed: 1}
"""


def record(horizon: str) -> Record:
    """A queue that nobody empties: a run of so long."""
    return sim.run(loads(STUCK).with_overrides([f"run.horizon={horizon}"]), replications=1).records[0]


@pytest.mark.parametrize("whole", [False, True], ids=["of a window", "of the run"])
def test_a_wrapped_sum_is_refused_by_name(whole: bool) -> None:  # noqa: FBT001
    """A table whose areas wrap, and whose books balance all the same as both sides wrap alike, is not taken for right."""
    found = record("3h")
    check(found)
    table = found.tables["queues"]
    if whole:
        table[:, 0, f.queues.QUEUE_WAITING_AREA] += 2**62
    else:
        table[0, 0, f.queues.QUEUE_WAITING_MAX] = 2**63 // found.network.window + 1
    with pytest.raises(RunawayError, match=r"queued_area of queue 'task' adds up .* shorter run.horizon"):
        check(found)


FOR_EVER = """
name: for-ever
architecture: synchronous
services: {back: {operations: {serve: [{work: 1s}]}}}
workload:
  client: {operation: back.serve, hop: 277777h, arrivals: {kind: constant, rate: 0.001/h}}
run: {horizon: 270000h, warmup: 0s, window: 2700h, replications: 1, seed: 1}
"""


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_requests_that_are_open_for_decades_are_refused_by_name(engine: str) -> None:
    """Their ages are no part of an area: in words they would wrap, and plain integers would not fit into a record."""
    with pytest.raises(RunawayError, match=r"unanswered_time of flow 'client' adds up .* a shorter run.horizon"):
        sim.run(loads(FOR_EVER), replications=1, engine=engine)
    few = loads(FOR_EVER).with_overrides(["workload.client.arrivals.rate=0.00003/h"])
    assert sim.run(few, replications=1, engine=engine).records[0].flows[:, 0, f.flows.FLOW_UNANSWERED].sum() == 8


@pytest.mark.parametrize("family", FAMILIES, ids=lambda one: one.name)
def test_a_sum_of_times_wraps_unseen_nowhere(family: Family) -> None:
    """What a family says of a column's times is looked at: so many of the longest are too much in one window."""
    found = record("3h")
    for one in family.sums:
        names = SimpleNamespace(name="it")
        table = np.zeros((3, 1, len(family.counters)), dtype=np.int64)
        levels = np.zeros((1, len(family.levels)), dtype=np.int64)
        for column, value in ((one.count, 2**33), (one.longest, 2**29)):
            (levels if one.in_levels else table)[..., column] = value
        network: Any = SimpleNamespace(**{family.name: (names,)}, window=1, horizon=1)
        changed = {"tables": {family.name: table}, "levels": {family.name: levels}, "network": network}
        check_magnitude(replace(found, **changed))
        (levels if one.in_levels else table)[..., one.longest] = 2**30
        with pytest.raises(RunawayError, match=f"{family.counters[one.column]} of {family.one} 'it' adds up"):
            check_magnitude(replace(found, **changed))


def test_a_long_run_of_a_full_queue_is_refused() -> None:
    """Messages that wait for months of simulated time: more nanoseconds together than there are numbers."""
    longer = ["run.horizon=4000h", "run.window=4000h", "workload.client.arrivals.rate=40/h"]
    with pytest.raises(RunawayError, match="lag_area of group 'back' adds up"):
        sim.run(loads(STUCK).with_overrides(longer), replications=1)
