"""How long attempts wait at guards, such as bulkheads and pools, on average: those that went on, gave up or are no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import share
from sim.metrics.guarded import NO_WAIT, by_edges, counted_of_rooms
from sim.metrics.spans import SECOND
from sim.record.fields.rooms import ROOM_LEFT, ROOM_TIMED_OUT, ROOM_WAITING_AREA, ROOM_WENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.record.record import Record

ENDED = (ROOM_WENT, ROOM_TIMED_OUT, ROOM_LEFT)


def of_edges(record: Record, edges: Iterable[int], first: int, stop: int) -> float:
    """Mean wait, in seconds; by Little's law: the area under those that wait, so that who waits still counts as well."""
    wanted = list(edges)
    area = counted_of_rooms(record, ROOM_WAITING_AREA, wanted, first, stop)
    return share(area, sum(counted_of_rooms(record, column, wanted, first, stop) for column in ENDED)) / SECOND


GUARD_WAIT = Metric(
    name="guard_wait",
    label="wait at guards",
    unit="s",
    direction="lower",
    measures=by_edges(of_edges),
    meaning="time that attempts waited at a guard of their caller, such as a bulkhead, a connection pool or a rate limit, for "
    "each wait that is over; attempts that went at once do not count",
    missing=NO_WAIT,
)
