"""What metrics of caches are made of: counts over the windows, and shares of what they were asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import share

if TYPE_CHECKING:
    from sim.metrics.base import Direction
    from sim.record.record import Record

NOT_ASKED = "without anybody who asked it"


def counted(record: Record, cache: int, column: int, first: int, stop: int) -> int:
    """Return a counter of a cache over the windows ``first`` to ``stop - 1``."""
    return int(record.tables["caches"][first:stop, cache, column].sum())


def share_of(name: str, label: str, direction: Direction, part: int, whole: int, meaning: str) -> Metric:
    """Return the metric of a share of what a cache was asked, which is known as it is asked; nan where nobody asked it."""

    def of_cache(record: Record, cache: int, first: int, stop: int) -> float:
        return share(counted(record, cache, part, first, stop), counted(record, cache, whole, first, stop))

    measures = {"cache": of_cache}
    return Metric(
        name=name,
        label=label,
        unit="share",
        direction=direction,
        measures=measures,  # type: ignore[arg-type]
        meaning=meaning,
        missing=NOT_ASKED,
        most=1.0,
    )


def number_of(name: str, label: str, column: int, whole: int, meaning: str) -> Metric:
    """Return the metric of a counter; nan where nobody asked the cache."""

    def of_cache(record: Record, cache: int, first: int, stop: int) -> float:
        asked = counted(record, cache, whole, first, stop)
        return float(counted(record, cache, column, first, stop)) if asked else float("nan")

    return Metric(
        name=name,
        label=label,
        unit="1",
        direction="lower",
        measures={"cache": of_cache},
        meaning=meaning,
        missing=NOT_ASKED,
    )
