"""Broken invariants: traces that ended, and whose effects do not add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.invariants import NO_INVARIANT, PATH, broken_of, ended, rows_of

if TYPE_CHECKING:
    from sim.record.record import Record


def of_flow(record: Record, flow: int, _first: int, _stop: int) -> float:
    """Of one flow."""
    return broken_of(record, flow)


def of_system(record: Record, _subject: int, _first: int, _stop: int) -> float:
    """Of all flows together."""
    return broken_of(record, None)


def bounds_of_flow(record: Record, flow: int | None, _first: int, _stop: int) -> tuple[float, float]:
    """How many if no trace that has not ended breaks any, and if all break all; as much is open where none could be judged."""
    found = ended(record, rows_of(record, flow))
    known = broken_of(record, flow)
    return known, known + found.open + (found.parked if not found.held + found.broken else 0)


def bounds_of_system(record: Record, _subject: int, first: int, stop: int) -> tuple[float, float]:
    """The same of all flows together."""
    return bounds_of_flow(record, None, first, stop)


INVARIANTS_BROKEN = Metric(
    name=PATH,
    label="broken invariants",
    unit="1",
    direction="lower",
    measures={"system": of_system, "flow": of_flow},
    bounds={"system": bounds_of_system, "flow": bounds_of_flow},
    meaning="times that an invariant did not hold of a trace that had ended, over the whole run, warm-up included",
    missing=NO_INVARIANT,
)
