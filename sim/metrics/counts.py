"""Sums over windows, and shares of them: what most metrics are made of."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.record import fields as f
from sim.record.outcomes import OK, OUTCOME_COUNT

if TYPE_CHECKING:
    from sim.metrics.base import Measure
    from sim.record.record import Record

Counts = NDArray[np.int64]


def share(part: int, whole: int) -> float:
    """Return part / whole; nan when there is no whole."""
    return part / whole if whole else math.nan


def flow_count(record: Record, flow: int | None, field: int, first: int, stop: int) -> int:
    """Return a counter of one flow, or of all flows, over the windows ``first`` to ``stop - 1``."""
    rows = record.flows[first:stop, :, field]
    return int(rows.sum() if flow is None else rows[:, flow].sum())


def flow_outcomes(record: Record, flow: int | None, first: int, stop: int) -> Counts:
    """Return how many requests of one flow, or of all, had each outcome."""
    rows = record.flows[first:stop, :, f.FLOW_SETTLED : f.FLOW_SETTLED + OUTCOME_COUNT]
    outcomes: Counts = rows.sum(axis=(0, 1)) if flow is None else rows[:, flow].sum(axis=0)
    return outcomes


def service_outcomes(record: Record, service: int, first: int, stop: int) -> Counts:
    """Return how many attempts at a service had each outcome, as their callers saw them."""
    rows = record.edges[first:stop, :, f.EDGE_SETTLED : f.EDGE_SETTLED + OUTCOME_COUNT].sum(axis=0)
    edges = [number for number, edge in enumerate(record.network.edges) if edge.service == service]
    outcomes: Counts = rows[edges].sum(axis=0)
    return outcomes


def failed(outcomes: Counts) -> int:
    """Return how many of the outcomes are not ok."""
    return int(outcomes.sum() - outcomes[OK])


def group_count(record: Record, group: int | None, field: int, first: int, stop: int) -> int:
    """Return a counter of one consumer group, or of all groups."""
    rows = record.groups[first:stop, :, field]
    return int(rows.sum() if group is None else rows[:, group].sum())


def messages(field: int) -> tuple[Measure, Measure]:
    """Return the measures of a counter of messages: of the system, and of a group."""

    def of_system(record: Record, _: int, first: int, stop: int) -> float:
        return float(group_count(record, None, field, first, stop))

    def of_group(record: Record, group: int, first: int, stop: int) -> float:
        return float(group_count(record, group, field, first, stop))

    return of_system, of_group
