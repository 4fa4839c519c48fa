"""What the page on the idempotent consumer says in words, as assertions."""

from __future__ import annotations

from typing import Any

from sim.record import fields as f
from tests.stories.story import result_of

FOLDER = "idempotent-consumer"
NOTES = "services.cashier.operations.charge.2.idempotent={{window: {}}}"


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def test_at_least_once_is_more_than_once() -> None:
    """Ten messages on average of each of four partitions, in five crashes; each one that is applied again charges again."""
    doubled = of("plain", "order.effects_doubled")
    assert round(doubled.mean) == 192
    assert abs(doubled.mean - of("plain", "duplicates").mean) < 3
    assert 0.8 < doubled.mean / (5 * 4 * 9.5) < 1.2


def test_a_consumer_that_knows_what_it_did_charges_nobody_twice() -> None:
    """The same messages come again; the price is the look-up: a tenth more of the time, two to three milliseconds an order."""
    assert of("idempotent", "order.effects_doubled").high == 0
    assert abs(of("idempotent", "duplicates").mean - of("plain", "duplicates").mean) < 1
    assert 1.08 < of("idempotent", "cashier.utilisation").mean / of("plain", "cashier.utilisation").mean < 1.13
    later = of("idempotent", "order.completion.p50").mean - of("plain", "order.completion.p50").mean
    assert 0.002 < later < 0.003


def test_an_inbox_costs_the_commit_as_well() -> None:
    """Nobody is charged twice; a third more of the time than plain, nine milliseconds an order."""
    assert of("inbox", "order.effects_doubled").high == of("inbox", "order.effects_undone").high == 0
    assert abs(of("inbox", "duplicates").mean - of("plain", "duplicates").mean) < 3
    assert 1.3 < of("inbox", "cashier.utilisation").mean / of("plain", "cashier.utilisation").mean < 1.4
    assert 0.0085 < of("inbox", "order.completion.p50").mean - of("plain", "order.completion.p50").mean < 0.0095


def test_the_call_is_close_to_once_and_faster() -> None:
    """In three runs of twenty two customers are charged twice; the slowest hundredth is 60 times as fast; a few orders fail."""
    assert of("sync", "order.effects_doubled").mean == 0.3
    assert sorted(result_of(FOLDER, "sync").values("order.effects_doubled")) == [0] * 17 + [2] * 3
    assert of("plain", "order.completion.p99").mean > 50 * of("sync", "order.completion.p99").mean
    assert 0 < of("sync", "order.errors").mean < 0.005
    assert of("plain", "order.errors").high == of("idempotent", "order.errors").high == 0


def test_notes_must_outlive_the_longest_way_back() -> None:
    """A crash of 5 s and a pause of 3 s: 8 s are as good as nothing, 10 s do for most, 14 s for all."""
    doubled = [of("idempotent", "order.effects_doubled", NOTES.format(one)).mean for one in ("8s", "10s", "14s")]
    assert abs(doubled[0] - of("idempotent", "duplicates", NOTES.format("8s")).mean) < 1
    assert 0 < doubled[1] < doubled[0] / 2
    assert doubled[2] == 0


def test_a_session_timeout_shorter_than_the_crash_stops_the_group_twice() -> None:
    """Once for each of five crashes, when the consumer is back; twice, when its going is noticed before that."""
    for change, stops in (((), 5), (("subscriptions.cashier.session_timeout=2s",), 10)):
        for record in result_of(FOLDER, "plain", change).records:
            assert record.groups[:, 0, f.groups.GROUP_REBALANCES].sum() == stops


def test_the_knobs_do_what_the_page_says() -> None:
    """Each commit by itself leaves next to nothing to repeat; committed before, nothing is done twice and some is not done."""
    assert of("plain", "order.effects_doubled", "subscriptions.cashier.commit_every=1").mean < 12
    assert of("plain", "order.effects_doubled", "subscriptions.cashier.commit=before").high == 0
    assert of("plain", "lost", "subscriptions.cashier.commit=before").low > 0
