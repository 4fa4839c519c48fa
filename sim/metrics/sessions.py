"""What metrics of sessions are made of: how they ended, over windows, and what is open; of a session, and of each of its steps.

    checkout.sessions_abandoned     of the users of a flow who ask for one thing after another
    checkout.then.2.sessions_abandoned     those of them who gave up at the second step
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.unanswered import open_at
from sim.record.fields.flows import FLOW_OFFERED, FLOW_SETTLED, LEVEL_REQUESTS
from sim.record.fields.follow_ups import (
    FOLLOW_UP_BEGUN,
    FOLLOW_UP_GAVE_UP,
    FOLLOW_UP_SATISFIED,
    FOLLOW_UPS,
    LEVEL_FOLLOWING,
)
from sim.record.fields.sessions import LEVEL_SESSIONS, SESSION_ENDS, SESSIONS
from sim.record.outcomes import OK

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.metrics.base import Bounded, Direction, Measure, Scope
    from sim.record.record import Record

    Counting = Callable[[Record, int, int, int], int]

NO_SESSION = "without a session in the measured span"


def ended(record: Record, session: int, columns: tuple[int, ...], first: int, stop: int) -> int:
    """Return how many sessions ended so over the windows ``first`` to ``stop - 1``."""
    return int(record.tables[SESSIONS.name][first:stop, session, list(columns)].sum())


def still_open(record: Record, session: int, stop: int) -> int:
    """Return how many sessions are open when the run ends."""
    return open_at(record, stop, int(record.levels[SESSIONS.name][session, LEVEL_SESSIONS]))


def begun(record: Record, session: int, first: int, stop: int) -> int:
    """Return how many sessions began: each request of the flow that arrives begins one."""
    return int(record.flows[first:stop, record.network.sessions[session].flow, FLOW_OFFERED].sum())


def row_of(record: Record, step: int) -> int:
    """The row of a step, by its number among those of all sessions."""
    return [row for row, one in enumerate(record.network.follow_ups) if one.step >= 0][step]


def before(record: Record, step: int, first: int, stop: int) -> int:
    """Return how many users were done with what comes before a step: the request, or the step before it."""
    row = row_of(record, step)
    spec = record.network.follow_ups[row]
    if spec.step == 0:
        return int(record.flows[first:stop, spec.flow, FLOW_SETTLED + OK].sum())
    return at_step(record, row - 1, FOLLOW_UP_SATISFIED, first, stop)


def at_step(record: Record, row: int, column: int, first: int, stop: int) -> int:
    """Return a counter of a step, by its row, over some windows."""
    return int(record.tables[FOLLOW_UPS.name][first:stop, row, column].sum())


def ahead(record: Record, step: int, stop: int, *, inside: bool) -> int:
    """Return how many users may yet come to a step when the run ends; ``inside``: with those who are at it."""
    row = row_of(record, step)
    spec = record.network.follow_ups[row]
    first = row - spec.step
    levels = record.levels[FOLLOW_UPS.name][first : row + int(inside), LEVEL_FOLLOWING].sum()
    return open_at(record, stop, int(record.flow_levels[spec.flow, LEVEL_REQUESTS] + levels))


def gave_up_at(record: Record, step: int, first: int, stop: int) -> int:
    """Return how many users gave up at a step."""
    return at_step(record, row_of(record, step), FOLLOW_UP_GAVE_UP, first, stop)


def left_before(record: Record, step: int, first: int, stop: int) -> int:
    """Return how many users did not want to go on to a step."""
    return before(record, step, first, stop) - at_step(record, row_of(record, step), FOLLOW_UP_BEGUN, first, stop)


def unless_none(count: Counting) -> Measure:
    """Return the measure of a count of sessions: nan where none began, ended or is open."""

    def measure(record: Record, session: int, first: int, stop: int) -> float:
        some = begun(record, session, first, stop) or ended(record, session, SESSION_ENDS, first, stop)
        return float(count(record, session, first, stop)) if some or still_open(record, session, stop) else math.nan

    return measure


def ended_so(name: str, label: str, column: int, direction: Direction, meaning: str, at: Counting | None = None) -> Metric:
    """Return the metric of how many sessions ended so; any that is open may. ``at``: how many did so at a step, if one can."""

    def count(record: Record, session: int, first: int, stop: int) -> int:
        return ended(record, session, (column,), first, stop)

    def bounds(record: Record, session: int, first: int, stop: int) -> tuple[float, float]:
        known = count(record, session, first, stop)
        return float(known), float(known + still_open(record, session, stop))

    def of_step(record: Record, step: int, first: int, stop: int) -> float:
        assert at is not None  # noqa: S101 - measured of those only
        return float(at(record, step, first, stop))

    def bounds_of_step(record: Record, step: int, first: int, stop: int) -> tuple[float, float]:
        known = of_step(record, step, first, stop)
        return known, known + ahead(record, step, stop, inside=at is gave_up_at)

    measures: dict[Scope, Measure] = {"session": unless_none(count)}
    bounded: dict[Scope, Bounded] = {"session": bounds}
    if at is not None:
        measures["step"], bounded["step"] = of_step, bounds_of_step
    return Metric(
        name=name,
        label=label,
        unit="1",
        direction=direction,
        measures=measures,
        bounds=bounded,
        meaning=meaning,
        missing=NO_SESSION,
    )
