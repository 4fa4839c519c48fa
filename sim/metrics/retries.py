"""Further attempts for each call, and each message: how hard callers and consumers push when it does not work.

A subscription that handles a message again, in place or after a rebalance, pushes as a caller does that calls again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import column, share, totals
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Further attempts per call or message, over all of them."""
    network = record.network
    return _pushed(record, range(len(network.edges)), range(len(network.groups)), first, stop)


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Further attempts per call of one service, or message for its consumers."""
    edges = [number for number, edge in enumerate(record.network.edges) if edge.service == service]
    groups = [number for number, group in enumerate(record.network.groups) if group.service == service]
    return _pushed(record, edges, groups, first, stop)


def of_flow(record: Record, flow: int, first: int, stop: int) -> float:
    """Further attempts per request by the clients of one flow."""
    network = record.network
    return _pushed(record, [network.sites[network.flows[flow].site].edge], (), first, stop)


def _pushed(record: Record, edges: Sequence[int], groups: Sequence[int], first: int, stop: int) -> float:
    rows = totals(record, first, stop)
    calls, again = column(rows.edges, f.EDGE_CALLS, edges), column(rows.groups, f.GROUP_REDELIVERED, groups)
    begun = calls + column(rows.groups, f.GROUP_DELIVERED, groups) - again
    return share(column(rows.edges, f.EDGE_ATTEMPTS, edges) - calls + again, begun)


RETRIES = Metric(
    name="retries",
    label="retries per call or message",
    unit="1",
    direction="lower",
    measures={"system": of_system, "flow": of_flow, "service": of_service},
    meaning="attempts beyond the first, per call or message; handling a message again is one",
)
