"""Mean age of a message when it is applied for the first time: from its append to the end of its handler."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import group_count, share
from sim.metrics.spans import SECOND
from sim.metrics.unanswered import hanging_messages, open_at, open_messages, slowest_of_all
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record


def of_group(record: Record, group: int | None, first: int, stop: int) -> float:
    """Mean age of one group's messages, or of all, in seconds."""
    total = group_count(record, group, f.groups.GROUP_APPLY_TIME, first, stop)
    return share(total, group_count(record, group, f.groups.GROUP_APPLIED, first, stop)) / SECOND


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Mean age of all groups' messages, in seconds."""
    return of_group(record, None, first, stop)


def bounds_of_group(record: Record, group: int | None, first: int, stop: int) -> tuple[float, float]:
    """Mean age if what is not handled were applied now, or never."""
    total = group_count(record, group, f.groups.GROUP_APPLY_TIME, first, stop)
    applied = group_count(record, group, f.groups.GROUP_APPLIED, first, stop)
    left = open_at(record, stop, open_messages(record, group))
    groups = slice(None) if group is None else slice(group, group + 1)
    hanging = open_at(record, stop, int(hanging_messages(record)[:, groups].sum()))
    least, most = share(total, applied + left), share(total + left * slowest_of_all(record), applied + left)
    return least / SECOND, math.inf if hanging else most / SECOND


def bounds_of_system(record: Record, _: int, first: int, stop: int) -> tuple[float, float]:
    """The same of all groups' messages."""
    return bounds_of_group(record, None, first, stop)


APPLY_TIME = Metric(
    name="apply_time",
    label="time to apply",
    unit="s",
    direction="lower",
    measures={"system": of_system, "group": of_group},
    bounds={"system": bounds_of_system, "group": bounds_of_group},
    meaning="mean time from a message's append to its first successful handling",
    missing="without an applied message",
)
