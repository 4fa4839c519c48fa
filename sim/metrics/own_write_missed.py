"""How often users do not see what they have written: reads of traces that had published something that was not there yet.

A follow-up without an answer when the run ends may not have read yet, and a read that waits for its own write may find it, or
give up: nobody knows what they would have found. Who has not asked yet counts for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.projected import asked_without_answer, bounds_of, reads_waiting, share_of, total
from sim.record.fields.projections import VIEW_OWN_MISSED, VIEW_OWN_READS

if TYPE_CHECKING:
    from sim.record.record import Record


def _missed(record: Record, rows: tuple[int, ...], first: int, stop: int) -> tuple[float, float]:
    return total(record, rows, VIEW_OWN_MISSED, first, stop), total(record, rows, VIEW_OWN_READS, first, stop)


def _bounds(record: Record, rows: tuple[int, ...], first: int, stop: int) -> tuple[float, float]:
    """The share if all that may still read find what they look for, and if none does."""
    part, whole = _missed(record, rows, first, stop)
    left = reads_waiting(record, rows, stop) + asked_without_answer(record, rows, stop)
    return (part / (whole + left), (part + left) / (whole + left)) if whole + left else (float("nan"), float("nan"))


OWN_WRITE_MISSED = Metric(
    name="own_write_missed",
    label="own write missed",
    unit="share",
    direction="lower",
    measures=share_of(_missed),
    bounds=bounds_of(_bounds),
    meaning="reads that did not find what their own trace had published, as a share of those of traces that had",
    missing="where no trace reads what it has published",
    most=1.0,
)
