"""What is counted of the locks of services, for metrics that are measured of services, and of stores, which have locks too.

    lock_timeouts    of a store: of its rows        of a service: of its locks        of the system: of both
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.unanswered import open_at
from sim.metrics.written import of_stores
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.metrics.base import Bounded, Measure, Scope
    from sim.record.record import Record

NO_LOCK = "where no handler takes a lock"
NO_STORE_OR_LOCK = "where no transaction was begun, and no handler takes a lock"


def rows_of(record: Record, service: int | None) -> list[int]:
    """The locks of a service, or of all."""
    return [row for row, one in enumerate(record.network.key_locks) if service in {None, one.service}]


def counted(record: Record, column: int, rows: Sequence[int], first: int, stop: int) -> int:
    """A counter of some locks, in the windows ``first`` to ``stop - 1``."""
    return int(record.tables["key_locks"][first:stop, list(rows), column].sum())


def of_both(
    column: int, level: int, of_locks: int
) -> tuple[Mapping[Scope, Measure], Mapping[Scope, Bounded]]:
    """Count something that became of transactions, and of handlers at locks; what still waits for one may come to it, too."""
    measures, bounds = of_stores(column, level)
    in_stores, bounds_in_stores = measures["system"], bounds["system"]

    def of_service(record: Record, service: int | None, first: int, stop: int) -> float:
        rows = rows_of(record, service)
        return float(counted(record, of_locks, rows, first, stop)) if rows else math.nan

    def bounds_of_service(record: Record, service: int | None, first: int, stop: int) -> tuple[float, float]:
        known = of_service(record, service, first, stop)
        waiting = record.levels["key_locks"][rows_of(record, service), f.key_locks.LEVEL_KEY_WAITING].sum()
        return known, known + open_at(record, stop, int(waiting))

    def of_system(record: Record, subject: int, first: int, stop: int) -> float:
        return _together(in_stores(record, subject, first, stop), of_service(record, None, first, stop))

    def bounds_of_system(record: Record, subject: int, first: int, stop: int) -> tuple[float, float]:
        parts = (bounds_in_stores(record, subject, first, stop), bounds_of_service(record, None, first, stop))
        least, most = (_together(*pair) for pair in zip(*parts, strict=True))
        return least, most

    measured: dict[Scope, Measure] = {**measures, "system": of_system, "service": of_service}
    bounded: dict[Scope, Bounded] = {**bounds, "system": bounds_of_system, "service": bounds_of_service}
    return measured, bounded


def _together(one: float, other: float) -> float:
    """The sum of what there is; nan where there is neither."""
    return other if math.isnan(one) else one if math.isnan(other) else one + other
