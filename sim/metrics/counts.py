"""Sums over windows, and shares of them: what most metrics are made of.

    record.flows[first:stop] --totals, once a record--> flows[flow][field], Python ints
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.metrics.once import once
from sim.record import fields as f
from sim.record.outcomes import OK, OUTCOME_COUNT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.metrics.base import Measure
    from sim.record.record import Record

Row = list[int]
"""Sums by field."""
Rows = list[Row]
"""Sums by entity and field."""
Outcomes = tuple[int, ...]
"""Counts by outcome."""


@dataclass(frozen=True)
class Totals:
    """Everything that a record counted, added up over some windows: by entity and field, as the record has them.

    ``all_flows`` and ``all_groups`` are sums over these as well. Fields that are peaks (``*_MAX``) are no counts, and mean
    nothing in a sum.
    """

    services: Rows
    edges: Rows
    flows: Rows
    groups: Rows
    all_flows: Row
    all_groups: Row


@once
def totals(record: Record, first: int, stop: int) -> Totals:
    """Return the sums over the windows ``first`` to ``stop - 1``."""
    tables = (record.services, record.edges, record.flows, record.groups)
    sums = [table[first:stop].sum(axis=0) for table in tables]
    return Totals(*(rows.tolist() for rows in sums), *(rows.sum(axis=0).tolist() for rows in sums[2:]))


def share(part: int, whole: int) -> float:
    """Return part / whole; nan when there is no whole."""
    return part / whole if whole else math.nan


def column(rows: Rows, field: int, which: Iterable[int]) -> int:
    """Return the sum of a field over some rows."""
    return sum(rows[number][field] for number in which)


def flow_count(record: Record, flow: int | None, field: int, first: int, stop: int) -> int:
    """Return a counter of one flow, or of all flows, over the windows ``first`` to ``stop - 1``."""
    sums = totals(record, first, stop)
    return (sums.all_flows if flow is None else sums.flows[flow])[field]


def all_flows_or(record: Record, flow: int | None) -> tuple[int, ...]:
    """Return the number of one flow, or those of all flows."""
    return tuple(range(len(record.network.flows))) if flow is None else (flow,)


def flow_outcomes(record: Record, flow: int | None, first: int, stop: int) -> Outcomes:
    """Return how many requests of one flow, or of all, had each outcome."""
    sums = totals(record, first, stop)
    row = sums.all_flows if flow is None else sums.flows[flow]
    return tuple(row[f.flows.FLOW_SETTLED : f.flows.FLOW_SETTLED + OUTCOME_COUNT])


def service_outcomes(record: Record, service: int, first: int, stop: int) -> Outcomes:
    """Return how many attempts at a service had each outcome, as their callers saw them."""
    rows = totals(record, first, stop).edges
    each = [
        rows[number][f.edges.EDGE_SETTLED : f.edges.EDGE_SETTLED + OUTCOME_COUNT]
        for number, edge in enumerate(record.network.edges)
        if edge.service == service
    ]
    return tuple(map(sum, zip(*each, strict=True))) or (0,) * OUTCOME_COUNT


def failed(outcomes: Outcomes) -> int:
    """Return how many of the outcomes are not ok."""
    return sum(outcomes) - outcomes[OK]


def group_count(record: Record, group: int | None, field: int, first: int, stop: int) -> int:
    """Return a counter of one consumer group, or of all groups."""
    sums = totals(record, first, stop)
    return (sums.all_groups if group is None else sums.groups[group])[field]


def messages(field: int) -> tuple[Measure, Measure]:
    """Return the measures of a counter of messages: of the system, and of a group."""

    def of_system(record: Record, _: int, first: int, stop: int) -> float:
        return float(group_count(record, None, field, first, stop))

    def of_group(record: Record, group: int, first: int, stop: int) -> float:
        return float(group_count(record, group, field, first, stop))

    return of_system, of_group

