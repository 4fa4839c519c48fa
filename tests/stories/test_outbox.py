"""What the page on the transactional outbox says in words, as assertions."""

from __future__ import annotations

from typing import Any

from sim.record import fields as f
from tests.stories.story import result_of

FOLDER = "outbox"
CALM = ("faults={}", "stores.orders.aborts=0%")


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def test_the_outbox_answers_soonest_and_tells_others_last() -> None:
    """Who waits only for the commit is answered first; its event takes about 105 ms longer than one published at once."""
    answers = [of(one, "place.latency.p50", *CALM).mean for one in ("outbox", "broker_first", "store_first", "sync")]
    assert answers[0] < answers[1] <= answers[2] < answers[3]
    later = of("outbox", "place.completion.p50", *CALM).mean - of("store_first", "place.completion.p50", *CALM).mean
    assert 0.1 < later < 0.11
    record = result_of(FOLDER, "outbox", CALM).records[0]
    rows = record.tables["relays"][10:, 0].sum(axis=0)
    per_run = rows[f.relays.RELAY_PUBLISHED] / (rows[f.relays.RELAY_POLLS] - rows[f.relays.RELAY_POLLS_EMPTY])
    assert 100 * (0.1 + 0.004 * per_run) > 0.95 * per_run  # a run has what came since the one before: waits 100 ms, 4 ms a row


def test_both_dual_writes_are_torn_each_its_own_way() -> None:
    """Half an order a crash is lost by the one; aborts and crashes make phantoms of the other, and never the reverse."""
    lost = of("store_first", "order.placed.lost")
    assert lost.low <= 10 * 50 * 0.010 <= lost.high
    phantoms = of("broker_first", "order.placed.phantoms")
    aborts = result_of(FOLDER, "broker_first").records
    per_run = sum(int(one.tables["stores"][10:, 0, f.stores.STORE_ABORTED].sum()) for one in aborts) / len(aborts)
    assert 0.8 * phantoms.mean < per_run < phantoms.mean
    assert of("store_first", "order.placed.phantoms").high == of("broker_first", "order.placed.lost").high == 0


def test_the_outbox_loses_and_invents_nothing_and_does_some_twice() -> None:
    """At most a batch comes twice; the orders that a dual write loses are picked, though customers are told they failed."""
    for metric in ("lost", "phantoms"):
        assert of("outbox", f"order.placed.{metric}").high == 0
    result = result_of(FOLDER, "outbox")
    doubled = result.values("place.effects_doubled")
    assert 0 < max(doubled) <= 25
    assert result.values("place.effects_told_failed") == result_of(FOLDER, "store_first").values("order.placed.lost")
    for record in result.records:
        relays, levels = record.tables["relays"].sum(axis=0)[0], record.levels["relays"][0]
        assert relays[f.relays.RELAY_WRITTEN] == record.tables["stores"].sum(axis=0)[0][f.stores.STORE_COMMITTED]
        assert relays[f.relays.RELAY_WRITTEN] == relays[f.relays.RELAY_PUBLISHED] + levels[f.relays.LEVEL_UNPUBLISHED]


def test_the_caller_needs_both_and_the_outbox_only_the_database() -> None:
    """Ten of the 120 seconds measured the warehouse is down: who calls it fails about those orders."""
    sync, outbox = of("sync", "place.spoiled"), of("outbox", "place.spoiled")
    assert sync.low > 10 / 120
    assert outbox.high < 0.01


def test_guards_change_nothing_of_that_for_the_better() -> None:
    """The guarded shop fails the orders of those ten seconds, too; it picks fewer of which the client was told they failed."""
    guarded = of("guarded", "place.spoiled")
    assert guarded.low > 10 / 120
    assert guarded.mean > of("sync", "place.spoiled").mean - 0.001
    for variant in ("sync", "outbox"):
        assert of("guarded", "place.effects_told_failed").high < of(variant, "place.effects_told_failed").low
