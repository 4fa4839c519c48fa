"""Branches of handlers whose end nobody needed, of all that ended: the price of `until` where not all of it are calls.

Of a service: of its own handlers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import share
from sim.record.families import outcomes_from
from sim.record.fields.branches import BRANCH_ENDED, BRANCH_WASTED

if TYPE_CHECKING:
    from sim.record.record import Record


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Those of all handlers; nan where none has a branch that ended."""
    return _wasted(record, list(range(len(record.network.branches))), first, stop)


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Those of the handlers of one service."""
    return _wasted(record, [row for row, one in enumerate(record.network.branches) if one.service == service], first, stop)


def _wasted(record: Record, rows: list[int], first: int, stop: int) -> float:
    table = record.tables["branches"][first:stop, rows].sum(axis=(0, 1))
    return share(int(table[BRANCH_WASTED]), int(sum(table[column] for column in outcomes_from(BRANCH_ENDED))))


BRANCHES_WASTED = Metric(
    name="branches_wasted",
    label="branches not needed",
    unit="share",
    direction="lower",
    measures={"system": of_system, "service": of_service},
    meaning="branches of handlers that ended after they had been left, or were called back, of all branches that ended",
    missing="where no handler has a branch",
    most=1.0,
)
