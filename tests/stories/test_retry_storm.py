"""What the page on retry storms says in words, as assertions."""

from __future__ import annotations

from typing import Any

import pytest

from sim.record import fields as f
from tests.stories.story import result_of

FOLDER = "retry-storm"
ONCE = "services.shop.operations.order.1.retry.attempts_max=1"
SHORT = "services.payment.queue_max=50"
CANCEL = "services.shop.operations.order.1.cancel=true"
HASTY = ("subscriptions.payment.prefetch=100", "brokers.tasks.queues.charges.visibility=1s")
WITHIN = 0.05


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def done_at_the_end(variant: str, *overrides: str) -> float:
    """Of what is offered in the last ten seconds, half a minute after the fault, how much is done well: a share."""
    last = sum(record.flows[-10:, 0].sum(axis=0) for record in result_of(FOLDER, variant, overrides).records)
    return float(last[f.flows.FLOW_GOOD] / last[f.flows.FLOW_OFFERED])


def test_the_storm_feeds_itself() -> None:
    """Half a minute after the fault no order is done, each is tried four times; customers are charged all the same."""
    assert done_at_the_end("sync") < WITHIN
    assert of("sync", "amplification").low > 2
    assert of("sync", "order.effects_told_failed").low > 1500
    assert of("sync", "payment.waste").low > 0.6


def test_a_budget_lets_it_end() -> None:
    """Ten seconds after the fault at the latest all is well, and about as many failed as with one attempt each."""
    assert done_at_the_end("budget") > 1 - WITHIN
    assert of("budget", "time_to_recover").high < 10
    assert abs(of("budget", "order.spoiled").mean - of("sync", "order.spoiled", ONCE).mean) < 0.05
    assert of("budget", "order.spoiled").high < 0.5 * of("sync", "order.spoiled").low


def test_who_does_not_wait_does_not_storm() -> None:
    """Nothing is spoiled; the hundredth takes two and a half seconds or longer."""
    assert of("events", "order.spoiled").high == 0
    assert 2.5 < of("events", "order.completion.p99").low < of("events", "order.completion.p99").high < 3.5


@pytest.mark.parametrize("cure", [SHORT, CANCEL])
def test_retries_are_not_the_fault_work_in_vain_is(cure: str) -> None:
    """With the same four attempts fewer fail than with a budget, and all is well within two seconds."""
    assert of("sync", "order.spoiled", cure).high < of("budget", "order.spoiled").low
    assert of("sync", "time_to_recover", cure).high < 2


def test_queues_storm_as_well() -> None:
    """A hundred in hand and a second for all of them: half a minute later it still goes on, and orders die."""
    assert of("events", "dead_lettered", *HASTY).low > 1000
    assert of("events", "order.spoiled", *HASTY).low > 0.2
    assert done_at_the_end("events", *HASTY) < 0.9
    assert of("events", "dead_lettered").high == of("events", "expired").high == 0


@pytest.mark.parametrize(
    "knob", ["workload.order.arrivals.rate=45/s", "faults.slow-payment.for=500ms", "services.payment.workers=12"]
)
def test_less_load_a_short_trigger_or_three_times_the_workers_end_it(knob: str) -> None:
    """The knobs: at the end all orders are done."""
    assert done_at_the_end("sync", knob) > 1 - WITHIN


def test_one_second_is_too_long_now_and_then() -> None:
    """As the page says of a knob: some runs come back, and some do not."""
    assert WITHIN < done_at_the_end("sync", "faults.slow-payment.for=1s") < 1 - WITHIN
