"""Keys that a rebuild could not put back: nothing was kept of what was there of them, and nothing newer came meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.rebuilt import NOT_REBUILT, bounds_of_rebuilds, counted, of_rebuilds
from sim.metrics.unanswered import open_at
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record


def _lost(record: Record, rows: list[int], first: int, stop: int) -> float:
    return float(counted(record, f.rebuilds.REBUILD_KEYS_LOST, rows, first, stop))


def _bounds(record: Record, rows: list[int], first: int, stop: int) -> tuple[float, float]:
    """None of the keys that are not back when the run ends, in a rebuild that is under way, will be lost, or all."""
    levels = record.levels[f.rebuilds.REBUILDS.name][rows]
    lost = _lost(record, rows, first, stop)
    out = levels[levels[:, f.rebuilds.LEVEL_REBUILDING] == 1, f.rebuilds.LEVEL_TAKEN_OUT]
    return lost, lost + open_at(record, stop, int(out.sum()))


REBUILD_KEYS_LOST = Metric(
    name="rebuild_keys_lost",
    label="keys lost in rebuilds",
    unit="1",
    direction="lower",
    measures=of_rebuilds(_lost),
    bounds=bounds_of_rebuilds(_bounds),
    meaning="keys that were in a projection before it was rebuilt and are not when that is done",
    missing=NOT_REBUILT,
)
