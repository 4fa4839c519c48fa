"""Further attempts for each call, and for each message: how hard callers and consumers push when it does not work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import column, share, totals
from sim.metrics.hedged import hedges_of
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Further attempts per call or message, over all calls and groups."""
    return _of(record, range(len(record.network.edges)), range(len(record.network.groups)), first, stop)


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Further attempts per call of one service, or message for its consumers."""
    edges = [number for number, edge in enumerate(record.network.edges) if edge.service == service]
    groups = [number for number, group in enumerate(record.network.groups) if group.service == service]
    return _of(record, edges, groups, first, stop)


def of_flow(record: Record, flow: int, first: int, stop: int) -> float:
    """Further attempts per request by the clients of one flow."""
    network = record.network
    return _of(record, [network.sites[network.flows[flow].site].edge], (), first, stop)


def of_group(record: Record, group: int, first: int, stop: int) -> float:
    """Further executions in place per message of one group."""
    return _of(record, (), [group], first, stop)


def _of(record: Record, edges: Sequence[int], groups: Sequence[int], first: int, stop: int) -> float:
    rows = totals(record, first, stop)
    calls = column(rows.edges, f.edges.EDGE_CALLS, edges)
    again = column(rows.edges, f.edges.EDGE_ATTEMPTS, edges) - calls + column(rows.groups, f.groups.GROUP_RETRIES, groups)
    again -= hedges_of(record, f.hedges.HEDGE_SENT, edges, first, stop)
    messages = column(rows.groups, f.groups.GROUP_DELIVERED, groups) - column(rows.groups, f.groups.GROUP_REDELIVERED, groups)
    return share(again, calls + messages)


RETRIES = Metric(
    name="retries",
    label="retries per call or message",
    unit="1",
    direction="lower",
    measures={"system": of_system, "flow": of_flow, "service": of_service, "group": of_group},
    meaning="attempts beyond the first, without hedges, per call, and executions in place beyond the first, per message",
)
