"""Messages that a consumer group of a log failed at for good, and handed on to the topic for those.

What has failed and waits to be tried again when the run ends may still be handed on, and what is on its way to that topic will
be. A message that only waits for its first try counts for nothing, as in `sim.metrics.dropped`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import group_count
from sim.metrics.unanswered import open_at
from sim.record.fields.groups import GROUP_HANDED_ON, LEVEL_RESTING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.record.record import Record


def has_topic(record: Record, group: int) -> bool:
    """Return whether a subscription has a topic for what it fails at."""
    return bool(getattr(record.network.groups[group], "then", -1) >= 0)


def resting(record: Record, groups: Iterable[int], *, hands_on: bool) -> int:
    """Return how many messages of some groups have failed and are in hand: of those that hand on, or of the others."""
    which = [group for group in groups if has_topic(record, group) is hands_on]
    return int(record.group_levels[which, LEVEL_RESTING].sum())


def of_group(record: Record, group: int, first: int, stop: int) -> float:
    """How many a group handed on; nan where it hands on none."""
    if not has_topic(record, group):
        return math.nan
    return float(group_count(record, group, GROUP_HANDED_ON, first, stop))


def of_system(record: Record, _subject: int, first: int, stop: int) -> float:
    """The same of all groups together."""
    if not any(has_topic(record, group) for group in range(len(record.network.groups))):
        return math.nan
    return float(group_count(record, None, GROUP_HANDED_ON, first, stop))


def bounds_of_group(record: Record, group: int, first: int, stop: int) -> tuple[float, float]:
    """How many if all that wait to be tried again end well, and if all of them are handed on."""
    known = of_group(record, group, first, stop)
    return known, known + open_at(record, stop, resting(record, [group], hands_on=True))


def bounds_of_system(record: Record, subject: int, first: int, stop: int) -> tuple[float, float]:
    """The same of all groups together."""
    known = of_system(record, subject, first, stop)
    return known, known + open_at(record, stop, resting(record, range(len(record.network.groups)), hands_on=True))


HANDED_ON = Metric(
    name="handed_on",
    label="messages handed on",
    unit="messages",
    direction="lower",
    measures={"system": of_system, "group": of_group},
    bounds={"system": bounds_of_system, "group": bounds_of_group},
    meaning="messages whose handler failed for good, and that the topic for those has: a retry topic, or one of dead letters",
    missing="where no subscription hands on what it fails at",
)
