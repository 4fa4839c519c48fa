"""Commits that were refused because a row was written since they had read it, of all that came to their end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import share
from sim.metrics.unanswered import open_at
from sim.metrics.written import NO_STORE, by, counted
from sim.record.fields.stores import LEVEL_IN_USE, STORE_ABORTED, STORE_COMMITTED, STORE_CONFLICTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record


def _counts(record: Record, stores: Sequence[int], first: int, stop: int) -> tuple[int, int]:
    """Commits that were refused so, and all that came to their end."""
    refused = counted(record, "stores", STORE_CONFLICTED, stores, first, stop)
    others = sum(counted(record, "stores", column, stores, first, stop) for column in (STORE_COMMITTED, STORE_ABORTED))
    return refused, refused + others


def of_stores(record: Record, stores: Sequence[int], first: int, stop: int) -> float:
    """Share of the commits of some stores."""
    return share(*_counts(record, stores, first, stop))


def bounds_of_stores(record: Record, stores: Sequence[int], first: int, stop: int) -> tuple[float, float]:
    """The share if none of the open transactions is refused, or all are."""
    refused, ended = _counts(record, stores, first, stop)
    left = open_at(record, stop, int(record.levels["stores"][list(stores), LEVEL_IN_USE].sum()))
    return share(refused, ended + left), share(refused + left, ended + left)


def _bounds_of_system(record: Record, _: int, first: int, stop: int) -> tuple[float, float]:
    return bounds_of_stores(record, range(len(record.network.stores)), first, stop)


def _bounds_of_store(record: Record, store: int, first: int, stop: int) -> tuple[float, float]:
    return bounds_of_stores(record, [store], first, stop)


WRITE_CONFLICTS = Metric(
    name="write_conflicts",
    label="write conflicts",
    unit="share",
    direction="lower",
    measures=by("store", "stores", of_stores),
    bounds={"system": _bounds_of_system, "store": _bounds_of_store},
    meaning="commits that were refused as a row was written since they had read it, of all commits that came to their end",
    missing=NO_STORE,
    most=1.0,
)
