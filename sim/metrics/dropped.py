"""Messages that their readers gave up on: the handler failed, and failed again as often as a retry policy or a queue allows.

What has failed and waits to be tried again when the run ends may still be dropped. A message that only waits for its first
try counts for nothing, as a few always do. What a subscription hands on to another topic is not dropped (`handed_on`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import messages
from sim.metrics.handed_on import resting
from sim.metrics.presence import NOTHING_CAME, where_something_came
from sim.metrics.queued import queues_of, tried_again
from sim.metrics.unanswered import open_at
from sim.record.fields.groups import GROUP_DROPPED

if TYPE_CHECKING:
    from sim.record.record import Record

_of_system, _of_group = messages(GROUP_DROPPED)
_MEASURES = where_something_came({"system": _of_system, "group": _of_group})


def bounds_of_group(record: Record, group: int, first: int, stop: int) -> tuple[float, float]:
    """How many if all that wait to be tried again end well, and if all of them are dropped."""
    known = _MEASURES["group"](record, group, first, stop)
    again = resting(record, [group], hands_on=False) + tried_again(record, queues_of(record.network, group))
    return known, known + open_at(record, stop, again)


def bounds_of_system(record: Record, subject: int, first: int, stop: int) -> tuple[float, float]:
    """The same of all groups together."""
    known = _MEASURES["system"](record, subject, first, stop)
    read = [queue for group in range(len(record.network.groups)) for queue in queues_of(record.network, group)]
    again = resting(record, range(len(record.network.groups)), hands_on=False) + tried_again(record, read)
    return known, known + open_at(record, stop, again)


DROPPED = Metric(
    name="dropped",
    label="dropped messages",
    unit="messages",
    direction="lower",
    measures=_MEASURES,
    bounds={"system": bounds_of_system, "group": bounds_of_group},
    meaning="messages whose handler failed for good, after its last attempt",
    missing=NOTHING_CAME,
)
