"""What the page on load levelling says in words, as assertions."""

from __future__ import annotations

from typing import Any

from sim.record import fields as f
from tests.stories.story import result_of

FOLDER = "load-levelling"
SHORT = "services.press.queue_max=100"


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def test_a_queue_that_takes_all_turns_refusals_into_lateness() -> None:
    """Nothing fails, fifteen seconds of work wait at the peak, and one order in five is late."""
    assert of("queue", "order.errors").high == of("queue", "lost").high == of("queue", "dropped").high == 0
    assert round(of("queue", "backlog_peak").mean, -2) == 2400
    assert 2400 / 160 == 15
    assert 0.18 < of("queue", "order.late").mean < 0.23


def test_the_bound_refuses_what_would_be_late_anyway() -> None:
    """Less than half as many orders are not done well, and none of those that were taken is late."""
    assert of("bounded", "order.spoiled").high < 0.5 * of("queue", "order.spoiled").low
    assert of("bounded", "order.late").high == 0
    assert of("bounded", "overflowed").low > 1000


def test_the_one_who_waits_and_tries_again_never_comes_back() -> None:
    """Most orders fail, and long after the peak nearly all do: in the last half minute 100/s come and 160/s could be done."""
    assert of("sync", "order.spoiled").low > 0.8
    assert of("sync", "order.effects_told_failed").low > 10_000
    for record in result_of(FOLDER, "sync").records:
        last = record.flows[-30:, 0].sum(axis=0)
        assert last[f.flows.FLOW_GOOD] < 0.05 * last[f.flows.FLOW_OFFERED]


def test_with_a_line_that_patience_fits_waiting_does_nearly_as_well() -> None:
    """One in eight fails instead of one in eleven; without a bound one in five is late."""
    short = of("sync", "order.spoiled", SHORT)
    assert 1 / 9 < short.mean < 1 / 7
    assert 1 / 12 < of("bounded", "order.spoiled").mean < 1 / 10.5
    assert of("bounded", "order.spoiled").high < short.low < short.high < of("queue", "order.spoiled").low


def test_without_retries_the_storm_ends_with_the_peak() -> None:
    """The knob of the page: one attempt, and four times as many orders are done well."""
    once = "services.shop.operations.order.1.retry.attempts_max=1"
    assert of("sync", "order.goodput", once).low > 4 * of("sync", "order.goodput").high


def test_dropping_the_oldest_fails_as_many_and_tells_nobody() -> None:
    """The knob of the page: all orders are answered well, and as many are not done."""
    drop = "brokers.tasks.queues.tickets.overflow=drop_head"
    assert of("bounded", "order.errors", drop).high == 0
    assert abs(of("bounded", "order.spoiled", drop).mean - of("bounded", "order.spoiled").mean) < 0.01


def test_a_bound_of_what_can_be_done_in_time_is_too_long() -> None:
    """The knob of the page: with 1500 fewer fail than with 800, with 1600 some are late."""
    right, long = "brokers.tasks.queues.tickets.length_max=1500", "brokers.tasks.queues.tickets.length_max=1600"
    assert of("bounded", "order.spoiled", right).high < of("bounded", "order.spoiled").low
    assert of("bounded", "order.late", long).low > of("bounded", "order.late", right).high
