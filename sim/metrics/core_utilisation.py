"""How busy cores are: the share of their time that work has them. Of the system: the busiest service's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.at_replicas import NO_CORES, counted, has_cores, of_services
from sim.metrics.base import Metric
from sim.metrics.spans import SECOND
from sim.metrics.there import replica_seconds
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record


def of_rows(record: Record, rows: Sequence[int], first: int, stop: int) -> float:
    """Time that cores were in use over the time that there were, of the one of these services where that is most."""
    found = []
    for row in rows:
        one = record.network.processors[row]
        there = one.cores * replica_seconds(record, one.service, first, stop)
        used = counted(record, "processors", f.processors.CORES_IN_USE_AREA, [row], first, stop) / SECOND
        found.append(used / there if there else 0.0)
    return max(found)


CORE_UTILISATION = Metric(
    name="core_utilisation",
    label="utilisation of cores",
    unit="share",
    direction="neither",
    measures=of_services("processors", of_rows, has_cores),
    missing=NO_CORES,
    meaning="share of their time that cores are in use",
    most=1.0,
)
