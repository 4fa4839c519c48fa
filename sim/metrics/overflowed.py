"""Messages that a full queue did not keep: refused when they came, or dropped for one that came later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.queued import NO_QUEUE, counted
from sim.record.fields import QUEUE_OUSTED, QUEUE_REFUSED

if TYPE_CHECKING:
    from sim.metrics.base import Measure

_REFUSED, _OUSTED = counted(QUEUE_REFUSED), counted(QUEUE_OUSTED)


def _sum(one: Measure, other: Measure) -> Measure:
    return lambda record, subject, first, stop: one(record, subject, first, stop) + other(record, subject, first, stop)


OVERFLOWED = Metric(
    name="overflowed",
    label="overflowed messages",
    unit="messages",
    direction="lower",
    measures={scope: _sum(_REFUSED[scope], _OUSTED[scope]) for scope in _REFUSED},
    meaning="messages that a full queue refused, or dropped for one that came later",
    missing=NO_QUEUE,
)
