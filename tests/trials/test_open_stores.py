"""What waits for a store, is between load and append, or is in flight when the runs end bounds what is counted as it ends."""

from __future__ import annotations

import math
from typing import Any

import pytest

import sim
from sim.scenario import loads
from tests.trials.test_open_counts import ends

WORLD = """
name: open
architecture: event-driven
services:
  shop: {{workers: 2000, operations: {{order: [{steps}]}}}}
  mailer: {{replicas: 2, operations: {{send: [{send}]}}}}
stores: {{orders: {{connections: {connections}, streams: {{account: {{replay: 100us}}}}}}}}
brokers: {{rabbit: {{kind: queue, queues: {{mail: {{visibility: {visibility}}}}}}}}}
subscriptions: {{mailer: {{queue: mail, operation: mailer.send}}}}
workload: {{order: {{operation: shop.order, arrivals: {{kind: constant, rate: 20/s}}, keys: 20}}}}
faults: {{{faults}}}
objectives: [{objectives}]
run: {{horizon: 20s, warmup: 2s, window: 1s, replications: 4, seed: 3}}
"""
SAFE = "{transaction: {store: orders}, steps: [{work: 10ms}]}"
APPENDING = "{load: {stream: account}}, {work: WORK}, {append: {stream: account}}"


def world(*objectives: str, **given: Any) -> Any:
    """Twenty orders a second, for so long, and what is said of the objectives."""
    settings: dict[str, Any] = {"steps": SAFE, "send": "{work: 5ms}", "connections": 5, "visibility": "1s", "faults": ""}
    listed = ", ".join(f"'{one}'" for one in objectives)
    return sim.run(loads(WORLD.format(objectives=listed, **settings | given)))


def said(result: Any) -> list[str]:
    """The outcome of each objective."""
    return [one.outcome for one in result.objectives()]


def test_who_waits_for_a_connection_waits_nobody_knows_how_long() -> None:
    """One in ten transactions never ends: all connections are taken, the others wait longer than any did: no limit is kept."""
    slow = "{choose: [{weight: 0.9, steps: [{work: 10ms}]}, {weight: 0.1, steps: [{work: 1h}]}]}"
    steps = f"{{transaction: {{store: orders}}, steps: [{slow}]}}"
    result = world("orders.connection_wait < 1h", "connection_wait < 1h", steps=steps)
    assert said(result) == ["unsure", "unsure"]
    for path in ("orders.connection_wait", "connection_wait"):
        assert ends(result, path)[1] == math.inf


def test_a_few_who_wait_wait_no_longer_than_others() -> None:
    """A store at 80 %: some wait when the runs end, as long as the longest at most, and that changes little."""
    result = world("orders.connection_wait < 1s", steps=SAFE.replace("10ms", "{kind: exponential, mean: 200ms}"))
    assert said(result) == ["pass"]
    least, most = ends(result, "orders.connection_wait")
    assert least <= result.estimate("orders.connection_wait").mean <= most < 0.5


def test_a_load_that_waits_for_a_connection_may_take_as_long_as_the_longest() -> None:
    """Loads take longer and longer, and a quarter of them waits when runs end: the mean may change."""
    steps = "{load: {stream: account}}, {append: {stream: account, events: 40}}"
    result = world(steps=steps, connections=1)
    least, most = ends(result, "account.load_time")
    value = result.estimate("account.load_time").mean
    assert least < 0.95 * value
    assert most > 1.05 * value
    limit = f"account.load_time < {1000 * (value + most) / 2:.3f}ms"
    assert said(world(limit, steps=steps, connections=1)) == ["unsure"]


def test_a_try_under_way_may_conflict() -> None:
    """Half of the orders rest for an hour between load and append: any of them may conflict, or be given up, or none."""
    rest = "{choose: [{weight: 0.5, steps: [{work: 10ms}]}, {weight: 0.5, steps: [{work: 1h}]}]}"
    result = world("account.conflicts < 30%", "account.conflicts_given_up < 30%", steps=APPENDING.replace("{work: WORK}", rest))
    assert said(result) == ["unsure", "unsure"]
    for path in ("account.conflicts", "account.conflicts_given_up"):
        least, most = ends(result, path)
        assert least < 0.1
        assert most > 0.5
    quick = world("account.conflicts < 30%", steps=APPENDING.replace("WORK", "10ms"))
    assert said(quick) == ["pass"]


STOPPED = "down: {kind: crash, target: mailer, replicas: 1, at: 18s, for: 30s}"
MAILING = "{publish: mail}"
HANGING = "{choose: [{weight: 0.9, steps: [{work: 5ms}]}, {weight: 0.1, steps: [{work: 1h}]}]}"
EXPIRING: list[tuple[dict[str, str], str, int]] = [
    ({}, "pass", 0),
    ({"faults": STOPPED, "visibility": "1m", "send": "{work: 80ms}"}, "unsure", 2),  # one that nobody has, and one that is old
    ({"visibility": "1m", "send": HANGING}, "unsure", 2),
    ({"visibility": "70ms", "send": "{work: 80ms}"}, "fail", 1),  # all are late, so the one in hand may be
]


@pytest.mark.parametrize(("given", "outcome", "more"), EXPIRING)
def test_a_delivery_in_flight_may_expire(given: dict[str, str], outcome: str, more: int) -> None:
    """Where none was ever late, those in hand are in no doubt; what nobody has will expire, and what hangs may."""
    result = world("mailer.expired < 1", "expired < 1", steps=MAILING, **given)
    assert said(result) == [outcome, outcome]
    least, most = ends(result, "mailer.expired")
    assert most - least == pytest.approx(more, abs=0.6)
    assert ends(result, "expired") == (least, most)
