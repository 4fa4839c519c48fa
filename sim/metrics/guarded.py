"""Which calls have guards, and what these refused: what the metrics about guards, and those about attempts, ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.network import Network
    from sim.record.record import Record

NO_GUARD = "where no call that was made has a guard"


def of_service_edges(network: Network, service: int) -> list[int]:
    """Return the edges that lead to a service."""
    return [number for number, edge in enumerate(network.edges) if edge.service == service]


def of_flow_edges(network: Network, flow: int) -> list[int]:
    """Return the edge of a flow's clients."""
    return [network.sites[network.flows[flow].site].edge]


def refused_by(record: Record, edges: Iterable[int], first: int, stop: int) -> int:
    """Return how many attempts over some edges guards refused, in the windows ``first`` to ``stop - 1``."""
    wanted = set(edges)
    guards = [number for number, guard in enumerate(record.network.guards) if guard.edge in wanted]
    return int(record.guards[first:stop, guards, f.GUARD_REFUSED].sum())
