"""Effects that were not done though the client was told ok: promised, and dropped or lost on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.effects import NONE_COUNTED, counted, pending
from sim.metrics.unanswered import open_at
from sim.record.fields.effects import EFFECT_UNDONE

if TYPE_CHECKING:
    from sim.record.record import Record

UNDONE = counted(EFFECT_UNDONE)


def bounds_of_flow(record: Record, flow: int, first: int, stop: int) -> tuple[float, float]:
    """How many if all that are still to come do come, and if none does."""
    known, rows = UNDONE["flow"](record, flow, first, stop), record.network.flow_effects[flow]
    return known, known + (open_at(record, stop, int(pending(record, rows))) if rows else 0)


def bounds_of_system(record: Record, subject: int, first: int, stop: int) -> tuple[float, float]:
    """The same of all flows together."""
    known, rows = UNDONE["system"](record, subject, first, stop), range(len(record.network.effects))
    return known, known + (open_at(record, stop, int(pending(record, rows))) if rows else 0)


EFFECTS_UNDONE = Metric(
    name="effects_undone",
    label="told done though undone",
    unit="1",
    direction="lower",
    measures=UNDONE,
    bounds={"system": bounds_of_system, "flow": bounds_of_flow},
    meaning="effects that did not come though the client was told ok and the flow must have them: messages dropped or lost",
    missing=NONE_COUNTED,
)
