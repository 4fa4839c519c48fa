"""Times that add up to more than 64 bits hold are refused by name: the books alone would not show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import sim
from sim.errors import RunawayError
from sim.record import fields as f
from sim.record.ledger import check
from sim.scenario import loads

if TYPE_CHECKING:
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


def test_a_long_run_of_a_full_queue_is_refused() -> None:
    """Messages that wait for months of simulated time: more nanoseconds together than there are numbers."""
    longer = ["run.horizon=4000h", "run.window=4000h", "workload.client.arrivals.rate=40/h"]
    with pytest.raises(RunawayError, match="lag_area of group 'back' adds up"):
        sim.run(loads(STUCK).with_overrides(longer), replications=1)
