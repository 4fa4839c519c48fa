"""Deliveries from queues that were not acknowledged in time: a consumer went down, hung, or was slower than it may be.

What is in flight when the run ends and in nobody's hands will expire, as nobody says anything of it: its consumer went down, or
its acknowledgement found no broker. What a consumer has, or has said that it is done with, may yet, if a delivery of that
queue ever did, or if it hangs: where none was ever late, a few that are under way are in no doubt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.queued import NO_QUEUE, counted, queues_of
from sim.metrics.unanswered import hanging_messages, open_at
from sim.record.fields.queues import LEVEL_IN_FLIGHT, QUEUE_EXPIRED, QUEUE_STRANDED, QUEUES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record

_MEASURES = counted(QUEUE_EXPIRED)


def bounds_of_group(record: Record, group: int, first: int, stop: int) -> tuple[float, float]:
    """How many if no more expire, and if all do that may."""
    return _bounds(record, queues_of(record.network, group), _MEASURES["group"](record, group, first, stop), stop)


def bounds_of_system(record: Record, subject: int, first: int, stop: int) -> tuple[float, float]:
    """The same of all queues together."""
    return _bounds(record, range(len(record.network.queues)), _MEASURES["system"](record, subject, first, stop), stop)


def _bounds(record: Record, queues: Sequence[int], known: float, stop: int) -> tuple[float, float]:
    """What is known, and that with what will expire, and may."""
    table, more = record.tables[QUEUES.name], 0
    for queue in queues:
        stranded = int(table[:, queue, QUEUE_STRANDED].sum())
        in_hand = int(record.levels[QUEUES.name][queue, LEVEL_IN_FLIGHT]) - stranded
        late = bool(table[:, queue, QUEUE_EXPIRED].any())
        hanging = sum(int(hanging_messages(record)[:, group].sum()) for group in record.network.queues[queue].groups)
        more += stranded + (in_hand if late else min(in_hand, hanging))
    return known, known + open_at(record, stop, more)


EXPIRED = Metric(
    name="expired",
    label="expired deliveries",
    unit="messages",
    direction="lower",
    measures=_MEASURES,
    bounds={"system": bounds_of_system, "group": bounds_of_group},
    meaning="deliveries from queues that were not acknowledged within the visibility, so that the message was seen again",
    missing=NO_QUEUE,
)
