"""What metrics of streams of events are made of: counts over the windows, and shares of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import share
from sim.metrics.presence import where_something_came

if TYPE_CHECKING:
    from sim.metrics.base import Direction, Unit
    from sim.record.record import Record

NO_APPEND = "without an append that came to its end"
NO_LOAD = "without a load"


def counted(record: Record, stream: int, column: int, first: int, stop: int) -> int:
    """Return a counter of a stream over the windows ``first`` to ``stop - 1``."""
    return int(record.tables["event_streams"][first:stop, stream, column].sum())


def ratio(
    name: str, label: str, unit: Unit, direction: Direction, columns: tuple[int, int], scale: float, meaning: str, missing: str
) -> Metric:
    """Return the metric of one counter over another one, in units of which one is ``scale``."""
    part, whole = columns

    def measure(record: Record, stream: int, first: int, stop: int) -> float:
        return share(counted(record, stream, part, first, stop), counted(record, stream, whole, first, stop)) / scale

    return Metric(
        name=name,
        label=label,
        unit=unit,
        direction=direction,
        measures=where_something_came({"stream": measure}),
        meaning=meaning,
        missing=missing,
    )
