"""Which share of the sessions that are over were abandoned; one that is open when the run ends may yet be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.sessions import ended, still_open
from sim.record.fields.sessions import SESSION_ABANDONED, SESSION_ENDS

if TYPE_CHECKING:
    from sim.record.record import Record


def _share(record: Record, session: int, first: int, stop: int) -> float:
    part, whole = (ended(record, session, columns, first, stop) for columns in ((SESSION_ABANDONED,), SESSION_ENDS))
    return part / whole if whole else math.nan


def _bounds(record: Record, session: int, first: int, stop: int) -> tuple[float, float]:
    part, whole = (ended(record, session, columns, first, stop) for columns in ((SESSION_ABANDONED,), SESSION_ENDS))
    left = still_open(record, session, stop)
    return (part / (whole + left), (part + left) / (whole + left)) if whole + left else (math.nan, math.nan)


ABANDONMENT = Metric(
    name="abandonment",
    label="abandonment",
    unit="share",
    direction="lower",
    measures={"session": _share},
    bounds={"session": _bounds},
    meaning="sessions that were abandoned, as a share of those that are over",
    missing="without a session that was over in the measured span",
    most=1.0,
)
