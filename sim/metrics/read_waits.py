"""Reads that waited for their own write: how long on average, and which share of them waited in vain.

    published |--- the event is missing ---|          a read waits for an event, and no longer than that is missing
                     read |---- waits ----|

A read that waits when the run ends waits as long as it may, at most; without a longest wait no longer than events took to come,
unless one has been missing for longer than any took: then nobody knows.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.projected import bounds_of, longest_waits, reads_waiting, share_of, total
from sim.metrics.spans import SECOND
from sim.metrics.unanswered import open_at
from sim.record.fields.projections import (
    LEVEL_OLDEST_MISSING,
    LEVEL_READS_OPEN_WAITED,
    PROJECTIONS,
    VIEW_DELAY_MOST,
    VIEW_WAITED,
    VIEW_WAITS_KILLED,
    VIEW_WAITS_OVER,
    VIEW_WAITS_SERVED,
)

if TYPE_CHECKING:
    from sim.record.record import Record

OVER = (VIEW_WAITS_SERVED, VIEW_WAITS_OVER, VIEW_WAITS_KILLED)
NONE_WAITED = "where no read waited"


def _ended(record: Record, rows: tuple[int, ...], first: int, stop: int) -> float:
    return float(sum(total(record, rows, column, first, stop) for column in OVER))


def _time(record: Record, rows: tuple[int, ...], first: int, stop: int) -> tuple[float, float]:
    return total(record, rows, VIEW_WAITED, first, stop) / SECOND, _ended(record, rows, first, stop)


def _with_hanging(record: Record, rows: tuple[int, ...], first: int, stop: int) -> tuple[float, float]:
    """The same with those that wait for what has been missing for longer than any event was: for as long as they have."""
    time, ended = _time(record, rows, first, stop)
    late = tuple(row for row in rows if _hangs(record, row))
    return time + _open_time(record, late, stop), ended + reads_waiting(record, late, stop)


def _in_vain(record: Record, rows: tuple[int, ...], first: int, stop: int) -> tuple[float, float]:
    return total(record, rows, VIEW_WAITS_OVER, first, stop), _ended(record, rows, first, stop)


def _time_bounds(record: Record, rows: tuple[int, ...], first: int, stop: int) -> tuple[float, float]:
    """The mean if what waits were served now, and if it waited as long as it can."""
    (done, ended), left = _time(record, rows, first, stop), reads_waiting(record, rows, stop)
    if ended + left == 0:
        return math.nan, math.nan
    least = done + _open_time(record, rows, stop)
    waiting = {row: reads_waiting(record, (row,), stop) for row in rows}
    most = done + sum(count * _longest(record, row) for row, count in waiting.items() if count)
    return least / (ended + left), max(least, most) / (ended + left)


def _longest(record: Record, row: int) -> float:
    """How long a read that waits for a projection can have waited in the end, in seconds."""
    allowed = longest_waits(record.network)[row]
    if _hangs(record, row):
        return math.inf if allowed < 0 else allowed / SECOND
    return (_slowest(record, row) if allowed < 0 else min(allowed, _slowest(record, row))) / SECOND


def _hangs(record: Record, row: int) -> bool:
    """Whether an event has been missing in a projection for longer than any was that came."""
    return bool(record.levels[PROJECTIONS.name][row, LEVEL_OLDEST_MISSING] > _slowest(record, row))


def _slowest(record: Record, row: int) -> int:
    """The longest that an event took to come to a projection, in ns."""
    return int(record.tables[PROJECTIONS.name][:, row, VIEW_DELAY_MOST].max(initial=0))


def _open_time(record: Record, rows: tuple[int, ...], stop: int) -> float:
    """How long reads that wait when the run ends have waited, together, in seconds."""
    return open_at(record, stop, int(record.levels[PROJECTIONS.name][list(rows), LEVEL_READS_OPEN_WAITED].sum())) / SECOND


def _vain_bounds(record: Record, rows: tuple[int, ...], first: int, stop: int) -> tuple[float, float]:
    """The share if all that wait are served, and if all that may give up do."""
    (part, ended), left = _in_vain(record, rows, first, stop), reads_waiting(record, rows, stop)
    if ended + left == 0:
        return math.nan, math.nan
    waits = longest_waits(record.network)
    patient = tuple(row for row in rows if waits[row] < 0)
    return part / (ended + left), (part + left - reads_waiting(record, patient, stop)) / (ended + left)


READ_WAIT = Metric(
    name="read_wait",
    label="wait of reads",
    unit="s",
    direction="lower",
    measures=share_of(_with_hanging),
    bounds=bounds_of(_time_bounds),
    meaning="mean time that reads waited for their own write, of those that had to and do no more, or that wait when the run "
    "ends for what has been missing for longer than any event was",
    missing=NONE_WAITED,
)
READ_WAIT_FAILED = Metric(
    name="read_wait_failed",
    label="reads that waited in vain",
    unit="share",
    direction="lower",
    measures=share_of(_in_vain),
    bounds=bounds_of(_vain_bounds),
    meaning="reads that waited for their own write as long as they may, of those that waited and do no more",
    missing=NONE_WAITED,
    most=1.0,
)
