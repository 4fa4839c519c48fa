"""The share of busy time that went into results nobody took: the caller had stopped waiting.

Time is counted when a handler ends, with all the time it held its worker (or its consumer). What is at work when the run ends
is bounded both ways: all that it was held so far may turn out to be wasted, or none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import column, share, totals
from sim.metrics.unanswered import open_at
from sim.record.fields.groups import GROUP_HELD, LEVEL_GROUP_OPEN_HELD
from sim.record.fields.services import LEVEL_OPEN_HELD, SERVICE_HELD, SERVICE_WASTED

if TYPE_CHECKING:
    from sim.record.record import Record


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Orphaned time of all services as a share of what workers and consumers were held."""
    rows = totals(record, first, stop)
    every = range(len(rows.services))
    held = column(rows.services, SERVICE_HELD, every) + column(rows.groups, GROUP_HELD, range(len(rows.groups)))
    return share(column(rows.services, SERVICE_WASTED, every), held)


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Orphaned time of one service's workers as a share of the time they were held."""
    row = totals(record, first, stop).services[service]
    return share(row[SERVICE_WASTED], row[SERVICE_HELD])


def bounds_of_system(record: Record, _: int, first: int, stop: int) -> tuple[float, float]:
    """The share if somebody takes all that is at work, and if nobody does."""
    rows = totals(record, first, stop)
    every = range(len(rows.services))
    held = column(rows.services, SERVICE_HELD, every) + column(rows.groups, GROUP_HELD, range(len(rows.groups)))
    at_work = open_at(record, stop, int(record.service_levels[:, LEVEL_OPEN_HELD].sum()))
    consuming = open_at(record, stop, int(record.group_levels[:, LEVEL_GROUP_OPEN_HELD].sum()))
    wasted = column(rows.services, SERVICE_WASTED, every)
    return _bounded(wasted, held, at_work, consuming)


def bounds_of_service(record: Record, service: int, first: int, stop: int) -> tuple[float, float]:
    """The same of one service's workers."""
    row = totals(record, first, stop).services[service]
    at_work = open_at(record, stop, int(record.service_levels[service, LEVEL_OPEN_HELD]))
    return _bounded(row[SERVICE_WASTED], row[SERVICE_HELD], at_work, 0)


def _bounded(wasted: int, held: int, at_work: int, consuming: int) -> tuple[float, float]:
    """Whatever a consumer holds is not wasted: it counts as held at the least, and not at the most."""
    return share(wasted, held + at_work + consuming), share(wasted + at_work, held + at_work)


WASTE = Metric(
    name="waste",
    label="wasted work",
    unit="share",
    direction="lower",
    measures={"system": of_system, "service": of_service},
    bounds={"system": bounds_of_system, "service": bounds_of_service},
    meaning="share of the time that workers were held by handlers whose caller had stopped waiting",
    most=1.0,
)
