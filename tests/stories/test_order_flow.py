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
OF_THE_CHAIN = ("slow-payment", "payment-down", "database-down", "shipping-down", "slow-shipping")
"""Faults on the way of an order."""
CRASHES = ("payment-down", "database-down", "shipping-down", "mail-down", "lost-replica-of-stock")


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    """The matrix as `eventflow demo` runs it."""
    return sim.fault_matrix(FOLDER)


def test_the_demo_has_eight_faults_and_a_question() -> None:
    """Two wirings on one base, the synchronous one first, and a page with a question and the picture."""
    assert [path.stem for path in shipped.variants("order-flow")] == ["sync", "events"]
    assert len(sim.load(FOLDER / "sync.yaml").faults) == 8
    assert shipped.stories()["order-flow"].endswith("?")
    assert (FOLDER / "matrix.png").is_file()


def test_through_topics_an_order_is_done_later_and_not_lost(matrix: Matrix) -> None:
    """Under every fault on its way less goodput is lost through topics, proven, and next to none is."""
    for fault in OF_THE_CHAIN:
        lost = matrix.cells(fault, "goodput_lost")
        assert lost.better == "b", fault
        assert lost.a.low > 0.1
        assert lost.b.high < 0.01


def test_a_chain_of_calls_recovers_sooner(matrix: Matrix) -> None:
    """After every crash it is well sooner, proven: nobody waits in it; consumers have a backlog and a session to wait for."""
    for fault in CRASHES:
        assert matrix.cells(fault, "time_to_recover").better == "a", fault
        assert matrix.cells(fault, "backlog_peak").b.low > 100


def test_the_chain_leaves_charges_for_orders_that_failed(matrix: Matrix) -> None:
    """While shipping is down cards are charged and nothing is booked: the invariant is broken in the chain, and in no topic."""
    for measure in ("effects_told_failed", "invariants_broken"):
        cells = matrix.cells("shipping-down", measure)
        assert cells.a.low > 100
        assert cells.b.mean == 0


def test_what_it_costs(matrix: Matrix) -> None:
    """Without a fault calls hold workers for longer, and events are more messages; both are proven."""
    assert matrix.cells("", "worker_seconds").better == "b"
    assert matrix.cells("", "messages_sent").better == "a"
