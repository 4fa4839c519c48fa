"""How many follow-ups a user who follows up makes, on average: what polling costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.following import NO_FOLLOW_UP, share_of, total
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record


def _asked(record: Record, rows: tuple[int, ...], first: int, stop: int) -> tuple[float, float]:
    return total(record, rows, (f.FOLLOW_UP_ASKED,), first, stop), total(record, rows, (f.FOLLOW_UP_BEGUN,), first, stop)


FOLLOW_UPS = Metric(
    name="follow_ups",
    label="follow-ups per user",
    unit="1",
    direction="lower",
    measures=share_of(_asked),
    meaning="follow-ups that left, for each user that was answered well and follows up",
    missing=NO_FOLLOW_UP,
)
