"""Sagas that come to no good end by themselves: parked, or under way for longer than any took that ended well or undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.presence import where_something_came
from sim.metrics.sagas import NO_SAGA, ended, hanging
from sim.record.fields.sagas import SAGA_PARKED

if TYPE_CHECKING:
    from sim.record.record import Record


def of_saga(record: Record, saga: int, first: int, stop: int) -> float:
    """How many of one saga are stuck."""
    return float(ended(record, saga, SAGA_PARKED, first, stop) + hanging(record, saga, stop))


def bounds_of_saga(record: Record, saga: int, first: int, stop: int) -> tuple[float, float]:
    """How many if all that hang come to an end yet, and if none does."""
    return float(ended(record, saga, SAGA_PARKED, first, stop)), of_saga(record, saga, first, stop)


STUCK = Metric(
    name="stuck",
    label="stuck",
    unit="1",
    direction="lower",
    measures=where_something_came({"saga": of_saga}),
    bounds={"saga": bounds_of_saga},
    meaning="sagas that were parked, or hang when the run ends (under way for longer than any took that was not parked)",
    missing=NO_SAGA,
)
