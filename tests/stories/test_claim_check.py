"""What the page on the claim check says in words, as assertions."""

from __future__ import annotations

from math import exp
from typing import Any

from tests.stories.story import result_of

FOLDER = "claim-check"
QUIET = "faults={}"
THUMBS = "faults={no-thumbs: {kind: crash, target: thumbs, at: 40s, for: 20s}}"
OBJECTS = "faults={no-objects: {kind: crash, target: objects, at: 90s, for: 10s}}"
RETENTION = "brokers.log.topics.photo.taken.retention"
SENT = ("wire.operations.large.0", "objects.operations.put.1", "objects.operations.get.1")


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def size(takes: str) -> tuple[str, ...]:
    """Photos of another size, by how long one takes on a line of 1 Gbit/s, and no faults."""
    return (QUIET, *(f"services.{step}.work={takes}" for step in SENT))


def test_a_large_message_costs_four_times_its_size() -> None:
    """64 % of the line, four times the size of five photos a second, and what is small besides."""
    found = of("inline", "wire.utilisation", QUIET)
    assert found.low < 5 * 4 * 0.032 + 2 * 20 * 0.0001 < found.high
    assert of("claim", "wire.utilisation", QUIET).high < 0.01


def test_a_claim_is_as_long_whatever_it_is_for() -> None:
    """The line carries the same for 4 MB and for 100 kB; objects are asked once for the upload, once by who needs the photo."""
    large, small = (of("claim", "wire.utilisation", *photo).mean for photo in ((QUIET,), size("0.8ms")))
    assert abs(large - small) < 0.001 * large
    found = of("claim", "objects.utilisation", QUIET)
    assert found.low < (5 + 5 + 5) * 0.047 / 8 < found.high
    others = of("inline", "objects.utilisation", QUIET)
    assert others.low < 5 * 0.047 / 8 < others.high


def test_it_stops_whoever_comes_after_it() -> None:
    """The slowest hundredth of the orders takes fifty times as long; at eight photos a second half of them take seconds."""
    kept = of("claim", "order.completion.p99", QUIET)
    assert 45 < of("inline", "order.completion.p99", QUIET).mean / kept.mean < 55
    more = "workload.photo.arrivals.rate=8/s"
    assert of("inline", "order.completion.p50", QUIET, more).low > 3
    assert of("inline", "wire.utilisation", QUIET, more).mean > 0.98
    assert of("claim", "order.completion.p99", QUIET, more).high < 0.02
    assert of("inline", "order.completion.p99", QUIET, "services.wire.workers=4").high < 0.04


def test_who_needs_only_the_name_hears_of_it_sooner() -> None:
    """So does who needs the photo, less so; each upload of a claim takes as long as its steps."""
    for group in ("noting", "counting"):
        assert of("inline", f"{group}.apply_time", QUIET).low > 10 * of("claim", f"{group}.apply_time", QUIET).high
    assert of("inline", "drawing.apply_time", QUIET).low > of("claim", "drawing.apply_time", QUIET).high
    assert of("sync", "photo.completion.p50", QUIET).high < of("claim", "photo.completion.p50", QUIET).low
    assert of("claim", "photo.completion.p50", QUIET).high < of("inline", "photo.completion.p50", QUIET).low
    steps = 0.002 + 0.001 + (0.002 + 0.047) + (0.002 + 0.0001) + 0.002
    assert abs(of("claim", "photo.latency.p50", QUIET).mean - steps) < 0.001


def test_the_calls_are_the_fastest() -> None:
    """87 ms on average: hops, the photo, and the larger of the drawing and five milliseconds."""
    found = of("sync", "photo.latency.mean", QUIET)
    wanted = 0.001 + 0.004 + 0.032 + 0.005 + 0.05 * exp(-0.1)
    assert 0.0865 < wanted < 0.0875
    assert found.low < wanted < found.high


def test_there_is_a_size_from_which_it_pays() -> None:
    """Between 2 and 4 MB, as far as the photo is concerned; below 2 MB where objects are faster to reach."""
    assert of("inline", "photo.completion.p50", QUIET).low > of("claim", "photo.completion.p50", QUIET).high
    two = size("16ms")
    assert of("inline", "photo.completion.p50", *two).high < of("claim", "photo.completion.p50", *two).low
    faster = ("services.objects.operations.put.0.work=2ms", "services.objects.operations.get.0.work=2ms")
    assert of("claim", "photo.completion.p50", *two, *faster).high < of("inline", "photo.completion.p50", *two).low


def test_below_that_the_message_wins() -> None:
    """100 kB: little more than half the time, and no order notices."""
    small = size("0.8ms")
    assert 0.5 < of("inline", "photo.completion.p50", *small).mean / of("claim", "photo.completion.p50", *small).mean < 0.6
    assert abs(of("inline", "order.completion.p99", *small).mean - of("claim", "order.completion.p99", *small).mean) < 0.0005


def test_a_topic_keeps_bytes() -> None:
    """200 MB are 50 photos, ten seconds; 64 are gone, and nobody was told; one in six calls fails, and two of three know."""
    assert (4 * 50 // 4, 4 * 50 // 4 / 5) == (50, 10)
    assert 11 < 4 * 50e6 / 1e3 / 5 / 3600 < 12
    gone = of("inline", "photo.effects_undone", THUMBS)
    assert abs(gone.mean - 64) < 1
    assert gone.mean == of("inline", "missed", THUMBS).mean
    assert of("inline", "photo.errors", THUMBS).high == of("claim", "photo.errors", THUMBS).high == 0
    assert of("claim", "photo.spoiled", THUMBS).high == of("claim", "missed", THUMBS).high == 0
    assert of("inline", "missed", THUMBS, "brokers.log.topics.photo.taken.retention.bytes=500MB").high == 0
    failed = of("sync", "photo.errors", THUMBS).mean
    assert 1 / 7 < failed < 1 / 5
    assert 1.9 < of("sync", "photo.effects_told_failed", THUMBS).mean / (failed * 5 * 110) < 2.1


def test_there_the_other_two_win() -> None:
    """Without objects no photo can be taken, and what is out cannot be fetched; with one of two places down few notice."""
    assert 0.085 < of("claim", "photo.errors", OBJECTS).mean < 0.1
    assert of("claim", "dropped", OBJECTS).low > 0
    for variant in ("sync", "inline"):
        assert of(variant, "photo.errors", OBJECTS).high == of(variant, "photo.spoiled", OBJECTS).high == 0
    second = (OBJECTS, "services.objects.replicas=2", "faults.no-objects.replicas=1")
    assert 0 < of("claim", "photo.errors", *second).mean < 0.01


def test_a_claim_is_worth_what_is_kept_for_it() -> None:
    """5 · (23 - 10) = 65 photos without a thumbnail where objects are kept for 10 s; none where they are kept for a minute."""
    gone = of("claim", "missed", THUMBS, f"{RETENTION}.time=10s")
    assert gone.low < 5 * (20 + 3 - 10) < gone.high
    assert gone.mean == of("claim", "photo.effects_undone", THUMBS, f"{RETENTION}.time=10s").mean
    assert of("claim", "missed", THUMBS, f"{RETENTION}.time=1m").high == 0
