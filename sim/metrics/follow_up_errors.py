"""Which share of follow-ups failed; one that is still without an answer when the run ends has not, yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.following import FAILED, NO_FOLLOW_UP, ROWS, share_of, total
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.metrics.base import Bounded
    from sim.metrics.beside import Rows
    from sim.record.record import Record

SETTLED = (f.follow_ups.FOLLOW_UP_SETTLED, *FAILED)


def _failed(record: Record, rows: tuple[int, ...], first: int, stop: int) -> tuple[float, float]:
    return total(record, rows, FAILED, first, stop), total(record, rows, SETTLED, first, stop)


def _bounds(rows: Rows) -> Bounded:
    """What is still without an answer may yet fail, or be answered well."""

    def bounds(record: Record, subject: int, first: int, stop: int) -> tuple[float, float]:
        which = rows(record.network, subject)
        part, whole = _failed(record, which, first, stop)
        at_end = stop == record.network.windows
        left = int(record.levels[f.follow_ups.FOLLOW_UPS.name][list(which), f.follow_ups.LEVEL_ASKING].sum()) if at_end else 0
        return (part / (whole + left), (part + left) / (whole + left)) if whole + left else (float("nan"), float("nan"))

    return bounds


FOLLOW_UP_ERRORS = Metric(
    name="follow_up_errors",
    label="failed follow-ups",
    unit="share",
    direction="lower",
    measures=share_of(_failed),
    bounds={scope: _bounds(rows) for scope, rows in ROWS.items()},
    meaning="follow-ups that failed, as a share of those whose outcome their users know",
    missing=NO_FOLLOW_UP,
    most=1.0,
)
