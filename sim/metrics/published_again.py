"""Rows of an outbox that were published more than once: the relay went down before it had marked them, or was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.written import NO_ROW, by, counted
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record


def of_relays(record: Record, relays: Sequence[int], first: int, stop: int) -> float:
    """Publishes of rows that had been published before."""
    if not counted(record, "relays", f.relays.RELAY_POLLS, relays, first, stop):
        return float("nan")
    return float(counted(record, "relays", f.relays.RELAY_AGAIN, relays, first, stop))


PUBLISHED_AGAIN = Metric(
    name="published_again",
    label="published again",
    unit="messages",
    direction="lower",
    measures=by("relay", "relays", of_relays),
    meaning="times that a relay published a row of an outbox which it had sent to the broker before",
    missing=NO_ROW,
)
