"""What the page on competing consumers says in words, as assertions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import sim
from sim.record import fields as f
from tests.stories.story import PATTERNS, result_of

FOLDER = "competing-consumers"
CALM = ("faults={}",)


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def back_by(variant: str) -> float:
    """When a variant is back to normal at the soonest: the lower end of the interval, where some runs end before."""
    found = of(variant, "time_to_recover")
    low: float = found.survival.low if found.survival is not None else found.low
    return low


def test_one_queue_is_erlangs_and_partitions_are_queues_of_their_own() -> None:
    """The mean time until an order is packed: M/M/8 for the queue, eight M/M/1 for the partitions."""
    load, mean, servers = 80 * 0.08, 80.0, 8
    assert load == 6.4
    assert 80 - servers / 2 / 0.08 == 30  # what is too many for one replica
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    waits = last / (sum(load**k / math.factorial(k) for k in range(servers)) + last)
    erlang = mean + waits * mean / (servers - load)
    assert round(erlang, 1) == 102.9
    alone = mean / (1 - load / servers)
    assert round(alone) == 400
    for variant, exact, sharp in (("queue", erlang, 0.01), ("partitions", alone, 0.05)):
        scenario = sim.load(PATTERNS / FOLDER / f"{variant}.yaml", ["faults={}", "run.horizon=600s"])
        rows = [record.groups[10:, 0].sum(axis=0) for record in sim.run(scenario).records]
        columns = f.groups.GROUP_APPLY_TIME, f.groups.GROUP_APPLIED
        means = np.array([row[columns[0]] / row[columns[1]] / 1e6 for row in rows])
        error = means.std(ddof=1) / math.sqrt(len(means))
        assert error < sharp * exact
        assert abs(means.mean() - exact) < 4 * error


def test_order_has_a_price_and_the_balancer_stands_in_between() -> None:
    """Without a fault the queue is sooner than the pool that is called in turn, and both are sooner than partitions."""
    queue, sync, partitions = (of(one, "order.completion.p99", *CALM) for one in ("queue", "sync", "partitions"))
    assert queue.high < sync.low < sync.high < partitions.low
    assert partitions.mean > 4 * queue.mean


def test_the_caller_is_turned_away_and_the_message_waits() -> None:
    """Only the shop that waits fails orders, about half of them packed all the same; it is back soonest."""
    sync = result_of(FOLDER, "sync")
    failed = sync.estimate("order.spoiled").mean * 80 * 170
    assert 0.4 < sync.estimate("order.effects_told_failed").mean / failed < 0.6
    for variant in ("partitions", "queue"):
        assert of(variant, "order.spoiled").high == 0
        assert of(variant, "lost").high == of(variant, "order.effects_doubled").high == 0
        assert of("sync", "time_to_recover").high < back_by(variant)
        assert of("sync", "order.completion.p50").high < of(variant, "order.completion.p50").low


def test_the_queue_is_worked_off_sooner_than_the_partitions() -> None:
    """Its peak is lower, its end half a minute after the fault's; the log's group stops twice: for those lost, and back."""
    assert of("queue", "backlog_peak").high < 0.6 * of("partitions", "backlog_peak").low
    assert of("queue", "time_to_recover").high < 0.5 * back_by("partitions")
    assert 25 < of("queue", "time_to_recover").mean < 32
    record = result_of(FOLDER, "partitions").records[0]
    assert record.groups[:, 0, f.groups.GROUP_REBALANCES].sum() == 2


def test_what_was_in_hand_is_handed_out_again() -> None:
    """At most the four orders in the hands of the lost replica come again, in either wiring."""
    for variant in ("partitions", "queue"):
        assert 0 < of(variant, "redelivered").mean <= 4


def test_with_guards_the_caller_loses_what_must_be_lost_and_no_more() -> None:
    """One order in 23 is too many; no more fail, hardly one of them is packed, and the median is below that of the queue."""
    too_many = 30 * 20 / (80 * 170)
    assert round(1 / too_many) == 23
    guarded = of("guarded", "order.spoiled")
    assert guarded.high < too_many < of("sync", "order.spoiled").low
    assert of("guarded", "order.effects_told_failed").high < 0.01 * of("sync", "order.effects_told_failed").low
    assert of("guarded", "order.completion.p50").high < of("queue", "order.completion.p50").low
    assert 0.2 < of("guarded", "order.effects_doubled").mean < 0.5
    assert of("queue", "order.spoiled").high == 0
