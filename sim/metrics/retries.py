"""Further attempts for each call: how hard callers push when it does not work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import column, share, totals
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Further attempts per call, over all calls."""
    return _of_edges(record, range(len(record.network.edges)), first, stop)


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Further attempts per call of one service."""
    edges = [number for number, edge in enumerate(record.network.edges) if edge.service == service]
    return _of_edges(record, edges, first, stop)


def of_flow(record: Record, flow: int, first: int, stop: int) -> float:
    """Further attempts per request by the clients of one flow."""
    network = record.network
    return _of_edges(record, [network.sites[network.flows[flow].site].edge], first, stop)


def _of_edges(record: Record, edges: Sequence[int], first: int, stop: int) -> float:
    rows = totals(record, first, stop).edges
    calls = column(rows, f.EDGE_CALLS, edges)
    return share(column(rows, f.EDGE_ATTEMPTS, edges) - calls, calls)


RETRIES = Metric(
    name="retries",
    label="retries per call",
    unit="1",
    direction="lower",
    measures={"system": of_system, "flow": of_flow, "service": of_service},
    meaning="attempts beyond the first, per call",
)
