"""The share of busy time that went into results nobody took: the caller had stopped waiting.

Time is counted when a handler ends, with all the time it held its worker (or its consumer).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import column, share, totals
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Orphaned time of all services as a share of what workers and consumers were held."""
    rows = totals(record, first, stop)
    every = range(len(rows.services))
    held = column(rows.services, f.SERVICE_HELD, every) + column(rows.groups, f.GROUP_HELD, range(len(rows.groups)))
    return share(column(rows.services, f.SERVICE_WASTED, every), held)


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Orphaned time of one service's workers as a share of the time they were held."""
    row = totals(record, first, stop).services[service]
    return share(row[f.SERVICE_WASTED], row[f.SERVICE_HELD])


WASTE = Metric(
    name="waste",
    label="wasted work",
    unit="share",
    direction="lower",
    measures={"system": of_system, "service": of_service},
    meaning="share of the time that workers were held by handlers whose caller had stopped waiting",
    most=1.0,
)
