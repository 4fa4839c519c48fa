"""Messages that were applied twice: at least once, seen from the other side.

What was applied and is in a queue all the same when the run ends, as its acknowledgement came too late, may be applied again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import messages
from sim.metrics.presence import NOTHING_CAME, where_something_came
from sim.metrics.queued import queues_of, settled
from sim.metrics.unanswered import open_at
from sim.record.fields import GROUP_DUPLICATES

if TYPE_CHECKING:
    from sim.record.record import Record

_of_system, _of_group = messages(GROUP_DUPLICATES)
_MEASURES = where_something_came({"system": _of_system, "group": _of_group})


def bounds_of_group(record: Record, group: int, first: int, stop: int) -> tuple[float, float]:
    """How many if none of those in a queue is applied once more, and if all are, once."""
    known = _MEASURES["group"](record, group, first, stop)
    return known, known + open_at(record, stop, settled(record, queues_of(record.network, group)))


def bounds_of_system(record: Record, subject: int, first: int, stop: int) -> tuple[float, float]:
    """The same of all groups together."""
    known = _MEASURES["system"](record, subject, first, stop)
    return known, known + open_at(record, stop, settled(record, range(len(record.network.queues))))


DUPLICATES = Metric(
    name="duplicates",
    label="duplicates",
    unit="messages",
    direction="lower",
    measures=_MEASURES,
    bounds={"system": bounds_of_system, "group": bounds_of_group},
    meaning="messages applied once more after they had been handled before",
    missing=NOTHING_CAME,
)
