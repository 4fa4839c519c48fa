"""How long handlers wait for locks of their services, on average: those that got one, gave up or are no more."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.at_locks import NO_LOCK, counted, rows_of
from sim.metrics.base import Metric
from sim.metrics.counts import share
from sim.metrics.spans import SECOND
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record


def of_service(record: Record, service: int | None, first: int, stop: int) -> float:
    """Mean wait, in seconds; by Little's law: the area under those that wait, so that who waits still counts as well."""
    rows = rows_of(record, service)
    if not rows:
        return math.nan
    area = counted(record, f.key_locks.KEY_LOCK_WAITING_AREA, rows, first, stop)
    return share(area, counted(record, f.key_locks.KEY_LOCK_WAITS, rows, first, stop)) / SECOND


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """The same of all services."""
    return of_service(record, None, first, stop)


LOCK_WAIT = Metric(
    name="lock_wait",
    label="wait for a lock",
    unit="s",
    direction="lower",
    measures={"system": of_system, "service": of_service},
    missing=NO_LOCK,
    meaning="time that handlers waited for a lock of their service, for each wait that is over; those that had it at once do "
    "not count",
)
