"""How long transactions wait for a connection of their store, on average: those that got one, gave up or went down.

What waits when the run ends is bounded by no more time at all, and by the longest that one waited which waits no longer. What
has waited for longer than any of those did is bounded by nothing: nobody knows when a connection will be free.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import share
from sim.metrics.spans import SECOND
from sim.metrics.unanswered import open_at
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


def bounds_of_stores(record: Record, stores: Sequence[int], first: int, stop: int) -> tuple[float, float]:
    """The mean if what waits got its connection now, and if it waited as long as any did, or for ever; around what it is."""
    levels, table = record.levels["stores"], record.tables["stores"]
    left = {store: open_at(record, stop, int(levels[store, f.stores.LEVEL_STORE_WAITING])) for store in stores}
    area = counted(record, "stores", f.stores.STORE_WAITING_AREA, stores, first, stop)
    whole = sum(counted(record, "stores", column, stores, first, stop) for column in ENDED) + sum(left.values())
    if whole == 0:
        return math.nan, math.nan
    most = area
    for store in (one for one in stores if left[one]):
        longest = int(table[:, store, f.stores.STORE_WAIT_MOST].max())
        if table[:, store, f.stores.STORE_WAITING_OLDEST].max() > longest:
            return area / whole / SECOND, math.inf
        most += left[store] * longest - int(levels[store, f.stores.LEVEL_STORE_OPEN_WAITED])
    known = of_stores(record, stores, first, stop)
    return area / whole / SECOND, max(known if known > 0 else 0.0, max(area, most) / whole / SECOND)


def _bounds_of_system(record: Record, _: int, first: int, stop: int) -> tuple[float, float]:
    return bounds_of_stores(record, range(len(record.network.stores)), first, stop)


def _bounds_of_store(record: Record, store: int, first: int, stop: int) -> tuple[float, float]:
    return bounds_of_stores(record, [store], first, stop)


CONNECTION_WAIT = Metric(
    name="connection_wait",
    label="wait for a connection",
    unit="s",
    direction="lower",
    measures=by("store", "stores", of_stores),
    bounds={"system": _bounds_of_system, "store": _bounds_of_store},
    meaning="time that transactions waited for a connection of their store, for each that waits no longer",
    missing=NO_STORE,
)
