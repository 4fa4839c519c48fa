"""How many replicas a service had: always as many as are declared, or as many as came and went.

    running   that serve, or leave and still work: what has workers
    there     those, and the ones that start up: what is paid for
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.spans import SECOND, seconds
from sim.record.fields.scalers import SCALER_RUNNING_AREA, SCALER_THERE_AREA

if TYPE_CHECKING:
    from sim.record.record import Record

NO_SCALER = "where replicas do not come and go"


def scaler_of(record: Record, service: int) -> int | None:
    """The row of a service among those whose replicas come and go; None where they do not."""
    return next((row for row, one in enumerate(record.network.scalers) if one.service == service), None)


def replica_seconds(record: Record, service: int, first: int, stop: int, area: int = SCALER_RUNNING_AREA) -> float:
    """For how many seconds replicas of a service had workers, or were paid for, all together."""
    row = scaler_of(record, service)
    if row is None:
        return record.network.services[service].replicas * seconds(record.network, first, stop)
    return int(record.tables["scalers"][first:stop, row, area].sum()) / SECOND


def paid_for(record: Record, service: int, first: int, stop: int) -> float:
    """For how many seconds replicas of a service were paid for."""
    return replica_seconds(record, service, first, stop, SCALER_THERE_AREA)
