"""How long work waits for a core, on average: that which got one, was given up or went down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.at_replicas import NO_CORES, counted, has_cores, of_services
from sim.metrics.base import Metric
from sim.metrics.counts import share
from sim.metrics.spans import SECOND
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record

ENDED = (f.processors.CORE_BEGUN, f.processors.CORE_LEFT)


def of_rows(record: Record, rows: Sequence[int], first: int, stop: int) -> float:
    """Mean wait, in seconds; by Little's law: the area under what waits, so that what waits still counts as well."""
    area = counted(record, "processors", f.processors.CORE_WAITING_AREA, rows, first, stop)
    return share(area, sum(counted(record, "processors", column, rows, first, stop) for column in ENDED)) / SECOND


CORE_WAIT = Metric(
    name="core_wait",
    label="wait for a core",
    unit="s",
    direction="lower",
    measures=of_services("processors", of_rows, has_cores),
    missing=NO_CORES,
    meaning="time that work waited for a core, for each that waits no longer; 0 where all at work share the cores",
)
