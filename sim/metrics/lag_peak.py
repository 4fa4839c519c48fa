"""The longest backlog of a consumer group: messages appended and not yet committed. Of the system: of any group.

A message that is being handled is not committed yet, so it counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.presence import NOTHING_CAME, where_something_came
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record


def of_group(record: Record, group: int, first: int, stop: int) -> float:
    """Highest lag of one group, in messages."""
    return float(record.groups[first:stop, group, f.groups.GROUP_LAG_MAX].max())


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Highest lag of any group, in messages; 0 where nothing is consumed."""
    return float(record.groups[first:stop, :, f.groups.GROUP_LAG_MAX].max(initial=0))


LAG_PEAK = Metric(
    name="lag_peak",
    label="lag peak",
    unit="messages",
    direction="lower",
    measures=where_something_came({"system": of_system, "group": of_group}),
    missing=NOTHING_CAME,
    meaning="highest number of messages that a subscription had not committed or acknowledged, those being handled included",
)
BACKLOG_PEAK = Metric(
    name="backlog_peak",
    label="backlog peak (messages)",
    unit="messages",
    direction="lower",
    measures=where_something_came({"system": of_system, "group": of_group}),
    missing=NOTHING_CAME,
    meaning="highest number of messages that a subscription had not committed or acknowledged, those being handled included; "
    "the worst group counts (the same figure as lag_peak)",
)
