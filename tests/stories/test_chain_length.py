"""What the page on the length of a chain says in words, as assertions."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.stories.story import result_of

FOLDER = "chain-length"
UP, EVERY, SHARE = 0.98, 9.8, 60 / 66
"""How much of the time a service is up, seconds until it goes down, and the share of the measured time in which it may."""
FLOWS = {"one": 1, "two": 2, "four": 4, "six": 6}


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


@pytest.mark.parametrize(("flow", "length"), FLOWS.items())
def test_availabilities_multiply(flow: str, length: int) -> None:
    """All are up, and none goes down while the request is there: 2 ms in the last, 4 ms more in each before it.

    To four standard errors, about as much as the interval is wide.
    """
    there = sum(0.002 + 0.004 * k for k in range(length))
    expected = SHARE * (1 - UP**length * math.exp(-there / EVERY))
    found = of("sync", f"{flow}.errors")
    assert abs(found.mean - expected) < found.high - found.low < 0.04


def test_by_queues_only_the_entrance_counts() -> None:
    """Of two and of six about as many fail, as of one service; what was accepted is done."""
    for flow in ("two", "four", "six"):
        assert 0.01 < of("events", f"{flow}.errors").mean < 0.025
        assert abs(of("events", f"{flow}.spoiled").mean - of("events", f"{flow}.errors").mean) < 1e-4
    assert of("events", "dead_lettered").high == of("events", "failed_after_ok").high == 0
    assert of("events", "six.errors").high < 0.3 * of("sync", "six.errors").low


def test_accepted_is_not_done() -> None:
    """One in twenty waits for a third of a second, where half are done in 18 ms; nearly twice the messages are sent."""
    assert of("events", "six.completion.p50").mean == pytest.approx(0.018, rel=0.01)
    assert 0.25 < of("events", "six.completion.p95").low < of("events", "six.completion.p95").high < 0.45
    assert of("events", "messages_sent").mean > 1.6 * of("sync", "messages_sent").mean


def test_two_of_each_do_as_well() -> None:
    """With a second try at the entrance fewer fail than by queues, at twice the replicas; without, the length counts."""
    assert of("replicated", "six.errors").high < of("events", "six.errors").low
    assert of("replicated", "replica_seconds").mean == 2 * of("sync", "replica_seconds").mean
    one, two, four = (of("replicated", f"{flow}.errors") for flow in ("one", "two", "four"))
    assert one.high < two.low
    assert two.high < four.low


def test_one_replica_more_is_enough_by_queues() -> None:
    """With two of the first service as few fail as with two of each; one replica is paid for besides."""
    knob = "services.s1.replicas=2"
    assert of("events", "six.errors", knob).high < of("events", "six.errors").low
    assert of("events", "replica_seconds", knob).mean == pytest.approx(of("events", "replica_seconds").mean * 7 / 6)


def test_twice_the_time_down_is_twice_the_failures() -> None:
    """The knobs: both fail about twice as often, calls still several times as often; a late notice makes pairs worse."""
    knob = "faults.down.random.mttr=400ms"
    sync, events = of("sync", "six.errors", knob), of("events", "six.errors", knob)
    assert 1.6 < sync.mean / of("sync", "six.errors").mean < 2.2
    assert 1.6 < events.mean / of("events", "six.errors").mean < 2.4
    assert 4 < sync.mean / events.mean < 6
    late = "faults.down.detection=200ms"
    assert of("replicated", "four.errors", late).low > 1.5 * of("replicated", "four.errors").high
