"""What the page on CQRS and reading one's own writes says in words, as assertions."""

from __future__ import annotations

from math import exp
from typing import Any

from tests.stories.story import result_of

FOLDER = "cqrs"
QUIET = "faults={}"
CROWD = "faults={crowd: {kind: traffic, flow: browse, factor: 3, at: 30s, for: 10s}}"
DOWN = "faults={no-store: {kind: store_down, target: {store: db}, at: 60s, for: 8s}}"
SLOW = "faults={slow-site: {kind: slowdown, target: site, factor: 10, at: 90s, for: 8s}}"
VIEWS = ("projection", "waiting", "pinned")


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def too_early(work: float, think: float = 0.2) -> float:
    """Share of customers who look before an M/M/1 queue with 20 changes a second has taken theirs in."""
    left = 1 / work - 20
    return exp(-left * 0.004) * (1 / think) / (1 / think + left)


def test_the_view_answers_sooner_and_spares_the_store() -> None:
    """Five times as fast, nine tenths of the load, two milliseconds more for a change."""
    assert 4.9 < of("sync", "browse.latency.p50", QUIET).mean / of("projection", "browse.latency.p50", QUIET).mean < 5.1
    assert 0.9 < 1 - of("projection", "db.utilisation", QUIET).mean / of("sync", "db.utilisation", QUIET).mean < 0.93
    more = of("projection", "change.latency.p50", QUIET).mean - of("sync", "change.latency.p50", QUIET).mean
    assert 0.0015 < more < 0.0025


def test_one_customer_in_five_is_too_early() -> None:
    """The share is that of the formula, also with a faster view, one close to what it can do, and with slower customers."""
    assert round(100 * too_early(0.025), 1) == 18.5
    for work, change in ((0.025, ()), (0.005, ("services.site.operations.update.0.work.mean=5ms",))):
        found = of("projection", "own_write_missed", QUIET, *change)
        assert found.low < too_early(work) < found.high
    assert 0.012 < of("projection", "own_write_missed", QUIET, "services.site.operations.update.0.work.mean=5ms").mean < 0.014
    assert 0.45 < of("projection", "own_write_missed", QUIET, "services.site.operations.update.0.work.mean=40ms").mean < 0.55
    slower = of("projection", "own_write_missed", QUIET, "workload.change.then.after.mean=1s")
    assert slower.low < too_early(0.025, 1) < slower.high
    assert 22 < 1 / slower.mean < 24


def test_who_waits_waits_for_what_is_left_of_an_exponential_time() -> None:
    """50 ms for those who were too early; 12 ms in place of 17 in the mean; thrice the slowest hundredth."""
    wait = of("waiting", "read_wait", QUIET)
    assert wait.low < 1 / (40 - 20) < wait.high
    assert of("waiting", "own_write_missed", QUIET).high == of("waiting", "change.follow_up_errors", QUIET).high == 0
    assert 0.0115 < of("waiting", "change.follow_up.mean", QUIET).mean < 0.0125
    assert 0.0165 < of("sync", "change.follow_up.mean", QUIET).mean < 0.0175
    assert 2.8 < of("waiting", "change.follow_up.p99", QUIET).mean / of("sync", "change.follow_up.p99", QUIET).mean < 3.5


def test_where_all_read_the_store_who_only_looks_stops_those_who_write() -> None:
    """4 % of the changes are given up, and made nevertheless; a view, or one connection more, and nobody notices."""
    assert round((3 * 150 + 20) * 0.012, 1) == 5.6
    given_up = of("sync", "change.errors", CROWD)
    assert 0.035 < given_up.mean < 0.045
    assert of("sync", "change.effects_told_failed", CROWD).mean > 0.95 * given_up.mean * 20 * 110
    for variant in VIEWS:
        for path in ("browse.errors", "change.errors", "change.follow_up_errors"):
            assert of(variant, path, CROWD).high == 0
    for path in ("browse.errors", "change.errors"):
        assert of("sync", path, CROWD, "stores.db.connections=6").high == 0


def test_reads_go_on_without_the_store_writes_do_not() -> None:
    """Changes of eight seconds of 110 fail everywhere; pages only where the store is read."""
    for variant in ("sync", *VIEWS):
        assert 0.065 < of(variant, "change.errors", DOWN).mean < 0.08
        assert (of(variant, "browse.errors", DOWN).mean > 0.065) == (variant == "sync")
    for variant in VIEWS:
        assert of(variant, "browse.errors", DOWN).high == 0
    assert 0 < of("pinned", "change.follow_up_errors", DOWN).mean < 0.005
    assert of("projection", "change.follow_up_errors", DOWN).high == of("waiting", "change.follow_up_errors", DOWN).high == 0


def test_an_old_view_says_nothing_and_one_that_is_waited_for_fails() -> None:
    """Six seconds late, three in ten with old data; or 12 % of looks failed, as two in five wait in vain."""
    assert 5.5 < of("projection", "event_delay.p99", SLOW).mean < 6.5
    assert 0.27 < of("projection", "own_write_missed", SLOW).mean < 0.31
    assert of("projection", "change.follow_up_errors", SLOW).high == of("projection", "browse.errors", SLOW).high == 0
    assert 0.11 < of("waiting", "change.follow_up_errors", SLOW).mean < 0.13
    assert 0.37 < of("waiting", "read_wait_failed", SLOW).mean < 0.43
    sooner = of("waiting", "change.follow_up_errors", SLOW, "services.site.operations.mine.1.wait_max=50ms")
    assert sooner.low > of("waiting", "change.follow_up_errors", SLOW).high


def test_there_the_synchronous_side_wins_and_who_reads_his_own_from_the_store_does_as_well() -> None:
    """No look fails, and none reads a view that may miss something; what others see is as old as with the other views."""
    for variant in ("sync", "pinned"):
        assert of(variant, "change.follow_up_errors", SLOW).high == of(variant, "browse.errors", SLOW).high == 0
        assert of(variant, "own_write_missed", SLOW).missing
    assert of("pinned", "staleness.max", SLOW).mean == of("waiting", "staleness.max", SLOW).mean > 5
