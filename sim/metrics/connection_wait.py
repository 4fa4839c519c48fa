"""How long transactions wait for a connection of their store, on average: those that got one, gave up or went down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import share
from sim.metrics.spans import SECOND
from sim.metrics.written import NO_STORE, by, counted
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record

ENDED = (f.stores.STORE_BEGUN, f.stores.STORE_REFUSED, f.stores.STORE_LEFT)


def of_stores(record: Record, stores: Sequence[int], first: int, stop: int) -> float:
    """Mean wait, in seconds; by Little's law: the area under those that wait, so that who waits still counts as well."""
    area = counted(record, "stores", f.stores.STORE_WAITING_AREA, stores, first, stop)
    return share(area, sum(counted(record, "stores", column, stores, first, stop) for column in ENDED)) / SECOND


CONNECTION_WAIT = Metric(
    name="connection_wait",
    label="wait for a connection",
    unit="s",
    direction="lower",
    measures=by("store", "stores", of_stores),
    meaning="time that transactions waited for a connection of their store, for each that waits no longer",
    missing=NO_STORE,
)
