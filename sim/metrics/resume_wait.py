"""How long handlers that gave their worker back wait for one to go on, on average."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.at_replicas import NO_LOOP, counted, of_services
from sim.metrics.base import Metric
from sim.metrics.counts import share
from sim.metrics.spans import SECOND
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record

ENDED = (f.event_loops.LOOP_RESUMED, f.event_loops.LOOP_LEFT)


def of_rows(record: Record, rows: Sequence[int], first: int, stop: int) -> float:
    """Mean wait, in seconds; by Little's law: the area under those that wait, so that who waits still counts as well."""
    area = counted(record, "event_loops", f.event_loops.LOOP_RESUMING_AREA, rows, first, stop)
    return share(area, sum(counted(record, "event_loops", column, rows, first, stop) for column in ENDED)) / SECOND


RESUME_WAIT = Metric(
    name="resume_wait",
    label="wait for a worker to go on",
    unit="s",
    direction="lower",
    measures=of_services("event_loops", of_rows),
    missing=NO_LOOP,
    meaning="time from when a handler has what it waited for until it has a worker again, for each that waits no longer",
)
