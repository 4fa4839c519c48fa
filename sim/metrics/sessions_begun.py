"""Sessions that began, one with each request of their flow that arrives; of a step: users who came to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.sessions import NO_SESSION, ahead, at_step, begun, row_of, unless_none
from sim.record.fields.follow_ups import FOLLOW_UP_BEGUN

if TYPE_CHECKING:
    from sim.record.record import Record


def _came(record: Record, step: int, first: int, stop: int) -> float:
    return float(at_step(record, row_of(record, step), FOLLOW_UP_BEGUN, first, stop))


def _may_come(record: Record, step: int, first: int, stop: int) -> tuple[float, float]:
    known = _came(record, step, first, stop)
    return known, known + ahead(record, step, stop, inside=False)


SESSIONS_BEGUN = Metric(
    name="sessions_begun",
    label="sessions begun",
    unit="1",
    direction="neither",
    measures={"session": unless_none(begun), "step": _came},
    bounds={"step": _may_come},
    meaning="sessions that began with the first request of a user; of a step: users who came to it",
    missing=NO_SESSION,
)
