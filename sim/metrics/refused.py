"""How many attempts never left their caller, as a guard refused them: of all attempts that had a guard to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import column, share, totals
from sim.metrics.guarded import NO_GUARD, of_flow_edges, of_service_edges, refused_by
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.record.record import Record


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Share of all attempts that had a guard."""
    return _of(record, range(len(record.network.edges)), first, stop)


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Share of the attempts to call one service."""
    return _of(record, of_service_edges(record.network, service), first, stop)


def of_flow(record: Record, flow: int, first: int, stop: int) -> float:
    """Share of the attempts of one flow's clients."""
    return _of(record, of_flow_edges(record.network, flow), first, stop)


def _of(record: Record, edges: Iterable[int], first: int, stop: int) -> float:
    guarded = {guard.edge for guard in record.network.guards} & set(edges)
    attempts = column(totals(record, first, stop).edges, f.EDGE_ATTEMPTS, guarded)
    return share(refused_by(record, guarded, first, stop), attempts)


REFUSED = Metric(
    name="refused",
    label="refused by guards",
    unit="share",
    direction="neither",
    measures={"system": of_system, "service": of_service, "flow": of_flow},
    meaning="attempts that a guard of the caller, such as a circuit breaker, kept from leaving, of all attempts that had one",
    missing=NO_GUARD,
    most=1.0,
)
