"""How many replicas callers have ejected as outliers: the share of the time, over all callers and replicas."""

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


def of_balancers(record: Record, rows: Sequence[int], first: int, stop: int) -> float:
    """Time that replicas were ejected, of all the time of those that callers could eject; nan without any."""
    network = record.network
    seen = 0.0
    for row in rows:
        seen += replica_seconds(record, network.balancers[row].service, first, stop) * len(network.balancers[row].zones)
    if not seen:
        return math.nan
    area = int(record.tables["balancers"][first:stop, list(rows), f.balancers.BALANCER_EJECTED_AREA].sum()) / SECOND
    return area / seen


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Return it of all services whose callers eject."""
    rows = [row for row, one in enumerate(record.network.balancers) if one.sweep_every]
    return of_balancers(record, rows, first, stop)


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Return it of the replicas of one service."""
    rows = [row for row, one in enumerate(record.network.balancers) if one.service == service and one.sweep_every]
    return of_balancers(record, rows, first, stop)


EJECTED = Metric(
    name="ejected",
    label="replicas ejected",
    unit="share",
    direction="neither",
    named="lower",
    measures={"system": of_system, "service": of_service},
    meaning="share of the time that callers have replicas of the service ejected as outliers, over all callers and replicas",
    missing="where no caller ejects outliers",
    most=1.0,
)
