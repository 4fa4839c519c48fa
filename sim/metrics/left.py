"""Attempts whose answer nobody needed any more, as enough others had come, of all attempts: the price of quorums and hedges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import column, share, totals
from sim.metrics.guarded import by_edges
from sim.record.fields.edges import EDGE_ATTEMPTS, EDGE_LEFT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.record.record import Record


def of_edges(record: Record, edges: Iterable[int], first: int, stop: int) -> float:
    """Attempts over some edges that were left, of all."""
    rows, wanted = totals(record, first, stop).edges, list(edges)
    return share(column(rows, EDGE_LEFT, wanted), column(rows, EDGE_ATTEMPTS, wanted))


LEFT = Metric(
    name="left",
    label="answers not needed",
    unit="share",
    direction="lower",
    measures={scope: measure for scope, measure in by_edges(of_edges).items() if scope != "flow"},
    meaning="attempts that their caller left as it had enough other answers, by a quorum or a hedge, of all attempts",
    most=1.0,
)
