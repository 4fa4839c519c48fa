"""Requests that arrive at the door, per second: what goodput is measured against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import flow_count
from sim.metrics.spans import seconds
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record


def of_flow(record: Record, flow: int | None, first: int, stop: int) -> float:
    """Arrivals of one flow, or of all, per second."""
    return flow_count(record, flow, f.flows.FLOW_OFFERED, first, stop) / seconds(record.network, first, stop)


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Arrivals of all flows, per second."""
    return of_flow(record, None, first, stop)


OFFERED = Metric(
    name="offered",
    label="offered load",
    unit="1/s",
    direction="neither",
    measures={"system": of_system, "flow": of_flow},
    meaning="requests that arrive, per second, retries not counted",
)
