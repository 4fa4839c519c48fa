"""What is counted of the hedges of calls over some edges, for the metrics about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.counts import share
from sim.metrics.guarded import by_edges
from sim.record.fields.hedges import HEDGE_CALLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sim.metrics.base import Measure, Scope
    from sim.record.record import Record

NO_HEDGE = "where no call that was made is hedged"


def hedges_of(record: Record, column: int, edges: Iterable[int], first: int, stop: int) -> int:
    """Return the sum of a column over the hedges of some edges, in the windows ``first`` to ``stop - 1``."""
    wanted = set(edges)
    rows = [number for number, one in enumerate(record.network.hedges) if one.edge in wanted]
    return int(record.tables["hedges"][first:stop, rows, column].sum()) if rows else 0


def per_hedged_call(column: int) -> Mapping[Scope, Measure]:
    """Return the measures of a column as a share of the calls that may be hedged."""

    def of_edges(record: Record, edges: Iterable[int], first: int, stop: int) -> float:
        wanted = list(edges)
        return share(hedges_of(record, column, wanted, first, stop), hedges_of(record, HEDGE_CALLS, wanted, first, stop))

    found = dict(by_edges(of_edges))
    del found["flow"]  # clients do not hedge
    return found
