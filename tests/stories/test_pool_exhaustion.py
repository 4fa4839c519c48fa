"""What the page on pools that are exhausted says in words, as assertions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.story import result_of

FOLDER = "pool-exhaustion"
PATIENT = "services.shop.pools.reports.wait_max=30s"
ALL_PATIENT = "services.shop.pools.store.wait_max=30s"
MONTH_END = 10 / 55


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def test_the_long_ones_have_all_connections() -> None:
    """About a third of the pages of those ten seconds fail, the others take a second and more; the store is idle."""
    assert 0.2 * MONTH_END < of("sync", "view.errors").low < of("sync", "view.errors").high < 0.5 * MONTH_END
    assert 1 < of("sync", "view.latency_ok.p99").low < of("sync", "view.latency_ok.p99").high < 2
    assert of("sync", "store.utilisation").high < 0.12


def test_a_pool_each_is_all_that_pages_need() -> None:
    """No page fails; more reports are refused by six connections than by ten."""
    assert of("split", "view.errors").high == 0
    assert of("split", "report.errors").low > of("sync", "report.errors").high


def test_by_a_queue_reports_wait_and_pages_do_not_notice() -> None:
    """Nothing fails; half of the reports take more than five seconds, a page as long as without reports to speak of."""
    assert of("events", "errors").high == of("events", "report.spoiled").high == 0
    assert of("events", "report.completion.p50").low > 4.5
    assert of("events", "view.latency_ok.p99").high < 0.03


def test_a_pool_with_patience_is_a_queue() -> None:
    """The same share of reports within the same time, to two per cent; hardly a page fails."""
    queue = of("events", "report.completion.p95")
    assert of("split", "report.completion.p95", PATIENT).mean == pytest.approx(queue.mean, rel=0.02)
    assert of("split", "report.errors", PATIENT).high < 0.01
    assert of("split", "view.errors", PATIENT).high < 0.02


def test_in_a_shared_pool_patience_does_harm() -> None:
    """More pages fail than with a wait of one second."""
    assert of("sync", "view.errors", ALL_PATIENT).low > 2 * of("sync", "view.errors").high
    assert of("sync", "report.errors", ALL_PATIENT).high < of("sync", "report.errors").low


def test_more_connections_help_and_more_consumers_trouble_pages() -> None:
    """The knobs: with 30 nothing fails; ten consumers make reports in half of the time, and pages wait for them."""
    assert of("sync", "errors", "services.shop.pools.store.size=30").high == 0
    eager = "subscriptions.reports.consumers=10"
    assert of("events", "report.completion.p95", eager).high < 0.65 * of("events", "report.completion.p95").low
    assert of("events", "view.latency_ok.p99", eager).low > 5 * of("events", "view.latency_ok.p99").high
    assert of("sync", "errors", "faults.month-end.factor=3").high < 0.001
