"""Attempts that waited at a guard as long as they may, and were refused: the rest of the refused was refused at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.guarded import NO_WAIT, by_edges, counted_of_rooms, may_wait
from sim.record.fields.rooms import ROOM_TIMED_OUT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.record.record import Record


def of_edges(record: Record, edges: Iterable[int], first: int, stop: int) -> float:
    """How many; nan where no guard of these edges lets wait."""
    wanted = list(edges)
    return float(counted_of_rooms(record, ROOM_TIMED_OUT, wanted, first, stop)) if may_wait(record, wanted) else float("nan")


GUARD_TIMEOUTS = Metric(
    name="guard_timeouts",
    label="timeouts at guards",
    unit="1",
    direction="lower",
    measures=by_edges(of_edges),
    meaning="attempts that a guard of the caller refused after they had waited for a place as long as they may, such as a pool "
    "without a free connection; those that it refuses at once are not among them",
    missing=NO_WAIT,
)
