"""Messages that were applied twice: at least once, seen from the other side.

What was applied and is in a queue all the same when the run ends, as its acknowledgement came too late, may be applied again.
So may what a group of a log has applied and not committed, where it begins again further back; and what two consumers have in
hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.carriers import may_double
from sim.metrics.counts import messages
from sim.metrics.effects import effect_count
from sim.metrics.presence import NOTHING_CAME, where_something_came
from sim.metrics.queued import delivered_again
from sim.metrics.unanswered import open_at
from sim.record.fields.effects import EFFECT_DOUBLED
from sim.record.fields.groups import GROUP_DUPLICATES

if TYPE_CHECKING:
    from sim.record.record import Record

_of_system, _of_group = messages(GROUP_DUPLICATES)
_MEASURES = where_something_came({"system": _of_system, "group": _of_group})


def bounds_of_group(record: Record, group: int, first: int, stop: int) -> tuple[float, float]:
    """How many if none of those to be delivered again is applied once more, and if all are."""
    known = _MEASURES["group"](record, group, first, stop)
    return known, known + open_at(record, stop, delivered_again(record, group))


def bounds_of_system(record: Record, subject: int, first: int, stop: int) -> tuple[float, float]:
    """The same of all groups together."""
    known = _MEASURES["system"](record, subject, first, stop)
    left = sum(delivered_again(record, group) for group in range(len(record.network.groups)))
    return known, known + open_at(record, stop, left)


def of_effect(record: Record, effect: int, first: int, stop: int) -> float:
    """How often one effect was applied once more for the same request, and not absorbed."""
    rows = tuple(row for row, one in enumerate(record.network.effects) if one.effect == effect)
    return effect_count(record, rows, EFFECT_DOUBLED, first, stop)


def bounds_of_effect(record: Record, effect: int, first: int, stop: int) -> tuple[float, float]:
    """How many if nothing that may double it does, and if all of it does."""
    known = of_effect(record, effect, first, stop)
    return known, known + open_at(record, stop, may_double(record, effect, None))


DUPLICATES = Metric(
    name="duplicates",
    label="duplicates",
    unit="messages",
    direction="lower",
    measures={**_MEASURES, "effect": of_effect},
    bounds={"system": bounds_of_system, "group": bounds_of_group, "effect": bounds_of_effect},
    meaning="messages applied once more after they had been handled before; of an effect: how often it was done twice",
    missing=NOTHING_CAME,
)
