"""Retry in place and retry topics against closed forms: when a partition keeps up, and how much becomes a dead letter."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

import sim
from sim.record import fields as f
from sim.scenario import loads

if TYPE_CHECKING:
    from sim.result import Result

MOODY = """
name: moody
architecture: event-driven
services:
  shop: {workers: 1000, operations: {order: [{publish: orders, acks: none}]}}
  desk: {operations: {confirm: [{work: 2ms}]}}
brokers: {log: {topics: {orders: {partitions: 1}, again: {partitions: 1}, dead: {partitions: 1}}}}
subscriptions:
  desk: {topic: orders, operation: desk.confirm, DESK}
  again: {topic: again, operation: desk.confirm, delay: 7s, on_failure: {then: dead}}
workload: {order: {operation: shop.order, arrivals: {kind: constant, rate: 100/s}}}
faults: {poison: {kind: poison, target: desk.confirm, share: 1%, at: 0s, for: 200s}}
run: {horizon: 200s, warmup: 20s, window: 10s, replications: 12, seed: 3}
"""
RETRY = "retry: {kind: fixed, attempts_max: 3, delay: 3500ms}"


def ran(desk: str) -> Result:
    """The scenario with what its first group does with failures."""
    return sim.run(loads(MOODY.replace("DESK", desk)))


def agrees(values: list[float], exact: float, sharp: float) -> None:
    """The mean is right to four standard errors, which are small enough to have noticed otherwise."""
    error = np.std(values, ddof=1) / math.sqrt(len(values))
    assert error < sharp * exact
    assert abs(np.mean(values) - exact) < 4 * error, (np.mean(values), exact, error)


def test_in_place_a_hundredth_stops_the_partition() -> None:
    """100/s (2 ms + 1 % of 7 s) is 7.2 > 1: the lag grows at 100/s less what is done, 1 / (2 ms + 1 % of (7 s + 4 ms))."""
    done = 1 / (0.002 + 0.01 * 7.004)
    assert round(100 * (0.002 + 0.01 * 7), 6) == 7.2
    lags = [record.groups[[0, -1], 0, f.groups.GROUP_LAG_MAX] for record in ran(RETRY).records]
    agrees([float(last - first) / 190 for first, last in lags], 100 - done, 0.02)


def test_with_a_retry_topic_the_partition_keeps_up() -> None:
    """100/s of 2 ms are 0.2 of its time: nothing waits; what failed waits elsewhere, by Little 1/s for 7 s."""
    records = ran("on_failure: {then: again}").records
    assert max(record.groups[:, 0, f.groups.GROUP_LAG_MAX].max() for record in records) <= 2
    lags = [float(record.groups[2:, 1, f.groups.GROUP_LAG_AREA].sum() / 180e9) for record in records]
    agrees(lags, 100 * 0.01 * 7.002, 0.05)


def test_the_share_that_comes_to_the_dead_letters_is_that_of_failing_each_time() -> None:
    """Each attempt fails with 30 % by itself: two in place and one in the retry topic leave 2.7 %."""
    text = MOODY.replace("DESK", "on_failure: {retry: {kind: fixed, attempts_max: 2, delay: 1ms}, then: again}")
    text = text.replace("[{work: 2ms}]", "[{work: 2ms}, {fail: 30%}]").replace("delay: 7s", "delay: 1s")
    text = text.replace("faults: {poison: {kind: poison, target: desk.confirm, share: 1%, at: 0s, for: 200s}}\n", "")
    counts = [record.groups.sum(axis=0) for record in sim.run(loads(text)).records]
    # those of the last second have not been tried there
    agrees([float(one[1, f.groups.GROUP_HANDED_ON] / (one[0, f.groups.GROUP_APPENDED] - 100)) for one in counts], 0.3**3, 0.03)
    agrees([float(one[0, f.groups.GROUP_HANDED_ON] / one[0, f.groups.GROUP_APPENDED]) for one in counts], 0.3**2, 0.02)
