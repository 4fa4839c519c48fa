"""What stores and relays counted: for the metrics that are measured of stores, of relays, and of what is published by both.

    a metric of stores   of the system: of all stores      of a relay: of the rows before it
    a metric of topics   of the system: of all topics that a handler with transactions publishes to
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.unanswered import open_at
from sim.record import fields as f
from sim.record.fields.dual_writes import DUAL_BEGUN, DUAL_UNDONE, DUAL_WRITES, LEVEL_DUAL_OPEN
from sim.record.fields.failovers import FAILOVERS, LEVEL_ABANDONED
from sim.scenario.transactions import channels_written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np

    from sim.metrics.base import Bounded, Measure, Scope
    from sim.record.record import Record

NO_STORE = "where no transaction was begun"
NO_ROW = "where no row of an outbox was written"
NOT_WRITTEN = "where no handler with a transaction published in the measured span"


def counted(record: Record, family: str, column: int, rows: Sequence[int], first: int, stop: int) -> int:
    """A counter of some entities, in the windows ``first`` to ``stop - 1``."""
    return int(record.tables[family][first:stop, list(rows), column].sum())


def by(scope: Scope, family: str, of: Callable[[Record, Sequence[int], int, int], float]) -> Mapping[Scope, Measure]:
    """Return the measures of a metric of some entities of a family: of one of them, and of all."""

    def of_system(record: Record, _: int, first: int, stop: int) -> float:
        return of(record, range(record.tables[family].shape[1]), first, stop)

    def of_one(record: Record, number: int, first: int, stop: int) -> float:
        return of(record, [number], first, stop)

    return {"system": of_system, scope: of_one}


def torn(*columns: int) -> tuple[Measure, Measure, Bounded, Bounded]:
    """Count dual writes that were torn one way: of the system and of a channel, and what both are bounded by."""

    def of_system(record: Record, _: int, first: int, stop: int) -> float:
        return float(record.tables[DUAL_WRITES.name][first:stop, :, list(columns)].sum())

    def of_channel(record: Record, channel: int, first: int, stop: int) -> float:
        name = channels_written(record.network.scenario)[channel]
        found = [number for number, one in enumerate(record.network.dual_writes) if one.name == name]
        if not _anything(record, found, first, stop):
            return float("nan")
        return float(sum(record.tables[DUAL_WRITES.name][first:stop, found, column].sum() for column in columns))

    def bounds_of_system(record: Record, subject: int, first: int, stop: int) -> tuple[float, float]:
        known = of_system(record, subject, first, stop)
        return known, known + open_at(record, stop, int(_open(record).sum()) + more(record))

    def bounds_of_channel(record: Record, channel: int, first: int, stop: int) -> tuple[float, float]:
        known = of_channel(record, channel, first, stop)
        name = channels_written(record.network.scenario)[channel]
        mine = [number for number, one in enumerate(record.network.dual_writes) if one.name == name]
        return known, known + open_at(record, stop, int(_open(record)[mine].sum()) + more(record))

    def more(record: Record) -> int:
        """Lost rows that a relay holds at the run's end, and may publish yet: phantoms, and no lost events."""
        return int(record.levels[FAILOVERS.name][:, LEVEL_ABANDONED].sum()) if DUAL_UNDONE in columns else 0

    return of_system, of_channel, bounds_of_system, bounds_of_channel


def _open(record: Record) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Dual writes under way at the run's end, of each topic."""
    return record.levels[DUAL_WRITES.name][:, LEVEL_DUAL_OPEN]


def _anything(record: Record, writes: Sequence[int], first: int, stop: int) -> bool:
    """Whether a handler with a transaction began to publish to a topic, or a row of any outbox, or an event, was written."""
    streams = [number for number, one in enumerate(record.network.event_streams) if one.undone - 1 in writes]
    if record.tables[f.event_streams.EVENT_STREAMS.name][first:stop, streams, f.event_streams.STREAM_EVENTS].any():
        return True
    begun = record.tables[DUAL_WRITES.name][first:stop, list(writes), DUAL_BEGUN].any() or _open(record)[list(writes)].any()
    return bool(begun or record.tables[f.relays.RELAYS.name][first:stop, :, f.relays.RELAY_WRITTEN].any())


def of_stores(column: int, level: int) -> tuple[Mapping[Scope, Measure], Mapping[Scope, Bounded]]:
    """Count something that became of transactions: of the system and of a store, and as if all of a level came to it, too."""

    def found(record: Record, stores: Sequence[int], first: int, stop: int) -> float:
        begun = counted(record, "stores", f.stores.STORE_ASKED, stores, first, stop)
        area = counted(record, "stores", f.stores.STORE_IN_USE_AREA, stores, first, stop)
        return float(counted(record, "stores", column, stores, first, stop)) if begun or area else float("nan")

    def bounds(record: Record, stores: Sequence[int], first: int, stop: int) -> tuple[float, float]:
        known = found(record, stores, first, stop)
        return known, known + open_at(record, stop, int(record.levels["stores"][list(stores), level].sum()))

    def of_system(record: Record, _: int, first: int, stop: int) -> tuple[float, float]:
        return bounds(record, range(len(record.network.stores)), first, stop)

    def of_store(record: Record, store: int, first: int, stop: int) -> tuple[float, float]:
        return bounds(record, [store], first, stop)

    return by("store", "stores", found), {"system": of_system, "store": of_store}
