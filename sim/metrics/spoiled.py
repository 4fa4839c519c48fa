"""The share of business flows of which some part failed for good: the request itself, or a message it caused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import flow_count, share
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record


def of_flow(record: Record, flow: int | None, first: int, stop: int) -> float:
    """Flows that closed with a failed part, as a share of those that closed."""
    bad = flow_count(record, flow, f.FLOW_SPOILED, first, stop)
    return share(bad, bad + flow_count(record, flow, f.FLOW_COMPLETED, first, stop))


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """The same of all flows together."""
    return of_flow(record, None, first, stop)


SPOILED = Metric(
    name="spoiled",
    label="flows not done well",
    unit="share",
    direction="lower",
    measures={"system": of_system, "flow": of_flow},
    meaning="share of closed business flows of which some part failed for good",
    most=1.0,
)
