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

Rows = list[list[int]]
"""Sums by entity and field."""
Outcomes = tuple[int, ...]
"""Counts by outcome."""


@dataclass(frozen=True)
class Totals:
    """Everything that a record counted, added up over some windows: by entity and field, as the record has them.

    Fields that are peaks (``*_MAX``) are no counts, and mean nothing in a sum.
    """

    services: Rows
    edges: Rows
    flows: Rows
    groups: Rows


@once
def totals(record: Record, first: int, stop: int) -> Totals:
    """Return the sums over the windows ``first`` to ``stop - 1``."""
    tables = (record.services, record.edges, record.flows, record.groups)
    return Totals(*(table[first:stop].sum(axis=0).tolist() for table in tables))


def share(part: int, whole: int) -> float:
    """Return part / whole; nan when there is no whole."""
    return part / whole if whole else math.nan


def column(rows: Rows, field: int, which: Iterable[int]) -> int:
    """Return the sum of a field over some rows."""
    return sum(rows[number][field] for number in which)


def flow_count(record: Record, flow: int | None, field: int, first: int, stop: int) -> int:
    """Return a counter of one flow, or of all flows, over the windows ``first`` to ``stop - 1``."""
    rows = totals(record, first, stop).flows
    return column(rows, field, _chosen(rows, flow))


@once
def flow_outcomes(record: Record, flow: int | None, first: int, stop: int) -> Outcomes:
    """Return how many requests of one flow, or of all, had each outcome."""
    rows = totals(record, first, stop).flows
    return _outcomes(rows, _chosen(rows, flow), f.FLOW_SETTLED)


def service_outcomes(record: Record, service: int, first: int, stop: int) -> Outcomes:
    """Return how many attempts at a service had each outcome, as their callers saw them."""
    edges = [number for number, edge in enumerate(record.network.edges) if edge.service == service]
    return _outcomes(totals(record, first, stop).edges, edges, f.EDGE_SETTLED)


def failed(outcomes: Outcomes) -> int:
    """Return how many of the outcomes are not ok."""
    return sum(outcomes) - outcomes[OK]


def group_count(record: Record, group: int | None, field: int, first: int, stop: int) -> int:
    """Return a counter of one consumer group, or of all groups."""
    rows = totals(record, first, stop).groups
    return column(rows, field, _chosen(rows, group))


def messages(field: int) -> tuple[Measure, Measure]:
    """Return the measures of a counter of messages: of the system, and of a group."""

    def of_system(record: Record, _: int, first: int, stop: int) -> float:
        return float(group_count(record, None, field, first, stop))

    def of_group(record: Record, group: int, first: int, stop: int) -> float:
        return float(group_count(record, group, field, first, stop))

    return of_system, of_group


def _chosen(rows: Rows, number: int | None) -> Iterable[int]:
    return range(len(rows)) if number is None else (number,)


def _outcomes(rows: Rows, which: Iterable[int], at: int) -> Outcomes:
    """Sum over rows of each outcome; the first one's field is ``at``."""
    each = [rows[number][at : at + OUTCOME_COUNT] for number in which]
    return tuple(map(sum, zip(*each, strict=True))) or (0,) * OUTCOME_COUNT
