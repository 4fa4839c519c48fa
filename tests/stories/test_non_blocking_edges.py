"""What the page on edges that do not block says in words, as assertions: a published null result, and what it leaves out."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.record import fields as f
from sim.record.outcomes import OUTCOME_COUNT
from tests.stories.story import result_of

FOLDER = "non-blocking-edges"
PUBLISHED = 1e-5
"""The largest change of a predicted availability: arXiv 2512.12314, of the OpenTelemetry Demo."""
FAILED = slice(f.flows.FLOW_SETTLED + 1, f.flows.FLOW_SETTLED + OUTCOME_COUNT)
SETTLED = slice(f.flows.FLOW_SETTLED, f.flows.FLOW_SETTLED + OUTCOME_COUNT)


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def by_window(variant: str, what: slice) -> Any:
    """Requests with those outcomes, by replication, window and flow."""
    return np.array([one.flows[:, :, what].sum(axis=2) for one in result_of(FOLDER, variant).records])


def test_the_published_null_result() -> None:
    """While services are up or down, and not in the seconds in which one changes, not a single failed request differs."""
    waiting, not_waiting = by_window("blocking", FAILED), by_window("nonblocking", FAILED)
    changes = {second for at in range(20, 100, 10) for change in (at, at + 5) for second in (change - 1, change, change + 1)}
    steady = [window for window in range(10, 110) if window not in changes]
    assert len(steady) > 50
    assert waiting[:, steady].sum() > 5000
    more = abs(int(waiting[:, steady].sum()) - int(not_waiting[:, steady].sum()))
    assert more / by_window("blocking", SETTLED).sum() <= PUBLISHED
    assert (waiting[:, steady] == not_waiting[:, steady]).all()


def test_one_request_in_transit_is_all_the_difference() -> None:
    """With time there are requests under way when a service stops: one of 81,488."""
    settled = by_window("blocking", SETTLED)[:, 10:].sum()
    assert settled == 81_488
    assert by_window("blocking", FAILED)[:, 10:].sum() - by_window("nonblocking", FAILED)[:, 10:].sum() == 1


def test_waiting_costs_a_round_trip_and_as_long_as_it_is_short_no_availability() -> None:
    """Four milliseconds; behind a slow log more orders are under way when something stops, and half a percent more fail."""
    later = of("blocking", "checkout.latency.p50").mean - of("nonblocking", "checkout.latency.p50").mean
    assert 0.003 < later < 0.005
    slow = of("blocking", "checkout.errors", "brokers.events.latency=200ms").mean
    assert 0.003 < slow - of("blocking", "checkout.errors").mean < 0.01


def test_what_makes_orders_available_is_not_to_call() -> None:
    """Called, one order in four fails; published, one in five, with what is left to do waiting behind the answer."""
    assert 0.24 < of("sync", "checkout.errors").mean < 0.27
    assert 0.19 < of("nonblocking", "checkout.errors").mean < 0.22
    assert 42 < of("nonblocking", "backlog_peak").mean < 43.5
    assert abs(of("sync", "product.errors").mean - of("blocking", "product.errors").mean) < 0.0005
