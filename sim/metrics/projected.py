"""What read models counted: for the metrics that are measured of projections.

    a metric of projections   of the system: of all of them      of a projection: of its own
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.once import once_a_network
from sim.metrics.reach import programs
from sim.metrics.unanswered import open_at
from sim.network import CALL, NO_WAIT, READ, WAIT_FOR_EVER
from sim.record.fields.follow_ups import FOLLOW_UPS, LEVEL_ASKING
from sim.record.fields.projections import LEVEL_READS_WAITING, PROJECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sim.metrics.base import Bounded, Measure, Scope
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


def bounds_of(of: Callable[[Record, tuple[int, ...], int, int], tuple[float, float]]) -> Mapping[Scope, Bounded]:
    """Return the bounds of a metric that are ``of`` some rows."""

    def bounded(rows: Rows) -> Bounded:
        return lambda record, subject, first, stop: of(record, rows(record.network, subject), first, stop)

    return {scope: bounded(rows) for scope, rows in ROWS.items()}


def reads_waiting(record: Record, rows: tuple[int, ...], stop: int) -> int:
    """Return how many reads wait for their own write at the end of the windows before ``stop``: of the run; 0 before it."""
    return open_at(record, stop, int(record.levels[PROJECTIONS.name][list(rows), LEVEL_READS_WAITING].sum()))


def asked_without_answer(record: Record, rows: tuple[int, ...], stop: int) -> int:
    """Return how many follow-ups without an answer may yet read some projections at the end of the windows before ``stop``."""
    mine = [number for number, views in enumerate(_asked_of(record.network)) if not views.isdisjoint(rows)]
    return open_at(record, stop, int(record.levels[FOLLOW_UPS.name][mine, LEVEL_ASKING].sum()))


@once_a_network
def _asked_of(network: Network) -> tuple[frozenset[int], ...]:
    """The projections that each follow-up may read, by itself or by what it calls."""
    found = []
    for one in network.follow_ups:
        ahead, seen, views = [network.sites[one.site].operation], set[int](), set[int]()
        while ahead:
            operation = ahead.pop()
            seen.add(operation)
            program = programs(network)[operation]
            views |= {a for code, a, _ in program if code == READ}
            ahead += sorted({network.sites[a].operation for code, a, _ in program if code == CALL} - seen)
        found.append(frozenset(views))
    return tuple(found)


@once_a_network
def longest_waits(network: Network) -> tuple[int, ...]:
    """Return how long reads of each projection wait for their own write at most, in ns; -1 where one of them waits for ever."""
    found = [0] * len(network.projections)
    for program in programs(network):
        for code, view, longest in program:
            if code == READ and longest != NO_WAIT:
                for_ever = longest == WAIT_FOR_EVER or found[view] < 0
                found[view] = -1 if for_ever else max(found[view], longest)
    return tuple(found)


def total(record: Record, rows: tuple[int, ...], column: int, first: int, stop: int) -> int:
    """Return the sum of a column over some rows and windows, as a Python integer that may be large."""
    return sum(record.tables[PROJECTIONS.name][first:stop, list(rows), column].reshape(-1).tolist())
