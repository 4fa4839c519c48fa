"""How much work goes on at once, on average: what shares the cores of a service's replicas, or keeps each other up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.at_replicas import NO_WORK_COUNTED, counted, of_services
from sim.metrics.base import Metric
from sim.metrics.spans import SECOND, seconds
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record


def of_rows(record: Record, rows: Sequence[int], first: int, stop: int) -> float:
    """Mean number at work, of all replicas of these services."""
    area = counted(record, "processors", f.processors.AT_WORK_AREA, rows, first, stop)
    return area / SECOND / seconds(record.network, first, stop)


AT_WORK = Metric(
    name="at_work",
    label="work under way",
    unit="1",
    direction="neither",
    measures=of_services("processors", of_rows),
    missing=NO_WORK_COUNTED,
    meaning="mean number of handlers at work at once, of services with cores or contention; what waits for a core is not",
)
