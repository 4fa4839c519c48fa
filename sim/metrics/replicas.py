"""How many replicas serve, and are neither down nor being replaced, on average; where they come and go."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.spans import SECOND, seconds
from sim.metrics.there import NO_SCALER, scaler_of
from sim.record.fields.scalers import SCALER_READY_AREA

if TYPE_CHECKING:
    from sim.record.record import Record


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Mean number of replicas of one service; nan where they do not come and go."""
    row = scaler_of(record, service)
    if row is None:
        return math.nan
    area = int(record.tables["scalers"][first:stop, row, SCALER_READY_AREA].sum()) / SECOND
    return area / seconds(record.network, first, stop)


REPLICAS = Metric(
    name="replicas",
    label="replicas ready",
    unit="1",
    direction="neither",
    measures={"service": of_service},
    missing=NO_SCALER,
    meaning="mean number of replicas that serve, and are neither down nor being replaced; of a service with an autoscaler, or "
    "that is deployed",
)
