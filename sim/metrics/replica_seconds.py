"""Replica-seconds: how long replicas were there, starting up, serving or leaving. It is what is paid for, whatever they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.there import paid_for

if TYPE_CHECKING:
    from sim.record.record import Record


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Of all services."""
    return sum(paid_for(record, service, first, stop) for service in range(len(record.network.services)))


REPLICA_SECONDS = Metric(
    name="replica_seconds",
    label="replica-seconds",
    unit="s",
    direction="lower",
    measures={"system": of_system, "service": paid_for},
    meaning="time that replicas are there, from the begin of their start-up until they are gone, all together",
)
