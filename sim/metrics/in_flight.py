"""How many requests are in flight at a replica of a service with a concurrency limit, on average."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.at_replicas import NO_LIMIT, counted, limited_replicas, of_services
from sim.metrics.base import Metric
from sim.metrics.spans import SECOND, seconds
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record


def of_rows(record: Record, rows: Sequence[int], first: int, stop: int) -> float:
    """Mean number of those that were admitted and are not over, by replica."""
    area = counted(record, "limiters", f.limiters.IN_FLIGHT_AREA, rows, first, stop)
    return area / SECOND / seconds(record.network, first, stop) / limited_replicas(record, rows)


IN_FLIGHT = Metric(
    name="in_flight",
    label="requests in flight",
    unit="1",
    direction="neither",
    measures=of_services("limiters", of_rows),
    missing=NO_LIMIT,
    meaning="mean number of requests that wait or are at work at a replica, of services with a limit",
)
