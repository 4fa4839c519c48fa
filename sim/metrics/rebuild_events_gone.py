"""Events that a rebuild did not find: the topics kept them no more when its reader came to them, by their retention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.rebuilt import NOT_REBUILT, bounds_of_rebuilds, counted, of_rebuilds
from sim.metrics.unanswered import open_at
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record


def _gone(record: Record, rows: list[int], first: int, stop: int) -> float:
    return float(counted(record, f.rebuilds.REBUILD_GONE, rows, first, stop))


def _bounds(record: Record, rows: list[int], first: int, stop: int) -> tuple[float, float]:
    """None of those that are ahead of a reader when the run ends will be gone, or all."""
    gone = _gone(record, rows, first, stop)
    return gone, gone + open_at(record, stop, int(record.levels[f.rebuilds.REBUILDS.name][rows, f.rebuilds.LEVEL_UNREAD].sum()))


REBUILD_EVENTS_GONE = Metric(
    name="rebuild_events_gone",
    label="events gone before a rebuild",
    unit="1",
    direction="lower",
    measures=of_rebuilds(_gone),
    bounds=bounds_of_rebuilds(_bounds),
    meaning="events that rebuilds did not find, as their topics kept them no more, by their retention",
    missing=NOT_REBUILT,
)
