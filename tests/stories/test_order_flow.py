"""The order flow: each thing that its page says of the two wirings is what the matrix finds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import sim
from sim import shipped
from sim.judgements.matrix_words import headline_of
from sim.metrics.invariants import ended
from sim.report.matrix_table import overview
from sim.scenario.sagas import sagas_of

if TYPE_CHECKING:
    from sim.results.matrix import Matrix

FOLDER = Path(__file__).parents[2] / "scenarios" / "order-flow"
PAGE = FOLDER / "README.md"
WAITING = ("slow-payment", "payment-down", "slow-database")
"""Faults that a message outlives."""
CRASHES = ("payment-down", "shipping-in-a-crash-loop", "lost-zone")


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    """The matrix as `eventflow demo` runs it."""
    return sim.fault_matrix(FOLDER)


def test_the_demo_has_eight_faults_and_a_question() -> None:
    """Two wirings on one base, the synchronous one first, and a page with a question and the picture."""
    assert [path.stem for path in shipped.variants("order-flow")] == ["sync", "events"]
    sync, events = (set(sim.load(FOLDER / f"{one}.yaml").faults) for one in ("sync", "events"))
    assert len(events) == 8
    assert events - sync == {"broker-down"}
    assert shipped.stories()["order-flow"].endswith("?")
    assert (FOLDER / "matrix.png").is_file()


def test_the_table_of_the_page_is_the_matrix(matrix: Matrix) -> None:
    """Every cell that the page shows is the one that the command finds."""
    table = overview(matrix).markdown().split("\n\n")[0]
    assert table in PAGE.read_text(encoding="utf-8")
    assert matrix.replications == 10


def test_all_of_it_is_composed() -> None:
    """Both lead a saga of the same steps; by events there are an outbox, a queue, and a view that the customer reads."""
    sync, events = (sim.load(FOLDER / f"{one}.yaml") for one in ("sync", "events"))
    (led,), (told,) = ([one.saga for one in sagas_of(scenario)] for scenario in (sync, events))
    assert [step.do.call for step in led.steps] == [step.do.call for step in told.steps]
    assert (led.by, led.answer, told.by) == ("orchestrator", "when_done", "events")
    assert led.undo_retry == told.undo_retry
    assert [*events.relays, *events.projections, *events.brokers] == ["orders", "order_view", "log", "post"]
    assert sync.workload == events.workload
    assert not sync.brokers


def test_through_topics_an_order_is_done_later_and_not_lost(matrix: Matrix) -> None:
    """Under seven of eight faults less goodput is lost, proven; with payment or the database away the chain fails a seventh."""
    assert "Event-driven loses less under 7 of 8 faults" in headline_of(matrix)
    for fault in WAITING:
        lost = matrix.cells(fault, "goodput_lost")
        assert lost.a.mean > 1 / 7.5
        assert lost.b.mean < 0.0005
    for fault in matrix.faults:
        assert matrix.cells(fault, "goodput_lost").b.high < 0.008


def test_a_lost_zone_and_poison_are_nearly_the_same_to_both(matrix: Matrix) -> None:
    """What the replicas of a zone had in hand is gone in both, and what cannot be charged is undone in both."""
    for fault in ("lost-zone", "poisoned-charges"):
        cells = matrix.cells(fault, "goodput_lost")
        assert 0.004 < cells.b.low < cells.a.high < 0.012
    for side in ("a", "b"):
        result = getattr(matrix.comparison("poisoned-charges"), side)
        assert min(result.values("purchase.compensated")) > 20
        assert result.values("purchase.stuck") == [0.0] * 10


def test_a_chain_of_calls_recovers_sooner(matrix: Matrix) -> None:
    """It is well within two seconds of every fault, and after five sooner, proven; topics are after one, and have a backlog."""
    said = headline_of(matrix)
    assert "synchronous recovers sooner under 5 of 8 faults" in said
    assert "event-driven recovers sooner under 1 of 8 faults" in said
    assert matrix.cells("slow-database", "time_to_recover").better == "b"
    assert matrix.cells("slow-database", "backlog_peak").b.high < 20
    for fault in matrix.faults:
        assert not matrix.cells(fault, "time_to_recover").a.mean > 2
    for fault in CRASHES:
        assert matrix.cells(fault, "time_to_recover").better == "a", fault
        assert matrix.cells(fault, "backlog_peak").b.low > 100


def test_how_far_a_fault_reaches(matrix: Matrix) -> None:
    """The chain takes the shop along, one of five others, and two of six when the database is slow or many come."""
    reach = {fault: matrix.cells(fault, "blast_radius") for fault in matrix.faults}
    assert all(not one.b.mean > 0 for one in reach.values())
    for fault in ("slow-payment", "payment-down", "shipping-in-a-crash-loop", "poisoned-charges"):
        assert reach[fault].a.mean == pytest.approx(1 / 5)
    for fault in ("slow-database", "traffic-spike"):
        assert reach[fault].a.mean == pytest.approx(2 / 6)


def test_the_chain_leaves_orders_stuck_and_nobody_loses_one(matrix: Matrix) -> None:
    """Of those it fails one in ten or more is parked while payment or the database is slow; topics park none; none is lost."""
    for fault in matrix.comparisons:
        cells = matrix.cells(fault, "lost_or_stuck")
        assert cells.b.mean == 0
        a = matrix.comparison(fault).a
        assert a.values("lost_or_stuck") == a.values("purchase.parked")
        assert matrix.cells(fault, "effects_pending").a.mean == matrix.cells(fault, "effects_pending").b.mean == 0
    for fault in ("slow-payment", "slow-database"):
        a = matrix.comparison(fault).a
        assert matrix.cells(fault, "lost_or_stuck").better == "b"
        assert sum(a.values("purchase.parked")) > 0.1 * sum(share * 4000 for share in a.values("order.errors"))


def test_nobody_pays_for_nothing(matrix: Matrix) -> None:
    """No invariant is broken in any cell, of all that is done or undone; the verdict says how many are parked."""
    for fault in matrix.comparisons:
        cells = matrix.cells(fault, "invariants_broken")
        assert cells.a.mean == cells.b.mean == 0
    for result in matrix.results:
        parked = sum(ended(record, [0]).parked for record in result.records)
        for verdict in result.objectives()[1:]:
            assert verdict.outcome == "pass"
            assert ("not judged" in verdict.reason) == (parked > 0)


def test_what_it_costs(matrix: Matrix) -> None:
    """Without a fault calls hold workers twice as long, and events are two and a half times the messages; both are proven."""
    held, sent = (matrix.cells("", name) for name in ("worker_seconds", "messages_sent"))
    assert held.better == "b"
    assert held.a.mean / held.b.mean == pytest.approx(2, abs=0.1)
    assert sent.better == "a"
    assert sent.b.mean / sent.a.mean == pytest.approx(2.5, abs=0.05)
    assert 0 < matrix.cells("shipping-in-a-crash-loop", "effects_doubled").b.mean < 1


def test_an_outbox_outlives_the_broker(matrix: Matrix) -> None:
    """While the broker is down orders are taken, and done when it is back."""
    assert matrix.cells("broker-down", "goodput_lost").b.high < 0.001
    assert min(matrix.comparison("broker-down").b.values("backlog_peak")) > 100


def test_when_a_zone_is_lost_customers_miss_their_own_order(matrix: Matrix) -> None:
    """Fewer than one look in a hundred finds a page without the own order, and seven when a zone is lost."""
    for fault in matrix.comparisons:
        missed = matrix.comparison(fault).b.values("order_view.own_write_missed")
        expected = 0.07 if fault == "lost-zone" else 0.003
        assert sum(missed) / len(missed) == pytest.approx(expected, abs=0.005), fault
