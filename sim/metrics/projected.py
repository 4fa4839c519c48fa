"""What read models counted: for the metrics that are measured of projections.

    a metric of projections   of the system: of all of them      of a projection: of its own
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sim.metrics.base import Measure, Scope
    from sim.metrics.beside import Rows
    from sim.network import Network
    from sim.record.record import Record

NOT_READ = "where no projection is read"
BEHIND = ("flows", "sagas", "follow_ups")


def of_system(network: Network, _: int) -> tuple[int, ...]:
    """All projections."""
    return tuple(range(len(network.projections)))


def of_one(_network: Network, number: int) -> tuple[int, ...]:
    """One of them."""
    return (number,)


ROWS: Mapping[Scope, Rows] = {"system": of_system, "projection": of_one}


def share_of(of: Callable[[Record, tuple[int, ...], int, int], tuple[float, float]]) -> Mapping[Scope, Measure]:
    """Return the measures of a ratio whose part and whole are ``of`` some rows; nan without a whole."""

    def measured(rows: Rows) -> Measure:
        def measure(record: Record, subject: int, first: int, stop: int) -> float:
            part, whole = of(record, rows(record.network, subject), first, stop)
            return part / whole if whole else float("nan")

        return measure

    return {scope: measured(rows) for scope, rows in ROWS.items()}


def total(record: Record, rows: tuple[int, ...], column: int, first: int, stop: int) -> int:
    """Return the sum of a column over some rows and windows, as a Python integer that may be large."""
    return sum(record.tables[f.PROJECTIONS.name][first:stop, list(rows), column].reshape(-1).tolist())
