"""How many requests the limit of a service lets be in flight at a replica, on average."""

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
    """Mean of the limits of all replicas of these services."""
    area = counted(record, "limiters", f.limiters.LIMIT_AREA, rows, first, stop)
    return area / SECOND / seconds(record.network, first, stop) / limited_replicas(record, rows)


CONCURRENCY_LIMIT = Metric(
    name="concurrency_limit",
    label="concurrency limit",
    unit="1",
    direction="neither",
    measures=of_services("limiters", of_rows),
    missing=NO_LIMIT,
    meaning="mean number of requests that a replica lets be in flight, waiting or at work, of services with a limit",
)
