"""What the page on the replica that fails fast says in words, as assertions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.story import result_of

FOLDER = "sinkhole"
BUSY = "workload.order.arrivals.rate=400/s"
BAD = 15 / 40
"""The share of the measured time in which one replica is bad."""


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def test_who_fails_fast_looks_idle() -> None:
    """Two calls of three go to the bad replica where the fewest outstanding count, one of four in turn."""
    assert of("sync", "order.errors").mean == pytest.approx(2 / 3 * BAD, rel=0.05)
    assert of("round_robin", "order.errors").mean == pytest.approx(1 / 4 * BAD, rel=0.02)


def test_whoever_looks_at_outcomes_is_safe() -> None:
    """About one order in a thousand fails, five or so in a replication."""
    assert 0 < of("ejecting", "order.errors").low < of("ejecting", "order.errors").high < 0.002
    assert of("ejecting", "order.errors").mean < 0.001
    assert of("ejecting", "order.errors").mean * 8000 == pytest.approx(5, abs=3)


def test_a_queue_is_a_sinkhole_too() -> None:
    """Nobody is told of a failure, and one order in eight of that time dies; deliveries fail more often than calls in turn."""
    assert of("events", "order.errors").high == 0
    assert of("events", "order.spoiled").mean == pytest.approx(BAD / 8, rel=0.1)
    assert of("events", "payment.errors").low > of("round_robin", "payment.errors").high
    assert of("events", "dead_lettered").low > 300
    assert of("events", "order.spoiled").high < of("round_robin", "order.spoiled").low


def test_the_busier_the_others_are_the_deeper_the_hole() -> None:
    """At twice the load more go to the bad replica; in turn as many as before, and ejected as good as none."""
    assert of("sync", "order.errors", BUSY).low > of("sync", "order.errors").high
    assert of("round_robin", "order.errors", BUSY).mean == pytest.approx(1 / 4 * BAD, rel=0.02)
    assert of("ejecting", "order.errors", BUSY).high < 0.0015
    assert of("events", "order.spoiled", BUSY).low > of("events", "order.spoiled").high


def test_two_to_choose_from_and_more_deliveries() -> None:
    """The knobs: of two the bad one is chosen half of the time; eight deliveries halve dead letters, a rest leaves few."""
    two = of("sync", "order.errors", "services.payment.balance=power_of_two")
    assert two.mean == pytest.approx(BAD / 2, rel=0.1)
    more = "brokers.tasks.queues.charges.dead_letter.deliveries_max=8"
    assert of("events", "dead_lettered", more).high < 0.6 * of("events", "dead_lettered").low
    rest = "subscriptions.payment.requeue=false"
    assert of("events", "dead_lettered", rest).mean < 60
    assert of("events", "order.late", rest).low > 0.02
