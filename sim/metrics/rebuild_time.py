"""How long it takes to rebuild a read model: from when it is emptied until nothing is ahead of its reader.

    N events are kept, lambda more come per second, the reader takes mu: N / (mu - lambda) on average

One that is under way when the run ends takes at least as long as it has; nobody knows how long. One that gave way to another
one is none that was done.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import share
from sim.metrics.rebuilt import NOT_REBUILT, bounds_of_rebuilds, counted, of_rebuilds
from sim.metrics.spans import SECOND
from sim.metrics.unanswered import open_at
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record


def _mean(record: Record, rows: list[int], first: int, stop: int) -> float:
    done = counted(record, f.rebuilds.REBUILD_DONE, rows, first, stop)
    return share(counted(record, f.rebuilds.REBUILD_TIME, rows, first, stop), done) / SECOND


def _bounds(record: Record, rows: list[int], first: int, stop: int) -> tuple[float, float]:
    levels = record.levels[f.rebuilds.REBUILDS.name][rows]
    left = open_at(record, stop, int(levels[:, f.rebuilds.LEVEL_REBUILDING].sum()))
    if not left:
        return (_mean(record, rows, first, stop),) * 2
    done = counted(record, f.rebuilds.REBUILD_DONE, rows, first, stop)
    time = counted(record, f.rebuilds.REBUILD_TIME, rows, first, stop)
    time += int(levels[:, f.rebuilds.LEVEL_REBUILD_OPEN_TIME].sum())
    return share(time, done + left) / SECOND, math.inf


REBUILD_TIME = Metric(
    name="rebuild_time",
    label="rebuild time",
    unit="s",
    direction="lower",
    measures=of_rebuilds(_mean),
    bounds=bounds_of_rebuilds(_bounds),
    meaning="mean time from the begin of a rebuild of a projection until it has read all that its topics keep",
    missing=NOT_REBUILT + ", or none was done",
)
