"""Business flows that were done well, completely and within their deadline, per second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import flow_count
from sim.metrics.spans import seconds
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record


def of_flow(record: Record, flow: int | None, first: int, stop: int) -> float:
    """Completions in time of one flow, or of all, per second."""
    return flow_count(record, flow, f.flows.FLOW_GOOD, first, stop) / seconds(record.network, first, stop)


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Completions in time of all flows, per second."""
    return of_flow(record, None, first, stop)


GOODPUT = Metric(
    name="goodput",
    label="goodput",
    unit="1/s",
    direction="higher",
    measures={"system": of_system, "flow": of_flow},
    meaning="business flows completed well within their deadline, per second, counted when they complete",
)
