"""What rebuilds of read models counted: for the metrics that are measured of projections that are rebuilt.

    a metric of rebuilds   of the system: of all of them      of a projection: of its own, nan where no fault rebuilds it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.record.fields.rebuilds import REBUILD_AREA, REBUILD_BEGUN, REBUILDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sim.metrics.base import Bounded, Measure, Scope
    from sim.record.record import Record

    Of = Callable[[Record, list[int], int, int], float]
    BoundsOf = Callable[[Record, list[int], int, int], tuple[float, float]]

OF_REBUILDS = ("rebuild_time", "rebuild_events_gone", "rebuild_keys_lost")
"""What is shown of a projection that a fault rebuilds."""
NOT_REBUILT = "where no rebuild began"


def rows_of(record: Record, scope: Scope, subject: int) -> list[int]:
    """The rows of rebuilds: of all projections, or of one."""
    network = record.network
    name = None if scope == "system" else network.projections[subject].name
    return [row for row, one in enumerate(network.rebuilds) if name in {None, one.name}]


def counted(record: Record, column: int, rows: list[int], first: int, stop: int) -> int:
    """A counter of some rebuilds, in the windows ``first`` to ``stop - 1``."""
    return int(record.tables[REBUILDS.name][first:stop, rows, column].sum())


def of_rebuilds(of: Of) -> Mapping[Scope, Measure]:
    """Return the measures of a metric of rebuilds; nan where none began or was under way in the span."""

    def measured(scope: Scope) -> Measure:
        def measure(record: Record, subject: int, first: int, stop: int) -> float:
            rows = rows_of(record, scope, subject)
            met = sum(counted(record, column, rows, first, stop) for column in (REBUILD_BEGUN, REBUILD_AREA))
            return of(record, rows, first, stop) if met else float("nan")

        return measure

    return {"system": measured("system"), "projection": measured("projection")}


def bounds_of_rebuilds(of: BoundsOf) -> Mapping[Scope, Bounded]:
    """Return what a metric of rebuilds is bounded by."""

    def bounded(scope: Scope) -> Bounded:
        def bounds(record: Record, subject: int, first: int, stop: int) -> tuple[float, float]:
            return of(record, rows_of(record, scope, subject), first, stop)

        return bounds

    return {"system": bounded("system"), "projection": bounded("projection")}
