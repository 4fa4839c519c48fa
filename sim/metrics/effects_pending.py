"""Effects that clients were told of and that have not come when the run ends: neither done nor undone yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.effects import NONE_DECLARED, pending

if TYPE_CHECKING:
    from sim.record.record import Record


def of_flow(record: Record, flow: int, _first: int, _stop: int) -> float:
    """Effects of one flow that are still to come."""
    return pending(record, record.network.flow_effects[flow])


def of_system(record: Record, _subject: int, _first: int, _stop: int) -> float:
    """The same of all flows together."""
    return pending(record, range(len(record.network.effects)))


EFFECTS_PENDING = Metric(
    name="effects_pending",
    label="told done, still to come",
    unit="1",
    direction="neither",
    measures={"system": of_system, "flow": of_flow},
    meaning="effects that a client was told ok of and that had not come at the end of the run, with messages still to handle",
    missing=NONE_DECLARED,
)
