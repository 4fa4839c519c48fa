"""What the page on the bottleneck of a chain says in words, as assertions."""

from __future__ import annotations

from typing import Any

from tests.stories.story import result_of

FOLDER = "bottleneck"
LASTING = "workload.order.arrivals.rate=100/s"
WIDE = tuple(f"services.{one}.workers=400" for one in ("shop", "stock", "ledger"))


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def test_the_whole_chain_becomes_as_slow_as_its_end() -> None:
    """In the last seconds of the peak half of all fail, who only look as well; what holds the shop is waiting."""
    assert of("sync", "look.errors").low > 0.06
    assert of("sync", "order.errors").low > 0.15
    assert of("sync", "shop.utilisation").low > 10 * of("events", "shop.utilisation").high


def test_refused_at_the_door_orders_harm_nobody_else() -> None:
    """Nobody who looks fails; of the orders about as many as without the guard."""
    assert of("guarded", "look.errors").high == 0
    assert abs(of("guarded", "order.errors").mean - of("sync", "order.errors").mean) < 0.04
    assert of("guarded", "order.goodput").mean > 0.95 * of("sync", "order.goodput").mean


def test_in_queues_the_peak_waits() -> None:
    """Nothing fails or is late, a quarter more orders are done, about 60/s x 10 s wait at the highest, up to ten seconds."""
    assert of("events", "order.spoiled").high == of("events", "look.errors").high == 0
    assert of("events", "order.goodput").low > 1.2 * of("sync", "order.goodput").high
    assert 500 < of("events", "backlog_peak").mean < 700
    assert 6 < of("events", "order.completion.p95").low < of("events", "order.completion.p95").high < 10


def test_more_workers_in_front_of_a_bottleneck_do_harm() -> None:
    """Who looks is served; of the work half is in vain, and a third fewer orders are done well."""
    assert of("sync", "look.errors", *WIDE).high == 0
    assert of("sync", "waste", *WIDE).low > 0.45
    assert of("sync", "waste").high < 0.01
    assert of("sync", "order.goodput", *WIDE).high < 0.75 * of("sync", "order.goodput").low


def test_a_queue_hides_an_overload_that_stays() -> None:
    """No order fails and more than half are late; at the door fewer are refused than that, and far more are done in time."""
    assert of("events", "order.errors", LASTING).high == 0
    assert of("events", "order.late", LASTING).low > 0.5
    assert of("guarded", "order.goodput", LASTING).low > 1.6 * of("events", "order.goodput", LASTING).high
    assert of("guarded", "order.errors", LASTING).high < of("events", "order.late", LASTING).low


def test_knobs_of_the_slow_end_help_and_others_do_not() -> None:
    """Six writers: nothing fails. 120 workers of the shop, or a guard as wide as its workers: as much fails as before."""
    assert of("sync", "errors", "services.invoice.workers=6").high == 0
    assert of("sync", "look.errors", "services.shop.workers=120").low > 0.06
    wide = of("guarded", "look.errors", "services.shop.operations.order.1.bulkhead.calls_max=60")
    assert abs(wide.mean - of("sync", "look.errors").mean) < 0.01
