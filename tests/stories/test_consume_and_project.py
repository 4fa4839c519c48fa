"""What the page on consume and project says in words, as assertions."""

from __future__ import annotations

from typing import Any

from sim.record import fields as f
from tests.stories.story import result_of

FOLDER = "consume-and-project"
QUIET = "faults={}"


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def test_the_view_spares_its_sources() -> None:
    """A dozen times faster, and 15 % of load in place of 40 %; ten milliseconds more for an order."""
    assert of("sync", "browse.latency.p99", QUIET).low > 12 * of("events", "browse.latency.p99", QUIET).high
    assert 0.39 < of("sync", "orders.utilisation", QUIET).mean < 0.41
    assert 0.14 < of("events", "orders.utilisation", QUIET).mean < 0.16
    more = of("events", "place.latency.p99", QUIET).mean - of("sync", "place.latency.p99", QUIET).mean
    assert 0.009 < more < 0.011


def test_hardly_anybody_notices_that_it_is_behind() -> None:
    """99 of 100 events are there after 15 ms; two looks in a hundred thousand come before; waiting has nothing to do."""
    assert of("events", "event_delay.p99", QUIET).high < 0.015
    assert of("events", "own_write_missed", QUIET).mean < 5e-5
    assert of("waiting", "place.follow_up_errors", QUIET).high == 0


def test_a_page_of_three_services_is_down_when_one_of_them_is() -> None:
    """Every page without shipping fails: one in nine of the run; of the view none does."""
    assert 1 / 9 < of("sync", "browse.errors").mean < 1 / 8
    for record in result_of(FOLDER, "sync").records:
        down = record.flows[63:79, 1].sum(axis=0)
        assert down[f.flows.FLOW_SETTLED] == 0
    assert of("events", "browse.errors").high == 0


def test_the_view_shows_old_pages_instead_and_says_nothing() -> None:
    """Seven seconds late at most, one look in ten without the order, and no error."""
    assert 7 < of("events", "event_delay.p99").mean < 8
    assert 0.09 < of("events", "own_write_missed").mean < 0.1
    for path in ("browse.errors", "place.errors", "place.follow_up_errors"):
        assert of("events", path).high == 0


def test_waiting_for_ones_own_write_turns_old_pages_into_failed_ones() -> None:
    """None is missed; three of five who wait do in vain, and 3 % of those who only browse fail with them."""
    assert of("waiting", "own_write_missed").high == 0
    assert 0.57 < of("waiting", "read_wait_failed").mean < 0.65
    assert 0.025 < of("waiting", "browse.errors").mean < 0.04


def test_as_long_as_its_sources_are_up_the_synchronous_page_is_right() -> None:
    """Without the crash no page fails, also while the pages are slow; there the view misses writes all the same."""
    slow = "faults={slow-pages: {kind: slowdown, target: pages, factor: 40, at: 120s, for: 20s}}"
    assert of("sync", "browse.errors", slow).high == 0
    assert of("events", "own_write_missed", slow).low > 0.09
    assert of("waiting", "place.follow_up_errors", slow).low > 0.05


def test_room_for_those_who_wait_and_less_patience() -> None:
    """The knobs of the page: more workers, or a shorter wait, and nobody who only browses fails."""
    assert of("waiting", "browse.errors", "services.pages.workers=200").high == 0
    assert of("waiting", "browse.errors", "services.pages.operations.show.1.wait_max=100ms").high == 0


def test_more_consumers_than_partitions_are_no_help() -> None:
    """The knob of the page: the same delays with four."""
    assert of("events", "event_delay.p99", "subscriptions.pages.consumers=4").mean == of("events", "event_delay.p99").mean


def test_who_looks_at_once_finds_less() -> None:
    """The knob of the page: after ten milliseconds one look in eight does not find the order."""
    assert 0.11 < of("events", "own_write_missed", "workload.place.then.after=10ms").mean < 0.13


ANEW = "faults={anew: {kind: rebuild, target: order_view, at: 90s}}"
SHORT = "brokers={log: {latency: 5ms, topics: {order.placed: {partitions: 2, retention: {time: 30s}}}}}"


def counted(column: int, *overrides: str) -> float:
    """What rebuilds of the view counted on average."""
    records = result_of(FOLDER, "events", (ANEW, *overrides)).records
    return sum(int(one.tables["rebuilds"][:, 0, column].sum()) for one in records) / len(records)


def test_a_rebuild_takes_as_long_as_there_is_to_read() -> None:
    """3600 / (200 - 40) = 22.5 s; at 60/s it is not done in the ninety seconds that are left; at 2000/s it takes 1.8 s."""
    assert 3500 < counted(f.rebuilds.REBUILD_DUE) - 40 * of("events", "rebuild_time", ANEW).mean < 3700
    assert abs(of("events", "rebuild_time", ANEW).mean - 22.5) < 0.7
    slow = "projections.order_view.rebuild.rate=60/s"
    assert (counted(f.rebuilds.REBUILD_BEGUN, slow), counted(f.rebuilds.REBUILD_DONE, slow)) == (1, 0)
    assert 1.7 < of("events", "rebuild_time", ANEW, "projections.order_view.rebuild.rate=2000/s").mean < 1.9


def test_meanwhile_the_view_is_as_old_as_the_topic() -> None:
    """One page in a hundred is most of a minute behind; a new order is there after 15 ms; 98 of 100 who wait do in vain."""
    assert 50 < of("events", "staleness.p99", ANEW).mean < 60
    assert of("events", "event_delay.p99", ANEW).high < 0.015
    assert 0.97 < of("waiting", "read_wait_failed", ANEW).mean < 0.99
    assert of("waiting", "place.follow_up_errors", ANEW).high < 0.01
    for record in result_of(FOLDER, "events", (ANEW,)).records:
        missed = record.tables["projections"][:, 0, f.projections.VIEW_OWN_MISSED]
        assert missed[90:94].sum() > 0.85 * missed.sum()


def test_what_the_topic_keeps_no_more_does_not_come_back() -> None:
    """Two of three events are gone; three times as fast, 667 of 1670 customers lost."""
    gone = of("events", "rebuild_events_gone", ANEW, SHORT).mean
    assert 0.64 < gone / 3600 < 0.68
    assert 2.9 < of("events", "rebuild_time", ANEW).mean / of("events", "rebuild_time", ANEW, SHORT).mean < 3.1
    assert abs(counted(f.rebuilds.REBUILD_TAKEN_OUT, SHORT) - 1670) < 10
    assert abs(of("events", "rebuild_keys_lost", ANEW, SHORT).mean - 667) < 1
    assert counted(f.rebuilds.REBUILD_DONE, SHORT) == 1
    assert of("events", "rebuild_keys_lost", ANEW).high == 0


def test_with_guards_no_page_fails_and_no_work_is_spared() -> None:
    """Shown without what shipping would have said, while it is away; the orders are asked as often as without guards."""
    assert of("guarded", "browse.errors").high == of("guarded", "place.follow_up_errors").high == 0
    for record in result_of(FOLDER, "guarded").records:
        names = [edge.name for edge in record.network.edges]
        away = record.edges[63:79, names.index("pages.show -> shipping.get")].sum(axis=0)
        assert away[f.edges.EDGE_ATTEMPTS] > 3000
        assert away[f.edges.EDGE_SETTLED] == 0
    loads = [of(variant, "orders.utilisation", QUIET).mean for variant in ("sync", "guarded")]
    assert abs(loads[0] - loads[1]) < 0.005
