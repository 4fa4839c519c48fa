"""What the page on thin notification and event-carried state says in words, as assertions."""

from __future__ import annotations

from typing import Any

from tests.stories.story import result_of

FOLDER = "notification-or-state"
QUIET = "faults={}"
AUDIT = "faults={no-audit: {kind: crash, target: audit, at: 30s, for: 20s}}"
SLOW = "faults={slow-catalogue: {kind: slowdown, target: catalogue, factor: 3, at: 80s, for: 15s}}"


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def test_each_listener_that_asks_is_a_reader_more() -> None:
    """3 · 20 · 10 ms of four workers are 15 %; six listeners would ask more often than customers do."""
    more = of("thin", "catalogue.utilisation", QUIET).mean - of("carried", "catalogue.utilisation", QUIET).mean
    assert abs(more - 3 * 20 * 0.01 / 4) < 0.003
    assert 5 * 20 <= 100 < 6 * 20


def test_who_is_told_the_price_knows_it_in_a_third_of_the_time() -> None:
    """9 ms in place of 29 in the median; the calls take 11, the way back included."""
    carried, thin, called = (of(one, "change.completion.p50", QUIET).mean for one in ("carried", "thin", "sync"))
    assert 0.3 < carried / thin < 0.35
    assert 0.0085 < carried < 0.0095
    assert 0.0285 < thin < 0.0295
    assert 0.0105 < called < 0.0115


def test_who_comes_back_asks_for_all_it_has_missed() -> None:
    """460 changes; 62 ms in place of 49; with the price in the message nobody notices, and it is a second sooner."""
    for variant in ("thin", "carried"):
        assert 455 < of(variant, "backlog_peak", AUDIT).mean < 465
        assert of(variant, "change.spoiled", AUDIT).high == 0
    assert abs(of("thin", "look.latency.p99", AUDIT).mean - 0.062) < 0.001
    assert abs(of("thin", "look.latency.p99", QUIET).mean - 0.049) < 0.001
    assert of("carried", "look.latency.p99", AUDIT).mean == of("carried", "look.latency.p99", QUIET).mean
    sooner = of("thin", "auditing.drain_time", AUDIT).mean - of("carried", "auditing.drain_time", AUDIT).mean
    assert 0.8 < sooner < 1.5


def test_by_calls_changes_fail_and_two_of_three_know_of_them() -> None:
    """18 % of the run; each left two effects behind."""
    failed = of("sync", "change.errors", AUDIT)
    assert 0.175 < failed.mean < 0.19
    assert 1.9 < of("sync", "change.effects_told_failed", AUDIT).mean / (failed.mean * 20 * 110) < 2.1


def test_what_listeners_ask_for_is_missing_when_it_gets_tight() -> None:
    """Three workers of four for customers, 4.8 with listeners: 6 % are not answered, copies are six seconds late."""
    assert 100 * 0.03 < 4 < 160 * 0.03
    assert 0.05 < of("thin", "look.errors", SLOW).mean < 0.07
    assert 5.5 < of("thin", "change.completion.p99", SLOW).mean < 6.5
    for variant in ("sync", "carried"):
        assert of(variant, "look.errors", SLOW).high == of(variant, "change.errors", SLOW).high == 0
        assert of(variant, "change.completion.p99", SLOW).high < 0.15


def test_the_knobs_do_what_the_page_says() -> None:
    """Two at a time disturb nobody and take 8 s in place of 5; a fifth worker is enough; less patience fails 13 %."""
    two = "subscriptions.auditing.consumers=2"
    assert abs(of("thin", "look.latency.p99", AUDIT, two).mean - of("thin", "look.latency.p99", QUIET).mean) < 0.001
    assert 7.5 < of("thin", "auditing.drain_time", AUDIT, two).mean < 8.5
    assert 4.5 < of("thin", "auditing.drain_time", AUDIT).mean < 5.5
    fifth = "services.catalogue.workers=5"
    assert of("thin", "look.errors", SLOW, fifth).high == 0
    assert 0.7 < of("thin", "change.completion.p99", SLOW, fifth).mean < 1.3
    assert 0.125 < of("thin", "look.errors", SLOW, "workload.look.timeout=200ms").mean < 0.14
