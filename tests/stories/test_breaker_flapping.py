"""What the page on breakers at low traffic says in words, as assertions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.story import result_of

FOLDER = "breaker-flapping"
CALM = "faults={}"
DOWN = 30 / 175
"""The share of the measured time in which the partner is down."""


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def test_three_calls_say_nothing() -> None:
    """Without a fault a fifth of the breakers are open, one order in seven is refused, a third fail instead of a fifth."""
    assert 0.15 < of("sync", "engaged", CALM).low < of("sync", "engaged", CALM).high < 0.25
    assert of("sync", "refused", CALM).mean == pytest.approx(1 / 7, rel=0.1)
    assert of("sync", "order.errors", CALM).mean == pytest.approx(1 / 3, rel=0.1)
    for variant in ("patient", "shared"):
        assert of(variant, "refused", CALM).high == 0
        assert of(variant, "order.errors", CALM).mean == pytest.approx(0.2, abs=0.01)


def test_twenty_calls_never_come() -> None:
    """While the partner is down the patient breaker refuses nothing."""
    assert of("patient", "refused").high == 0
    assert of("patient", "order.errors").mean == pytest.approx(0.2 * (1 - DOWN) + DOWN, abs=0.02)


def test_one_that_sees_all_does_both() -> None:
    """It refuses about as much as comes while the partner is down, and nothing without a fault."""
    assert of("shared", "refused").low > 0.8 * DOWN
    assert of("shared", "refused").mean < 1.2 * DOWN
    assert of("sync", "order.errors").low > of("shared", "order.errors").high


def test_by_a_queue_nothing_needs_to_be_judged() -> None:
    """Customers hear of no failure, hardly an order is lost; the partner fails more often, and one in twenty waits for long."""
    assert of("events", "order.errors").high == 0
    assert of("events", "order.spoiled").high < 0.01
    assert of("events", "partner.errors").low > of("patient", "partner.errors").high
    assert of("events", "order.completion.p95").low >= 29.9
    assert of("events", "expired").mean == pytest.approx(1100, rel=0.05)


def test_knobs_of_breakers() -> None:
    """A long window makes few mistakes, a long opening makes them dear, four times the calls make a quarter as many."""
    mistakes = of("sync", "refused", CALM)
    assert of("sync", "refused", CALM, "services.shop.operations.order.1.breaker.window.size=60s").high < 0.5 * mistakes.low
    assert of("sync", "refused", CALM, "services.shop.operations.order.1.breaker.open=60s").mean == pytest.approx(0.5, abs=0.05)
    fewer = of("sync", "refused", CALM, "services.shop.replicas=5")
    assert 0.15 * mistakes.mean < fewer.mean < 0.4 * mistakes.mean
