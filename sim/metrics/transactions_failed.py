"""Transactions that did not commit, of those that ended: waited too long, aborted, in conflict, rolled back, or crashed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import share
from sim.metrics.unanswered import open_at
from sim.metrics.written import NO_STORE, by, counted
from sim.record.fields.stores import (
    LEVEL_IN_USE,
    LEVEL_STORE_WAITING,
    STORE_ABORTED,
    STORE_BROKEN_OFF,
    STORE_COMMITTED,
    STORE_CONFLICTED,
    STORE_LEFT,
    STORE_REFUSED,
    STORE_ROLLED_BACK,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record

FAILED = (STORE_REFUSED, STORE_LEFT, STORE_ABORTED, STORE_CONFLICTED, STORE_ROLLED_BACK, STORE_BROKEN_OFF)


def of_stores(record: Record, stores: Sequence[int], first: int, stop: int) -> float:
    """Share of the transactions of some stores."""
    failed = sum(counted(record, "stores", column, stores, first, stop) for column in FAILED)
    return share(failed, failed + counted(record, "stores", STORE_COMMITTED, stores, first, stop))


def bounds_of_stores(record: Record, stores: Sequence[int], first: int, stop: int) -> tuple[float, float]:
    """The share if all that are open commit, or none."""
    failed = sum(counted(record, "stores", column, stores, first, stop) for column in FAILED)
    ended = failed + counted(record, "stores", STORE_COMMITTED, stores, first, stop)
    levels = record.levels["stores"][list(stores)]
    left = open_at(record, stop, int(levels[:, [LEVEL_STORE_WAITING, LEVEL_IN_USE]].sum()))
    return share(failed, ended + left), share(failed + left, ended + left)


def _bounds_of_system(record: Record, _: int, first: int, stop: int) -> tuple[float, float]:
    return bounds_of_stores(record, range(len(record.network.stores)), first, stop)


def _bounds_of_store(record: Record, store: int, first: int, stop: int) -> tuple[float, float]:
    return bounds_of_stores(record, [store], first, stop)


TRANSACTIONS_FAILED = Metric(
    name="transactions_failed",
    label="failed transactions",
    unit="share",
    direction="lower",
    measures=by("store", "stores", of_stores),
    bounds={"system": _bounds_of_system, "store": _bounds_of_store},
    meaning="transactions that did not commit, of all that ended: waited too long for a connection, aborted, in conflict, "
    "rolled back as a step failed, or ended by a crash",
    missing=NO_STORE,
    most=1.0,
)
