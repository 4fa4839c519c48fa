"""Messages that a full queue did not keep: refused when they came, or dropped for one that came later.

What waits when the run ends in a queue that drops its head may yet be dropped for another one, if the queue was ever full: one
that never was is in no doubt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.queued import NO_QUEUE, counted, queues_of
from sim.metrics.unanswered import open_at
from sim.record.fields.queues import LEVEL_QUEUED, QUEUE_OUSTED, QUEUE_REFUSED, QUEUE_WAITING_MAX, QUEUES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.metrics.base import Measure
    from sim.record.record import Record

_REFUSED, _OUSTED = counted(QUEUE_REFUSED), counted(QUEUE_OUSTED)


def _sum(one: Measure, other: Measure) -> Measure:
    return lambda record, subject, first, stop: one(record, subject, first, stop) + other(record, subject, first, stop)


_MEASURES = {scope: _sum(_REFUSED[scope], _OUSTED[scope]) for scope in _REFUSED}


def bounds_of_group(record: Record, group: int, first: int, stop: int) -> tuple[float, float]:
    """How many if none of those that wait is dropped, and if all are that may be."""
    known = _MEASURES["group"](record, group, first, stop)
    return known, known + open_at(record, stop, _may_go(record, queues_of(record.network, group)))


def bounds_of_system(record: Record, subject: int, first: int, stop: int) -> tuple[float, float]:
    """The same of all queues together."""
    known = _MEASURES["system"](record, subject, first, stop)
    return known, known + open_at(record, stop, _may_go(record, range(len(record.network.queues))))


def _may_go(record: Record, queues: Sequence[int]) -> int:
    """Messages that wait in queues that drop their head, and were full at some time."""
    found = 0
    for number in queues:
        queue, peaks = record.network.queues[number], record.tables[QUEUES.name][:, number, QUEUE_WAITING_MAX]
        if queue.drops_head and 0 < queue.length_max <= int(peaks.max(initial=0)):
            found += int(record.levels[QUEUES.name][number, LEVEL_QUEUED])
    return found


OVERFLOWED = Metric(
    name="overflowed",
    label="overflowed messages",
    unit="messages",
    direction="lower",
    measures=_MEASURES,
    bounds={"system": bounds_of_system, "group": bounds_of_group},
    meaning="messages that a full queue refused, or dropped for one that came later",
    missing=NO_QUEUE,
)
