"""What the page on dead letters and retries says in words, as assertions."""

from __future__ import annotations

from typing import Any

from sim.record import fields as f
from tests.stories.story import result_of

FOLDER = "dead-letters"
MOODY = ("faults={}", "services.partner.operations.confirm.1.fail=1%")
SHARE, TRY, REST, RATE = 0.05, 0.012, 1.0, 20.0


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def held(share: float) -> float:
    """How long a partition is held for a message of three tries in place: the attempts' own times count as well."""
    return TRY * (1 + share + share**2) + REST * (share + share**2)


def test_one_failure_in_twenty_stops_the_log() -> None:
    """Blocking retries are stable only if rate times time held is below 1; above, the backlog grows by what is left over."""
    assert round(RATE * held(SHARE), 1) == 1.3
    assert 0.052 < REST * (SHARE + SHARE**2) < 0.053
    assert round(RATE * held(0.01), 2) == 0.44
    assert round(1 / SHARE**2) == 400
    assert RATE * held(0.0355) < 1 < RATE * held(0.0365)
    records = result_of(FOLDER, "blocking", ("faults={}",)).records
    growth = sum(int(one.group_levels[0, f.groups.LEVEL_LAG]) for one in records) / len(records) / 240
    assert 0.8 < growth / (80 - 4 / held(SHARE)) < 1.1
    added = of("blocking", "backlog_peak").mean - of("blocking", "backlog_peak", "faults={}").mean
    assert 500 < added < 15 * 80


def test_the_queue_does_not_wait_for_what_waits() -> None:
    """It is back within seconds, where the log never is; half of the orders are confirmed as fast as by a call."""
    assert of("retries", "time_to_recover").high < 3
    assert "in no run" in str(of("blocking", "time_to_recover"))
    assert of("retries", "order.completion.p50").mean < 0.015
    assert of("blocking", "order.completion.p50").low > 30


def test_three_tries_do_not_outlast_the_outage_and_nothing_is_gone() -> None:
    """As many fail with the queue as with the call; all dead letters of the outage go back, and are confirmed late."""
    assert of("sync", "order.spoiled").mean == of("sync", "order.errors").mean
    assert abs(of("retries", "order.spoiled").mean - of("sync", "order.spoiled").mean) < 0.0001
    assert of("retries", "redriven").mean > 0.998 * of("retries", "dead_lettered").mean
    for record in result_of(FOLDER, "retries").records:
        effects = record.effects.sum(axis=0)[0]
        assert effects[f.effects.EFFECT_MENDED] >= effects[f.effects.EFFECT_UNDONE] - 3


def test_the_call_is_best_while_the_partner_is_only_moody() -> None:
    """With one failure in a hundred: no backlog, a median no worse than the queue's, the log's nearly twice that."""
    assert of("sync", "order.completion.p50", *MOODY).mean <= of("retries", "order.completion.p50", *MOODY).mean
    assert of("blocking", "order.completion.p50", *MOODY).mean > 1.6 * of("sync", "order.completion.p50", *MOODY).mean
    assert 0.02 < of("blocking", "order.completion.p50", *MOODY).mean < 0.021
    assert 0.0115 < of("sync", "order.completion.p50", *MOODY).mean < 0.0125
    assert of("blocking", "backlog_peak", *MOODY).low > 90
