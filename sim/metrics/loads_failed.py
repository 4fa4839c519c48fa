"""Loads of a cache that failed, or were broken off, of all that are over; those under way may turn out either way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.caches import counted
from sim.metrics.counts import share
from sim.metrics.unanswered import open_at
from sim.record.fields.caches import CACHE_BROKEN_OFF, CACHE_FILLED, CACHE_LOAD_FAILED, LEVEL_LOADING

if TYPE_CHECKING:
    from sim.record.record import Record


def _over(record: Record, cache: int, first: int, stop: int) -> tuple[int, int]:
    """How many loads failed, and how many are over."""
    bad = sum(counted(record, cache, column, first, stop) for column in (CACHE_LOAD_FAILED, CACHE_BROKEN_OFF))
    return bad, bad + counted(record, cache, CACHE_FILLED, first, stop)


def of_cache(record: Record, cache: int, first: int, stop: int) -> float:
    """The share of one cache; nan when no load is over."""
    return share(*_over(record, cache, first, stop))


def bounds(record: Record, cache: int, first: int, stop: int) -> tuple[float, float]:
    """If all that are under way end well, and if none does."""
    bad, whole = _over(record, cache, first, stop)
    left = open_at(record, stop, int(record.levels["caches"][cache, LEVEL_LOADING]))
    return share(bad, whole + left), share(bad + left, whole + left)


LOADS_FAILED = Metric(
    name="loads_failed",
    label="failed loads",
    unit="share",
    direction="lower",
    measures={"cache": of_cache},
    bounds={"cache": bounds},
    meaning="loads of a cache that failed, or that nobody was left to go on with, of all that are over",
    missing="without a load that is over",
    most=1.0,
)
