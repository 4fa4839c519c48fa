"""The longest backlog of an outbox: rows that were committed and not marked as published yet. Of the system: of any relay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.written import NO_ROW, by
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record


def of_relays(record: Record, relays: Sequence[int], first: int, stop: int) -> float:
    """Most rows before one of some relays."""
    table = record.tables["relays"][first:stop, list(relays)]
    if not table[:, :, [f.relays.RELAY_WRITTEN, f.relays.RELAY_BACKLOG_MAX]].any():
        return float("nan")
    return float(table[:, :, f.relays.RELAY_BACKLOG_MAX].max())


OUTBOX_PEAK = Metric(
    name="outbox_peak",
    label="outbox peak (rows)",
    unit="1",
    direction="lower",
    measures=by("relay", "relays", of_relays),
    meaning="highest number of rows of an outbox that were committed and not marked as published; the longest outbox counts",
    missing=NO_ROW,
)
