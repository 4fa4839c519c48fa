"""Messages that a queue handed out in vain as often as it may, and gave to its queue of dead letters.

What was handed out in vain and waits to be handed out again when the run ends may still become one. So may what is in flight
and nobody works on: its handler failed without handing it back, or its consumer went down; and what was applied too late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.queued import NO_QUEUE, counted, queues_of, settled, tried_again
from sim.metrics.unanswered import open_at
from sim.record.fields.queues import QUEUE_DEAD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record

_MEASURES = counted(QUEUE_DEAD)


def bounds_of_group(record: Record, group: int, first: int, stop: int) -> tuple[float, float]:
    """How many if all that are handed out again end well, and if none of them does."""
    known = _MEASURES["group"](record, group, first, stop)
    return known, known + open_at(record, stop, _open(record, queues_of(record.network, group)))


def bounds_of_system(record: Record, subject: int, first: int, stop: int) -> tuple[float, float]:
    """The same of all queues together."""
    known = _MEASURES["system"](record, subject, first, stop)
    return known, known + open_at(record, stop, _open(record, range(len(record.network.queues))))


def _open(record: Record, queues: Sequence[int]) -> int:
    """How many may die yet: handed out in vain, or applied by a delivery that was over by then."""
    return tried_again(record, queues) + settled(record, queues, mortal=True)


DEAD_LETTERED = Metric(
    name="dead_lettered",
    label="dead letters",
    unit="messages",
    direction="lower",
    measures=_MEASURES,
    bounds={"system": bounds_of_system, "group": bounds_of_group},
    meaning="messages that a queue handed out in vain as often as it may, and moved to its dead-letter queue",
    missing=NO_QUEUE,
)
