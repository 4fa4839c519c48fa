"""What the page on a shared dependency says in words, as assertions."""

from __future__ import annotations

from typing import Any

import sim
from tests.stories.story import FOLDERS, result_of

FOLDER = "shared-dependency"
CALM = ("faults={}",)
MILD = "faults.slow-customers.factor=6"
FAR = "subscriptions.orders.delay=4s"
FAULTY = 15 / 40


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def test_one_slow_service_is_all_services() -> None:
    """Hardly anybody who needs the customer is served, more than half of those who only browse fail, all services break."""
    assert of("sync", "order.errors").low > 0.9 * FAULTY
    assert of("sync", "browse.errors").low > 0.5 * FAULTY
    assert of("sync", "blast_radius").low == 1


def test_threads_are_held_for_as_long_as_two_attempts() -> None:
    """Two timeouts of a second, 90 times a second, hold 180 threads of the front, which has 60."""
    scenario = sim.load(FOLDERS[FOLDER] / "sync.yaml").resolved()
    call = scenario["services"]["orders"]["operations"]["place"][1]
    rates = [float(scenario["workload"][one]["arrivals"]["rate"].removesuffix("/s")) for one in ("order", "book", "ask")]
    assert (call["timeout"], call["retry"]["attempts_max"]) == ("1s", 2)
    assert sum(rates) * 2 == 180
    assert scenario["services"]["front"]["workers"] == 60


def test_guards_keep_the_failure_where_it_belongs_and_do_not_make_it_smaller() -> None:
    """Nobody who browses fails, hardly anybody who changes; of the orders nearly as many as without, with less held."""
    assert of("guarded", "browse.errors").high == 0
    assert of("guarded", "move.errors").high < 0.01 < of("sync", "move.errors").low
    assert of("guarded", "order.errors").mean > 0.9 * of("sync", "order.errors").mean
    assert of("guarded", "blast_radius").low == 1
    assert of("guarded", "worker_seconds").high < 0.5 * of("sync", "worker_seconds").low


def test_who_does_not_ask_does_not_fail() -> None:
    """No order, nobody in the blast radius; without a fault faster, with fewer messages."""
    assert of("events", "order.errors").high == of("events", "browse.errors").high == of("events", "blast_radius").high == 0
    assert of("events", "order.latency.p99", *CALM).high < of("sync", "order.latency.p50", *CALM).low
    assert of("events", "messages_sent", *CALM).high < of("sync", "messages_sent", *CALM).low
    assert of("sync", "messages_sent", *CALM).mean == of("guarded", "messages_sent", *CALM).mean


def test_short_patience_has_a_price() -> None:
    """Where the service is only six times slower, guards fail orders that would have been placed without them."""
    assert of("guarded", "order.errors", MILD).low > 0.025
    assert of("sync", "order.errors", MILD).high < 0.005
    assert of("events", "order.errors", MILD).high == 0


def test_what_does_not_fail_may_be_wrong() -> None:
    """Heard of four seconds late, one order in a hundred is placed with what was changed two seconds ago, and none fails."""
    assert of("events", "orders_copy.staleness.p99", FAR).low > 2
    assert of("events", "orders_copy.staleness.max", FAR).high < 4.1
    assert of("events", "order.errors", FAR).high == 0


def test_threads_save_who_browses_and_workers_all() -> None:
    """The knobs: 300 threads, and orders fail as before; 200 workers of the slow service, and nearly nobody fails."""
    threads, workers = "services.front.workers=300", "services.customers.workers=200"
    assert of("sync", "browse.errors", threads).high == 0
    assert of("sync", "order.errors", threads).low > 0.9 * FAULTY
    assert of("sync", "order.errors", workers).high < 0.01


def test_a_short_line_does_as_well_as_breakers() -> None:
    """The knob: ten may wait at the slow service, nobody who browses fails, and orders fail no more than behind breakers."""
    short = "services.customers.queue_max=10"
    assert of("sync", "browse.errors", short).high == 0
    assert of("sync", "order.errors", short).high < of("guarded", "order.errors").mean
