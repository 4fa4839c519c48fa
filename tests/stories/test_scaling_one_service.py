"""What the page on scaling one service alone says in words, as assertions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.story import result_of

FOLDER = "scaling-one-service"
TWICE = "workload.order.arrivals.rate=100/s"
SCALED = (TWICE, "services.engine.replicas=4")
HELD = 0.2 + 0.004 + 0.002 + 4 * 0.001
"""Seconds that an order holds a worker of the shop, without a queue: all work, and four hops less the two of the client."""


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def test_a_chain_carries_what_its_slowest_service_does() -> None:
    """Twelve workers of 200 ms: 60 a second by calls; by queues none is refused, and many are late."""
    assert of("sync", "order.goodput", TWICE).mean == pytest.approx(60, rel=0.05)
    assert of("eventloop", "order.goodput", TWICE).mean == pytest.approx(60, rel=0.05)
    assert of("events", "order.errors", TWICE).high == 0
    assert of("events", "order.late", TWICE).low > 0.3
    assert of("events", "order.goodput", TWICE).high < of("sync", "order.goodput", TWICE).low


def test_twice_the_engines_are_a_quarter_more_for_calls() -> None:
    """16 workers over 210 ms are 76 a second, by Little's law; the engines are idle for a third."""
    sync = of("sync", "order.goodput", *SCALED)
    assert sync.mean == pytest.approx(16 / HELD, rel=0.02)
    assert 1.2 < sync.mean / of("sync", "order.goodput", TWICE).mean < 1.35
    assert of("sync", "engine.utilisation", *SCALED).high < 2 / 3
    assert of("sync", "shop.utilisation", *SCALED).low > 0.99
    more = of("sync", "order.goodput", TWICE, "services.engine.replicas=8")
    assert more.mean == pytest.approx(sync.mean, rel=0.01)


def test_queues_scale_where_they_are_scaled_and_so_do_calls_that_hold_no_worker() -> None:
    """All 100 a second are done, in about the time that it took half of them."""
    for variant in ("events", "eventloop"):
        assert of(variant, "order.spoiled", *SCALED).high == 0
        assert of(variant, "order.goodput", *SCALED).mean == pytest.approx(100, rel=0.02)
        before = of(variant, "order.completion.p50")
        assert of(variant, "order.completion.p50", *SCALED).mean == pytest.approx(before.mean, rel=0.1)


def test_the_chain_is_scaled_as_a_whole() -> None:
    """The knobs: with 40 workers of both callers calls carry all, with those of the shop alone hardly more than before."""
    shop, pricing = "services.shop.workers=40", "services.pricing.workers=40"
    before = of("sync", "order.goodput", *SCALED).mean
    assert of("sync", "order.goodput", *SCALED, shop).mean < 1.05 * before
    assert of("sync", "order.errors", *SCALED, shop, pricing).high == 0


def test_a_faster_engine_frees_who_waits_for_it() -> None:
    """The knob: half of its time, and calls carry 100 a second with the workers that they have."""
    assert of("sync", "order.errors", TWICE, "services.engine.operations.compute.0.work.mean=100ms").high == 0
