"""Worker-seconds used: for how long workers and consumer threads were held, by whatever they did or waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.at_replicas import workers_held
from sim.metrics.base import Metric
from sim.metrics.counts import column, totals
from sim.record.fields.groups import GROUP_BUSY_AREA

if TYPE_CHECKING:
    from sim.record.record import Record

SECOND = 1e9


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Of all services, and of all groups of consumers."""
    rows = totals(record, first, stop)
    busy = sum(workers_held(record, service, first, stop) for service in range(len(rows.services)))
    return (busy + column(rows.groups, GROUP_BUSY_AREA, range(len(rows.groups)))) / SECOND


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Of one service, with the consumers on its replicas."""
    rows = totals(record, first, stop)
    groups = [number for number, group in enumerate(record.network.groups) if group.service == service]
    return (workers_held(record, service, first, stop) + column(rows.groups, GROUP_BUSY_AREA, groups)) / SECOND


WORKER_SECONDS = Metric(
    name="worker_seconds",
    label="worker-seconds used",
    unit="s",
    direction="lower",
    measures={"system": of_system, "service": of_service},
    meaning="time that workers and consumers were held, by handlers at work and by handlers that wait for an answer",
)
