"""What guards counted of the calls over some edges: for the metrics about guards, and for those about attempts that left.

    a metric of guards   of the system: of all edges      of a service: of those that lead to it      of a flow: of its clients'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.metrics.once import once
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from sim.metrics.base import Measure, Scope
    from sim.network import Network
    from sim.record.record import Record

    OfEdges = Callable[[Record, Iterable[int], int, int], float]

NO_GUARD = "where no call that was made has a guard"
NO_WAIT = "where no attempt may wait at a guard, or none has"


def by_edges(of: OfEdges) -> Mapping[Scope, Measure]:
    """Return the measures of a metric that is one of the guards of some edges, in the windows ``first`` to ``stop - 1``."""

    def of_system(record: Record, _: int, first: int, stop: int) -> float:
        return of(record, range(len(record.network.edges)), first, stop)

    def of_service(record: Record, service: int, first: int, stop: int) -> float:
        return of(record, edges_to(record.network, service), first, stop)

    def of_flow(record: Record, flow: int, first: int, stop: int) -> float:
        network = record.network
        return of(record, [network.sites[network.flows[flow].site].edge], first, stop)

    return {"system": of_system, "service": of_service, "flow": of_flow}


def edges_to(network: Network, service: int) -> list[int]:
    """Return the edges that lead to a service."""
    return [number for number, edge in enumerate(network.edges) if edge.service == service]


def counted(record: Record, column: int, edges: Iterable[int], first: int, stop: int) -> int:
    """Return the sum of a column of guards over those of some edges, in the windows ``first`` to ``stop - 1``."""
    return int(_by_edge(record, column, first, stop)[list(edges)].sum())


def states_of(record: Record, edges: Iterable[int]) -> int:
    """Return how many states the guards of some edges have: one for each replica that calls, or one for all."""
    found = np.zeros(len(record.network.edges), dtype=np.int64)
    for guard in record.network.guards:
        found[guard.edge] += guard.states
    return int(found[list(edges)].sum())


@once
def _by_edge(record: Record, column: int, first: int, stop: int) -> NDArray[np.int64]:
    """A column of guards, added up over windows and over the guards of each edge."""
    found = np.zeros(len(record.network.edges), dtype=np.int64)
    at = [guard.edge for guard in record.network.guards]
    np.add.at(found, at, record.guards[first:stop, :, column].sum(axis=0))
    return found


def refused_by(record: Record, edges: Iterable[int], first: int, stop: int) -> int:
    """Return how many attempts over some edges guards kept from leaving, in the windows ``first`` to ``stop - 1``."""
    return counted(record, f.guards.GUARD_REFUSED, edges, first, stop)


def counted_of_rooms(record: Record, column: int, edges: Iterable[int], first: int, stop: int) -> int:
    """Return the sum of a column of what waits at guards, over those of some edges, in windows ``first`` to ``stop - 1``."""
    wanted = set(edges)
    rooms = [row for row, guard in enumerate(record.network.rooms) if guard.edge in wanted]
    return int(record.tables[f.rooms.ROOMS.name][first:stop, rooms, column].sum())


def may_wait(record: Record, edges: Iterable[int]) -> bool:
    """Return whether attempts over some edges may wait at a guard."""
    wanted = set(edges)
    return any(guard.edge in wanted for guard in record.network.rooms)


def kept_back(record: Record, edges: Iterable[int], first: int, stop: int) -> int:
    """Return how many attempts over some edges did not leave: refused ones, those that wait on, and whose caller is gone."""
    wanted = list(edges)
    wait_on = counted_of_rooms(record, f.rooms.ROOM_WAITS, wanted, first, stop)
    for column in (f.rooms.ROOM_WENT, f.rooms.ROOM_TIMED_OUT):
        wait_on -= counted_of_rooms(record, column, wanted, first, stop)
    return refused_by(record, wanted, first, stop) + wait_on
