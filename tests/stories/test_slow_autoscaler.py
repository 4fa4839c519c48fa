"""What the page on the slow autoscaler says in words, as assertions."""

from __future__ import annotations

from typing import Any

from tests.stories.story import result_of

FOLDER = "slow-autoscaler"


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def test_it_is_over_before_help_is_there() -> None:
    """Of a peak that lasts a minute a quarter and more of all pictures fail, however many replicas may come."""
    assert of("sync", "upload.spoiled").low > 0.25
    assert of("headroom", "upload.spoiled").high == 0


def test_busy_is_no_measure_of_too_much() -> None:
    """By how busy they are it orders less than half of what a backlog orders, though twelve may come."""
    assert of("sync", "converter.replicas").high < 3.5
    assert of("events", "converter.replicas").low > 5


def test_a_queue_lives_until_help_comes() -> None:
    """Nothing fails or is late; half wait for about ten seconds or longer, the last ones for twenty and more."""
    assert of("events", "upload.spoiled").high == 0
    assert of("events", "upload.completion.p50").low > 9
    assert 18 < of("events", "upload.completion.p99").low < of("events", "upload.completion.p99").high < 27


def test_the_queues_autoscaler_pays_the_most() -> None:
    """More than five replicas all the time, which make nobody wait for more than a second."""
    assert of("events", "converter.replica_seconds").low > of("headroom", "converter.replica_seconds").high
    assert of("headroom", "converter.replica_seconds").low > of("sync", "converter.replica_seconds").high
    assert of("headroom", "upload.completion.p99").high < 1


def test_even_without_a_start_up_pictures_fail() -> None:
    """More than one in ten, as each look orders too little."""
    now = of("sync", "upload.spoiled", "services.converter.autoscale.start_up=0s")
    assert 0.1 < now.low < now.high < 0.6 * of("sync", "upload.spoiled").low


def test_a_bound_saves_half() -> None:
    """With five replicas at most the last picture of a hundred comes no later, and half is paid, less than for five always."""
    five = "services.converter.autoscale.max=5"
    assert of("events", "upload.spoiled", five).high == 0
    assert of("events", "upload.completion.p99", five).mean < 1.1 * of("events", "upload.completion.p99").mean
    assert of("events", "converter.replica_seconds", five).high < 0.55 * of("events", "converter.replica_seconds").low
    assert of("events", "converter.replica_seconds", five).high < of("headroom", "converter.replica_seconds").low


def test_knobs_of_the_slow_autoscaler() -> None:
    """More room, half as many fail; two replicas, the last come after a minute; a longer line, more fail."""
    assert of("sync", "upload.spoiled", "services.converter.autoscale.target=35%").high < 0.6 * of("sync", "upload.spoiled").low
    assert of("events", "upload.completion.p95", "services.converter.autoscale.max=2").low > 40
    assert of("sync", "upload.spoiled", "services.converter.queue_max=80").low > 1.5 * of("sync", "upload.spoiled").high
