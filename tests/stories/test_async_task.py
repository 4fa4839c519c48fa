"""What the page on asynchronous task execution says in words, as assertions."""

from __future__ import annotations

from typing import Any

import sim
from tests.stories.story import PATTERNS, result_of

FOLDER = "async-task"
CALM = ("faults={}",)


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def test_the_invoice_is_there_no_sooner_and_no_later() -> None:
    """Without a fault the median until it is rendered differs by less than 1 %, the answer by a factor of hundreds."""
    sync, queue = (of(one, "submit.completion.p50", *CALM).mean for one in ("sync", "queue"))
    assert abs(sync - queue) < 0.01 * sync
    assert of("sync", "submit.latency.p50", *CALM).mean > 100 * of("queue", "submit.latency.p50", *CALM).mean


def test_the_threads_are_gone_first() -> None:
    """Twelve seconds, 20 times a second, hold 240 threads of 80; who browses fails with the api, not with the queue."""
    scenario = sim.load(PATTERNS / FOLDER / "sync.yaml").resolved()
    mean = float(scenario["services"]["renderer"]["operations"]["render"][0]["work"]["mean"].removesuffix("s"))
    rate = float(scenario["workload"]["submit"]["arrivals"]["rate"].removesuffix("/s"))
    assert mean * scenario["faults"]["slow-renderer"]["factor"] * rate == 240
    assert scenario["services"]["api"]["workers"] == 80
    assert of("sync", "browse.errors").low > 0.1
    assert of("sync", "blast_radius").low == 1
    assert of("queue", "browse.errors").high == 0
    assert of("queue", "browse.latency.p99").mean == of("queue", "browse.latency.p99", *CALM).mean


def test_a_task_that_was_accepted_is_not_forgotten() -> None:
    """Nothing is spoiled and nothing dies, though renderings time out and are seen again."""
    assert of("queue", "submit.spoiled").high == of("queue", "dead_lettered").high == 0
    assert of("queue", "expired").low > 50


def test_the_price_is_the_wait_and_repeated_work() -> None:
    """The last come half a minute late, catching up takes most of a minute; the api is back at once, and failed a tenth."""
    assert 25 < of("queue", "submit.completion.p99").mean < 35
    assert 40 < of("queue", "time_to_recover").low < of("queue", "time_to_recover").high < 60
    assert of("sync", "time_to_recover").high < 5
    assert 0.08 < of("sync", "submit.spoiled").mean < 0.12
    assert 0 < of("queue", "waste").high < of("sync", "waste").low


def test_enough_threads_survive_without_a_queue() -> None:
    """With 300 threads nobody who browses fails: the knob of the page does what it says."""
    assert of("sync", "browse.errors", "services.api.workers=300").high < 0.001


def test_a_bulkhead_keeps_the_threads_and_not_the_invoices() -> None:
    """Nobody who browses fails behind it; more invoices are turned away, and half of the wasted work is saved."""
    assert of("guarded", "browse.errors").high == 0
    assert of("guarded", "submit.spoiled").low > 1.2 * of("sync", "submit.spoiled").high
    assert of("guarded", "waste").high < 0.55 * of("sync", "waste").low
    assert of("guarded", "waste").high < of("queue", "waste").low
