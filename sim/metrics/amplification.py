"""How much more work arrives at services than the offered load explains: retries, redeliveries, hedges.

    amplification = attempts that arrive + deliveries        healthy: 1
                    ----------------------------------
                    offered requests x visits each (`sim.metrics.visits`)

Above 1 is a retry storm. Below 1 is no merit: requests failed before they came that far, or messages still wait.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import column, totals
from sim.metrics.visits import visits_of_all
from sim.record.fields.flows import FLOW_OFFERED
from sim.record.fields.groups import GROUP_DELIVERED
from sim.record.fields.services import SERVICE_ARRIVED

if TYPE_CHECKING:
    from sim.record.record import Record


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Attempts and deliveries that arrive at one service, per expected visit."""
    return _ratio(record, (service,), first, stop)


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Attempts and deliveries that arrive at all services, per expected visit."""
    return _ratio(record, tuple(range(len(record.network.services))), first, stop)


def _ratio(record: Record, services: tuple[int, ...], first: int, stop: int) -> float:
    rows = totals(record, first, stop)
    groups = [number for number, group in enumerate(record.network.groups) if group.service in services]
    arrived = column(rows.services, SERVICE_ARRIVED, services) + column(rows.groups, GROUP_DELIVERED, groups)
    expected = math.fsum(
        row[FLOW_OFFERED] * visited[service]
        for row, visited in zip(rows.flows, visits_of_all(record.network), strict=True)
        for service in services
    )
    return arrived / expected if expected > 0.0 else math.nan


AMPLIFICATION = Metric(
    name="amplification",
    label="amplification",
    unit="1",
    direction="neither",
    measures={"system": of_system, "service": of_service},
    meaning="attempts and deliveries that arrive at services, per visit that the offered load would make; healthy is 1",
    missing="without any offered request",
)
