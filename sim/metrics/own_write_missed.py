"""How often users do not see what they have written: reads of traces that had published something that was not there yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.projected import share_of, total
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record


def _missed(record: Record, rows: tuple[int, ...], first: int, stop: int) -> tuple[float, float]:
    return total(record, rows, f.VIEW_OWN_MISSED, first, stop), total(record, rows, f.VIEW_OWN_READS, first, stop)


OWN_WRITE_MISSED = Metric(
    name="own_write_missed",
    label="own write missed",
    unit="share",
    direction="lower",
    measures=share_of(_missed),
    meaning="reads that did not find what their own trace had published, as a share of those of traces that had",
    missing="where no trace reads what it has published",
    most=1.0,
)
