"""What is counted of services that say how fast work goes at their replicas, and of those that give workers back.

    a metric of cores   of the system: of all services that have it      of a service: nan where it has not
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.counts import totals
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sim.metrics.base import Measure, Scope
    from sim.network import EventLoop, Limiter, Processor
    from sim.record.record import Record

NO_CORES = "where work needs no core"
NO_WORK_COUNTED = "where work shares no cores and has no contention"
NO_LIMIT = "where no service has a concurrency limit"
NO_LOOP = "where no handler gives its worker back"
WITHOUT_A_WORKER = (f.event_loops.LOOP_AWAY_AREA, f.event_loops.LOOP_RESUMING_AREA)


def workers_held(record: Record, service: int, first: int, stop: int) -> int:
    """For how long handlers of a service held a worker, in ns: while they are away they hold none."""
    held = totals(record, first, stop).services[service][f.services.SERVICE_BUSY_AREA]
    for row, one in enumerate(record.network.event_loops):
        if one.service == service:
            held -= int(record.tables["event_loops"][first:stop, row, list(WITHOUT_A_WORKER)].sum())
    return held


def counted(record: Record, family: str, column: int, rows: Sequence[int], first: int, stop: int) -> int:
    """A counter of some entities, in the windows ``first`` to ``stop - 1``."""
    return int(record.tables[family][first:stop, list(rows), column].sum())


def of_services(
    family: str,
    of: Callable[[Record, Sequence[int], int, int], float],
    having: Callable[[Processor | EventLoop | Limiter], bool] = lambda _: True,
) -> Mapping[Scope, Measure]:
    """Return the measures of a metric of some rows of a family, of the services they belong to; nan where there is none."""

    def rows_of(record: Record, service: int | None) -> list[int]:
        entities: Sequence[Processor | EventLoop | Limiter] = getattr(record.network, family)
        return [row for row, one in enumerate(entities) if having(one) and service in {None, one.service}]

    def of_system(record: Record, _: int, first: int, stop: int) -> float:
        rows = rows_of(record, None)
        return of(record, rows, first, stop) if rows else math.nan

    def of_service(record: Record, service: int, first: int, stop: int) -> float:
        rows = rows_of(record, service)
        return of(record, rows, first, stop) if rows else math.nan

    return {"system": of_system, "service": of_service}


def limited_replicas(record: Record, rows: Sequence[int]) -> int:
    """How many replicas services with a limit have."""
    services = record.network.services
    return sum(services[record.network.limiters[row].service].replicas for row in rows)


def has_cores(one: Processor | EventLoop | Limiter) -> bool:
    """Whether work needs a core."""
    return getattr(one, "cores", 0) > 0
