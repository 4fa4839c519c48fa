"""What the page on publish and subscribe says in words, as assertions."""

from __future__ import annotations

from typing import Any

from sim.record.fields.flows import FLOW_REPLY_TIME, FLOW_SETTLED
from tests.stories.story import result_of

FOLDER = "fan-out"
CALM = ("faults={}",)


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def answer(variant: str) -> float:
    """The mean time of an answer without a fault, in ms, without the two hops of the client and the shop's millisecond."""
    records = result_of(FOLDER, variant, CALM).records
    time, count = (sum(int(one.flows[20:, 0, what].sum()) for one in records) for what in (FLOW_REPLY_TIME, FLOW_SETTLED))
    return time / count / 1e6 - 3


def test_who_publishes_does_not_feel_how_many_listen() -> None:
    """Six in parallel take the harmonic number of one, in a row six times that; publishing takes two ways to the log."""
    assert round(sum(50 / number for number in range(1, 7)), 1) == 122.5
    assert abs(answer("sync") - 2 - 122.5) < 1.5
    assert abs(answer("serial") - 12 - 300) < 2
    assert abs(answer("topic") - 2) < 0.01


def test_everybody_knows_sooner_with_the_calls() -> None:
    """The synchronous variant wins: the last of six has the change 5 to 10 % sooner, in the median and at the end."""
    for quantile in ("p50", "p99"):
        sync, topic = (of(one, f"change.completion.{quantile}", *CALM).mean for one in ("sync", "topic"))
        assert 1.04 < topic / sync < 1.2
    sync, topic = (of(one, "change.completion.p50", *CALM).mean for one in ("sync", "topic"))
    assert (round(sync, 3), round(topic, 3)) == (0.116, 0.125)


def test_a_change_fails_for_the_one_that_is_missing() -> None:
    """One down for 20 of 160 s: an eighth of all changes is refused, five effects each in parallel, none in a row."""
    for variant in ("sync", "serial"):
        assert 0.115 < of(variant, "change.errors").mean < 0.135
    assert 1800 < of("sync", "change.effects_told_failed").mean < 2100
    assert of("serial", "change.effects_told_failed").high == 0
    assert of("sync", "blast_radius").low > 0


def test_with_a_topic_nobody_notices_but_the_audit() -> None:
    """Nothing fails and nobody else is in breach; the audit knows everything some seconds after it is back, up to 22 s late."""
    assert of("topic", "change.errors").high == of("topic", "change.spoiled").high == of("topic", "blast_radius").high == 0
    assert 4 < of("topic", "time_to_recover").mean < 10
    assert 18 < of("topic", "change.completion.p99").mean < 25


def test_a_second_replica_does_as_well() -> None:
    """Unless both are struck: with one of two audits down the calls do not fail."""
    two = ("services.audit.replicas=2", "faults.audit-down.replicas=1", "faults.audit-down.detection=0s")
    assert of("sync", "change.errors", *two).mean < 0.001
