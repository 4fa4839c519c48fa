"""What users who follow up did: for the metrics that are measured of follow-ups.

    a metric of follow-ups   of the system: of all flows      of a flow: of its own       of a step of a session: of that
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.record import fields as f
from sim.record.outcomes import OUTCOME_COUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sim.metrics.base import Measure, Scope
    from sim.metrics.beside import Rows
    from sim.network import Network
    from sim.record.record import Record

NO_FOLLOW_UP = "where no user follows up"
FAILED = tuple(f.follow_ups.FOLLOW_UP_SETTLED + outcome for outcome in range(1, OUTCOME_COUNT))


def of_system(network: Network, _: int) -> tuple[int, ...]:
    """All follow-ups."""
    return tuple(range(len(network.follow_ups)))


def of_flow(network: Network, flow: int) -> tuple[int, ...]:
    """Those of a flow, if it has any."""
    return tuple(row for row, one in enumerate(network.follow_ups) if one.flow == flow)


def of_step(network: Network, step: int) -> tuple[int, ...]:
    """One step of a session, by its number among all of them."""
    return ([row for row, one in enumerate(network.follow_ups) if one.step >= 0][step],)


ROWS: Mapping[Scope, Rows] = {"system": of_system, "flow": of_flow, "step": of_step}
POLLS: Mapping[Scope, Rows] = {
    scope: lambda network, subject, rows=rows: tuple(  # type: ignore[misc]
        row for row in rows(network, subject) if network.follow_ups[row].times == 0
    )
    for scope, rows in ROWS.items()
}
"""The same of users who ask until they know."""


def share_of(of: Callable[[Record, tuple[int, ...], int, int], tuple[float, float]]) -> Mapping[Scope, Measure]:
    """Return the measures of a share whose part and whole are ``of`` some rows; nan without a whole."""

    def measured(rows: Rows) -> Measure:
        def measure(record: Record, subject: int, first: int, stop: int) -> float:
            part, whole = of(record, rows(record.network, subject), first, stop)
            return part / whole if whole else float("nan")

        return measure

    return {scope: measured(rows) for scope, rows in ROWS.items()}


def total(record: Record, rows: tuple[int, ...], columns: tuple[int, ...], first: int, stop: int) -> int:
    """Return the sum of some columns over some rows and windows."""
    return int(record.tables[f.follow_ups.FOLLOW_UPS.name][first:stop][:, list(rows)][:, :, list(columns)].sum())
