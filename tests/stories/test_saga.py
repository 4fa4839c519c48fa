"""What the page on sagas says in words, as assertions."""

from __future__ import annotations

from typing import Any

from sim.record import fields as f
from tests.stories.story import result_of

FOLDER = "saga"
CALM = ("faults={}",)
LOST = ("faults={orchestrator: {kind: crash, target: orders, replicas: 1, at: 20s, for: 5s}}",)
HOT = ("workload.place.keys=1", *LOST)
ALL = ("sync", "orchestrator", "events", "two_phase")
SAGAS = ("orchestrator", "events")


def of(variant: str, path: str, overrides: tuple[str, ...] = ()) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def counted(variant: str, column: int, overrides: tuple[str, ...] = ()) -> int:
    """A counter of the saga, over all replications and windows."""
    return sum(int(one.tables["sagas"][:, 0, column].sum()) for one in result_of(FOLDER, variant, overrides).records)


def test_all_complete_as_many_orders() -> None:
    """The product of what is not tried again, in each variant; the chain leaves three in five of those that fail half done."""
    exact = 1 - 0.98 * 0.97
    assert round(100 * (1 - exact), 1) == 95.1
    for variant in ALL:
        spoiled = of(variant, "place.spoiled", CALM)
        assert spoiled.low < exact < spoiled.high
    failed = of("sync", "place.errors", CALM).mean * of("sync", "offered", CALM).mean * 55
    assert 0.55 < of("sync", "place.effects_told_failed", CALM).mean / failed < 0.65
    assert all(of(one, "place.effects_told_failed", CALM).high == 0 for one in ALL[1:])


def test_the_customer_of_a_saga_is_answered_sooner() -> None:
    """And is told of no error; of those who wait, two phases answer before the chain."""
    for variant in SAGAS:
        assert of(variant, "place.errors", CALM).high == 0
        assert of(variant, "place.latency.p50", CALM).high < of("two_phase", "place.latency.p50", CALM).low
    assert of("two_phase", "place.latency.p50", CALM).high < of("sync", "place.latency.p50", CALM).low


def test_an_orchestrator_takes_the_longer_way() -> None:
    """The median saga by events ends sooner, and is seen half done for a shorter time; as many are completed."""
    for path in ("order.duration.p50", "order.inconsistent.p50"):
        assert of("events", path, CALM).high < of("orchestrator", path, CALM).low
    one, other = (of(variant, "order.completed", CALM) for variant in SAGAS)
    assert abs(one.mean - other.mean) < 1


def test_a_saga_survives_who_leads_it() -> None:
    """Some are resumed, none is stuck, nothing is done twice; one customer in a hundred asked the lost replica."""
    assert counted("orchestrator", f.sagas.SAGA_RESUMED, LOST) > 0
    for variant in (*SAGAS, "two_phase"):
        assert of(variant, "order.stuck", LOST).high == 0
        assert of(variant, "place.effects_doubled", LOST).high == 0
    for variant in SAGAS:
        assert 0.005 < of(variant, "place.errors", LOST).mean < 0.015
    for variant in ("events", "two_phase"):
        assert 0 < of(variant, "place.effects_told_failed", LOST).mean < 5


def test_only_events_wait_for_payment() -> None:
    """They complete as many orders as in calm weather; the orchestrator undoes those, and both take all orders."""
    calm, down = of("events", "order.completed", CALM), of("events", "order.completed")
    assert abs(calm.mean - down.mean) < 1
    assert of("orchestrator", "order.completed").high < 0.9 * down.low
    assert all(of(variant, "place.errors").high == 0 for variant in SAGAS)
    assert all(of(variant, "order.stuck").high == 0 for variant in SAGAS)
    assert 10 < of("orchestrator", "order.inconsistent.p99").mean < 15
    assert 10 < of("events", "order.duration.p99").mean < 15


def test_two_phases_lock_what_they_touch() -> None:
    """One customer for all: the lock is wanted more often than it is free, and a lost coordinator keeps it for five seconds."""
    assert of("two_phase", "order.duration.p50", HOT).low > 2 * of("orchestrator", "order.duration.p50", HOT).high
    assert of("two_phase", "order.duration.p99", HOT).low > 1 > of("orchestrator", "order.duration.p99", HOT).high
    assert of("two_phase", "place.errors", HOT).low > of("two_phase", "place.errors", LOST).high


def test_guards_clean_up_and_bring_no_order_through() -> None:
    """As many fail as in the plain chain, within 1 %; of those nothing is left, and none is stuck; topics complete them all."""
    plain, guarded = (of(variant, "place.errors") for variant in ("sync", "guarded"))
    assert abs(plain.mean - guarded.mean) < 0.01
    assert of("sync", "place.effects_told_failed").low > 500
    assert of("guarded", "place.effects_told_failed").high == of("guarded", "order.stuck").high == 0
    assert of("events", "place.spoiled").high < 0.25 * guarded.low
