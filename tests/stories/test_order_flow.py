"""The order flow: each thing that its page says of the two wirings is what the matrix finds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import sim
from sim import shipped

if TYPE_CHECKING:
    from sim.results.matrix import Matrix

FOLDER = Path(__file__).parents[2] / "scenarios" / "order-flow"
OF_THE_CHAIN = ("slow-payment", "payment-down", "slow-database", "shipping-in-a-crash-loop")
"""Faults on the way of an order."""
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


def test_through_topics_an_order_is_done_later_and_not_lost(matrix: Matrix) -> None:
    """Under every fault on its way less goodput is lost through topics, proven, and next to none is."""
    for fault in OF_THE_CHAIN:
        lost = matrix.cells(fault, "goodput_lost")
        assert lost.better == "b", fault
        assert lost.a.low > 0.05
        assert lost.b.high < 0.01


def test_a_chain_of_calls_recovers_sooner(matrix: Matrix) -> None:
    """After every crash it is well sooner, proven: nobody waits in it; consumers have a backlog and a session to wait for."""
    for fault in CRASHES:
        assert matrix.cells(fault, "time_to_recover").better == "a", fault
        assert matrix.cells(fault, "backlog_peak").b.low > 100


def test_an_outbox_outlives_the_broker(matrix: Matrix) -> None:
    """While the broker is down orders are taken, and done when it is back: next to no goodput is lost."""
    assert matrix.cells("broker-down", "goodput_lost").b.high < 0.01
    assert matrix.cells("broker-down", "effects_told_failed").b.mean == 0


def test_poison_holds_up_what_is_behind_it(matrix: Matrix) -> None:
    """A poisoned charge is tried again and again in its partition, and hundreds wait behind it."""
    assert matrix.cells("poisoned-charges", "backlog_peak").b.low > 300
    assert matrix.cells("poisoned-charges", "time_to_recover").better == "a"


def test_more_of_a_spike_is_done_through_topics(matrix: Matrix) -> None:
    """Of eight times as many orders more are done through topics, proven, and a long backlog is the price."""
    assert matrix.cells("traffic-spike", "goodput_lost").better == "b"
    assert matrix.cells("traffic-spike", "backlog_peak").b.low > 1000


def test_the_chain_leaves_charges_for_orders_that_failed(matrix: Matrix) -> None:
    """While shipping comes and goes cards are charged for what is not booked: the chain breaks the invariant, no topic does."""
    for measure in ("effects_told_failed", "invariants_broken"):
        cells = matrix.cells("shipping-in-a-crash-loop", measure)
        assert cells.a.low > 100
        assert cells.b.mean == 0


def test_what_it_costs(matrix: Matrix) -> None:
    """Without a fault calls hold workers for longer, and events are more messages; both are proven."""
    assert matrix.cells("", "worker_seconds").better == "b"
    assert matrix.cells("", "messages_sent").better == "a"
