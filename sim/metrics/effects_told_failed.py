"""Effects that were done though the client was told that its request failed: it may well ask again.

What is still at work for a request that failed when the run ends may yet do more of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.carriers import may_come_late
from sim.metrics.effects import NONE_COUNTED, counted
from sim.metrics.unanswered import open_at
from sim.record.fields.effects import EFFECT_TOLD_FAILED

if TYPE_CHECKING:
    from sim.record.record import Record

TOLD_FAILED = counted(EFFECT_TOLD_FAILED)


def bounds_of_flow(record: Record, flow: int, first: int, stop: int) -> tuple[float, float]:
    """How many if nothing of what failed is done any more, and if all that may be is."""
    known, rows = TOLD_FAILED["flow"](record, flow, first, stop), record.network.flow_effects[flow]
    return known, known + open_at(record, stop, sum(may_come_late(record, row) for row in rows))


def bounds_of_system(record: Record, subject: int, first: int, stop: int) -> tuple[float, float]:
    """The same of all flows together."""
    known, rows = TOLD_FAILED["system"](record, subject, first, stop), range(len(record.network.effects))
    return known, known + open_at(record, stop, sum(may_come_late(record, row) for row in rows))


EFFECTS_TOLD_FAILED = Metric(
    name="effects_told_failed",
    label="done though told failed",
    unit="1",
    direction="lower",
    measures=TOLD_FAILED,
    bounds={"system": bounds_of_system, "flow": bounds_of_flow},
    meaning="effects that were applied though the client was told that its request failed, before or after it was told",
    missing=NONE_COUNTED,
)
