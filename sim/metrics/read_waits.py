"""Reads that waited for their own write: how long on average, and which share of them waited in vain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.projected import share_of, total
from sim.metrics.spans import SECOND
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record

OVER = (f.VIEW_WAITS_SERVED, f.VIEW_WAITS_OVER, f.VIEW_WAITS_KILLED)
NONE_WAITED = "where no read waited"


def _ended(record: Record, rows: tuple[int, ...], first: int, stop: int) -> float:
    return float(sum(total(record, rows, column, first, stop) for column in OVER))


def _time(record: Record, rows: tuple[int, ...], first: int, stop: int) -> tuple[float, float]:
    return total(record, rows, f.VIEW_WAITED, first, stop) / SECOND, _ended(record, rows, first, stop)


def _in_vain(record: Record, rows: tuple[int, ...], first: int, stop: int) -> tuple[float, float]:
    return total(record, rows, f.VIEW_WAITS_OVER, first, stop), _ended(record, rows, first, stop)


READ_WAIT = Metric(
    name="read_wait",
    label="wait of reads",
    unit="s",
    direction="lower",
    measures=share_of(_time),
    meaning="mean time that reads waited for their own write, of those that had to and do no more",
    missing=NONE_WAITED,
)
READ_WAIT_FAILED = Metric(
    name="read_wait_failed",
    label="reads that waited in vain",
    unit="share",
    direction="lower",
    measures=share_of(_in_vain),
    meaning="reads that waited for their own write as long as they may, of those that waited and do no more",
    missing=NONE_WAITED,
    most=1.0,
)
