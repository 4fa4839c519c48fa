"""The share of busy time that went into results nobody took: the caller had stopped waiting.

Time is counted when a handler ends, with all the time it held its worker (or its consumer).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import share
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Orphaned time of all services as a share of what workers and consumers were held."""
    held = int(record.services[first:stop, :, f.SERVICE_HELD].sum() + record.groups[first:stop, :, f.GROUP_HELD].sum())
    return share(int(record.services[first:stop, :, f.SERVICE_WASTED].sum()), held)


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Orphaned time of one service's workers as a share of the time they were held."""
    rows = record.services[first:stop, service]
    return share(int(rows[:, f.SERVICE_WASTED].sum()), int(rows[:, f.SERVICE_HELD].sum()))


WASTE = Metric(
    name="waste",
    label="wasted work",
    unit="share",
    direction="lower",
    measures={"system": of_system, "service": of_service},
    meaning="share of the time that workers were held by handlers whose caller had stopped waiting",
    most=1.0,
)
