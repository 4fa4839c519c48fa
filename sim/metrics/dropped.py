"""Messages that a group gave up on: their handler failed, and failed again as often as its retry policy allows.

What has failed and waits to be tried again when the run ends may still be dropped. A message that only waits for its first
try counts for nothing, as a few always do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import group_count, messages
from sim.metrics.unanswered import open_at
from sim.record.fields import GROUP_DROPPED, LEVEL_RESTING

if TYPE_CHECKING:
    from sim.record.record import Record

_of_system, _of_group = messages(GROUP_DROPPED)


def bounds_of_group(record: Record, group: int, first: int, stop: int) -> tuple[float, float]:
    """How many if all that wait to be tried again end well, and if all of them are dropped."""
    known = float(group_count(record, group, GROUP_DROPPED, first, stop))
    return known, known + open_at(record, stop, int(record.group_levels[group, LEVEL_RESTING]))


def bounds_of_system(record: Record, _: int, first: int, stop: int) -> tuple[float, float]:
    """The same of all groups together."""
    known = float(group_count(record, None, GROUP_DROPPED, first, stop))
    return known, known + open_at(record, stop, int(record.group_levels[:, LEVEL_RESTING].sum()))


DROPPED = Metric(
    name="dropped",
    label="dropped messages",
    unit="messages",
    direction="lower",
    measures={"system": _of_system, "group": _of_group},
    bounds={"system": bounds_of_system, "group": bounds_of_group},
    meaning="messages whose handler failed for good, after its last attempt",
)
