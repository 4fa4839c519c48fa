"""How many attempts never left their caller, as a guard refused them: of all attempts that had a guard to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import share
from sim.metrics.guarded import NO_GUARD, by_edges, counted, refused_by
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.record.record import Record


def of_edges(record: Record, edges: Iterable[int], first: int, stop: int) -> float:
    """Refused attempts over some edges, of those that asked any guard; nan when none did."""
    wanted = list(edges)
    return share(refused_by(record, wanted, first, stop), counted(record, f.guards.GUARD_ATTEMPTS, wanted, first, stop))


REFUSED = Metric(
    name="refused",
    label="refused by guards",
    unit="share",
    direction="neither",
    named="lower",
    measures=by_edges(of_edges),
    meaning="attempts that a guard of the caller, such as a circuit breaker, kept from leaving, of all attempts that had one",
    missing=NO_GUARD,
    most=1.0,
)
