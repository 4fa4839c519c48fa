"""Messages that are lost: taken and committed and never applied, as their consumer crashed; or never published.

Of a topic, and of the system: also what a handler committed, and never published as it crashed, failed or was refused in
between. What is written to an outbox is not lost as long as its row is there. See `sim.stores.dual_writes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import messages
from sim.metrics.presence import NOTHING_CAME, where_something_came
from sim.metrics.written import torn
from sim.record.fields.dual_writes import DUAL_LOST
from sim.record.fields.groups import GROUP_LOST

if TYPE_CHECKING:
    from sim.record.record import Record

_taken, _of_group = messages(GROUP_LOST)
_unpublished, _of_channel, _open, _open_of_channel = torn(DUAL_LOST)


def of_system(record: Record, subject: int, first: int, stop: int) -> float:
    """Both together."""
    return _taken(record, subject, first, stop) + _unpublished(record, subject, first, stop)


def bounds_of_group(record: Record, group: int, first: int, stop: int) -> tuple[float, float]:
    """What one group has lost: nothing open can be lost yet that was not."""
    known = _of_group(record, group, first, stop)
    return known, known


def bounds_of_system(record: Record, subject: int, first: int, stop: int) -> tuple[float, float]:
    """Both, if all handlers under way publish what they commit, or none does."""
    taken = _taken(record, subject, first, stop)
    least, most = _open(record, subject, first, stop)
    return taken + least, taken + most


LOST = Metric(
    name="lost",
    label="lost messages",
    unit="messages",
    direction="lower",
    measures={**where_something_came({"system": of_system, "group": _of_group}), "channel": _of_channel},
    bounds={"system": bounds_of_system, "group": bounds_of_group, "channel": _open_of_channel},
    meaning="messages that at-most-once consumers took and lost in a crash before they were applied; of a topic, and of the "
    "system too: events whose transaction committed and that were never published",
    missing=NOTHING_CAME,
)
