"""Effects that were done twice: a retry's or a redelivery's work that nobody made idempotent.

What is still at work for nobody when the run ends, or to be tried again, may double more of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.carriers import may_double
from sim.metrics.effects import NONE_COUNTED, counted
from sim.metrics.unanswered import open_at
from sim.record.fields.effects import EFFECT_DOUBLED

if TYPE_CHECKING:
    from sim.record.record import Record

DOUBLED = counted(EFFECT_DOUBLED)


def bounds_of_flow(record: Record, flow: int, first: int, stop: int) -> tuple[float, float]:
    """How many if nothing that may double one does, and if all of it does."""
    known, rows = DOUBLED["flow"](record, flow, first, stop), record.network.flow_effects[flow]
    effects = {record.network.effects[row].effect for row in rows}
    return known, known + open_at(record, stop, sum(may_double(record, effect, flow) for effect in effects))


def bounds_of_system(record: Record, subject: int, first: int, stop: int) -> tuple[float, float]:
    """The same of all flows together."""
    known = DOUBLED["system"](record, subject, first, stop)
    effects = {one.effect for one in record.network.effects}
    return known, known + open_at(record, stop, sum(may_double(record, effect, None) for effect in effects))


EFFECTS_DOUBLED = Metric(
    name="effects_doubled",
    label="done twice",
    unit="1",
    direction="lower",
    measures=DOUBLED,
    bounds={"system": bounds_of_system, "flow": bounds_of_flow},
    meaning="effects applied once more for the same request, by a retry, a duplicate or a redelivery, and not idempotent",
    missing=NONE_COUNTED,
)
