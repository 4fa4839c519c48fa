"""Messages that never came to their broker, as it was down: given up by their publishers, or gone with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.record.fields.brokers import BROKER_LOST, BROKER_UNDELIVERED, BROKERS

if TYPE_CHECKING:
    from sim.record.record import Record


def _undelivered(record: Record, _: int, first: int, stop: int) -> float:
    if not record.network.brokers:
        return float("nan")
    return float(record.tables[BROKERS.name][first:stop, :, [BROKER_UNDELIVERED, BROKER_LOST]].sum())


UNDELIVERED = Metric(
    name="undelivered",
    label="undelivered messages",
    unit="messages",
    direction="lower",
    measures={"system": _undelivered},
    meaning="messages that publishers gave up while a broker was down, after its delivery_timeout, or that went down with them",
    missing="where no fault strikes a broker",
)
