"""What the page on the cold cache says in words, as assertions."""

from __future__ import annotations

from typing import Any

import pytest

from sim.record import fields as f
from tests.stories.story import result_of

FOLDER = "cold-cache"
CALM = "faults={}"


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def done_at_the_end(variant: str, *overrides: str) -> float:
    """Of those who come in the last ten seconds, how many see a price: a share."""
    last = sum(record.flows[-10:, 0].sum(axis=0) for record in result_of(FOLDER, variant, overrides).records)
    return float(last[f.flows.FLOW_GOOD] / last[f.flows.FLOW_OFFERED])


def test_the_cache_carried_the_load() -> None:
    """Warm, nothing fails and the service is busy for a third; emptied, hardly anybody is served long after."""
    assert of("sync", "show.errors", CALM).high == 0
    assert of("sync", "prices.utilisation", CALM).high < 0.36
    assert of("sync", "show.errors").low > 0.6
    assert done_at_the_end("sync") < 0.1
    assert of("sync", "prices.hit_ratio", CALM).low > 0.85


def test_it_fills_where_nothing_is_asked_in_vain() -> None:
    """One customer in fifty or so is turned away, and it is over within four seconds."""
    assert of("guarded", "show.errors").mean < 0.025
    assert of("guarded", "time_to_recover").high < 4
    assert done_at_the_end("guarded") > 0.99


def test_a_view_has_no_miss() -> None:
    """Nobody fails and all are answered in no time; one price in a hundred is old by seconds, no more than what there is."""
    assert of("events", "show.errors").high == 0
    assert of("events", "show.latency_ok.p99").high < 0.005
    assert 4 < of("events", "prices_view.staleness.p99").low < of("events", "prices_view.staleness.max").high < 15
    assert of("events", "prices_view.rebuild_time").mean == pytest.approx(75 / (20 - 5), rel=0.1)


def test_coalescing_alone_does_not_save_it_and_a_short_line_does() -> None:
    """150 prices at 50 a second are three seconds, of which each is waited for half a one."""
    assert done_at_the_end("sync", "caches.prices.coalesce=true") < 0.1
    assert done_at_the_end("sync", "services.prices.queue_max=16") > 0.99
    assert of("sync", "show.errors", "services.prices.queue_max=16").mean < 0.05


def test_knobs_of_the_cold_cache() -> None:
    """Who gives up says so: it fills. Two seconds are too short even warm. Twenty workers need no cache."""
    assert done_at_the_end("sync", "services.shop.operations.show.0.miss.0.cancel=true") > 0.99
    assert of("sync", "show.errors", "caches.prices.ttl=2s").low > 0.9
    assert of("sync", "show.errors", "services.prices.workers=20").mean < 0.01
