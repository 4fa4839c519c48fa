"""How many replicas health checks have taken out of the lists: the share of the time, over all replicas that are checked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.spans import SECOND
from sim.metrics.there import replica_seconds
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record


def of_checks(record: Record, rows: Sequence[int], first: int, stop: int) -> float:
    """Time that replicas were out, of all the time of those that are checked; nan without any."""
    network = record.network
    there = sum(replica_seconds(record, network.health_checks[row].service, first, stop) for row in rows)
    if not there:
        return math.nan
    area = int(record.tables["health_checks"][first:stop, list(rows), f.health_checks.CHECK_OUT_AREA].sum()) / SECOND
    return area / there


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Return it of all services whose health is checked."""
    return of_checks(record, range(len(record.network.health_checks)), first, stop)


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Return it of the replicas of one service."""
    rows = [row for row, one in enumerate(record.network.health_checks) if one.service == service]
    return of_checks(record, rows, first, stop)


UNHEALTHY = Metric(
    name="unhealthy",
    label="replicas unhealthy",
    unit="share",
    direction="lower",
    measures={"system": of_system, "service": of_service},
    meaning="share of the time that health checks have replicas out of the lists of callers, over all that are checked",
    missing="where no health is checked",
    most=1.0,
)
