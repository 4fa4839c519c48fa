"""Lateness is failure: the share of business flows that were done well, but after their deadline.

    arrival |----- deadline -----|            done after it, or still under way by then: late
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.carried import carried, without_carried
from sim.metrics.counts import all_flows_or, flow_count, share
from sim.metrics.unanswered import open_at, open_flows
from sim.record.fields.flows import FLOW_COMPLETED, FLOW_GOOD, FLOW_OVERDUE, FLOW_SPOILED

if TYPE_CHECKING:
    from sim.record.record import Record

WITHOUT_DEADLINE = "without a deadline"


def late(record: Record, flow: int | None, first: int, stop: int) -> int:
    """How many flows were done well after their deadline, or are under way beyond it when the run ends."""
    done = flow_count(record, flow, FLOW_COMPLETED, first, stop) - flow_count(record, flow, FLOW_GOOD, first, stop)
    return done + overdue(record, flow, stop)


def overdue(record: Record, flow: int | None, stop: int) -> int:
    """How many flows are under way beyond their deadline when the run ends; of windows that end before it: 0."""
    return open_at(record, stop, flow_count(record, flow, FLOW_OVERDUE, 0, record.network.windows))


def judged(record: Record, flow: int | None) -> bool:
    """Whether lateness can be judged: some flow has a deadline."""
    return any(record.network.flows[number].deadline >= 0 for number in all_flows_or(record, flow))


def of_flow(record: Record, flow: int | None, first: int, stop: int) -> float:
    """Late ones of one flow, or of all, as a share of those that closed or are late."""
    if not judged(record, flow):
        return math.nan
    closed = flow_count(record, flow, FLOW_COMPLETED, first, stop) + flow_count(record, flow, FLOW_SPOILED, first, stop)
    return share(late(record, flow, first, stop), closed + overdue(record, flow, stop))


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """The same of all flows together."""
    return of_flow(record, None, first, stop)


def bounds_of_flow(record: Record, flow: int | None, first: int, stop: int) -> tuple[float, float]:
    """The share if all that is under way and not overdue is done in time, and if none of it is."""
    if not judged(record, flow):
        return math.nan, math.nan
    closed = flow_count(record, flow, FLOW_COMPLETED, first, stop) + flow_count(record, flow, FLOW_SPOILED, first, stop)
    known, left = late(record, flow, first, stop), open_at(record, stop, open_flows(record, flow))
    most = known + left - overdue(record, flow, stop)
    return without_carried((known, most), closed + left, carried(record, flow, first, stop))


def bounds_of_system(record: Record, _: int, first: int, stop: int) -> tuple[float, float]:
    """The same of all flows together."""
    return bounds_of_flow(record, None, first, stop)


LATE = Metric(
    name="late",
    label="late",
    unit="share",
    direction="lower",
    measures={"system": of_system, "flow": of_flow},
    bounds={"system": bounds_of_system, "flow": bounds_of_flow},
    meaning="share of business flows that were done well, but after their deadline, or still under way beyond it",
    missing=WITHOUT_DEADLINE,
    most=1.0,
)
