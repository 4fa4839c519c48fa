"""What metrics of streams of events are made of: counts over the windows, and shares of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import share
from sim.metrics.once import once
from sim.metrics.presence import where_something_came
from sim.metrics.reach import programs
from sim.metrics.spans import SECOND
from sim.metrics.unanswered import open_at
from sim.network import APPEND
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.metrics.base import Bounded, Direction, Unit
    from sim.record.record import Record

NO_APPEND = "without an append that came to its end"
NO_LOAD = "without a load"


def counted(record: Record, stream: int, column: int, first: int, stop: int) -> int:
    """Return a counter of a stream over the windows ``first`` to ``stop - 1``."""
    return int(record.tables["event_streams"][first:stop, stream, column].sum())


@once
def tries_open(record: Record, stream: int) -> int:
    """How many tries to append to a stream are under way when the run ends, at most: executions that may be in one."""
    network, appends = record.network, record.network.appends
    mine = {
        number
        for number, program in enumerate(programs(network))
        if any(code == APPEND and appends[a].stream == stream for code, a, _ in program)
    }
    services = {network.operations[number].service for number in mine}
    groups = [number for number, group in enumerate(network.groups) if group.operation in mine]
    working = sum(int(record.service_levels[one, f.services.LEVEL_BUSY]) for one in services)
    return working + sum(int(record.group_levels[one, f.groups.LEVEL_CONSUMING]) for one in groups)


def share_bounds(part: int, others: tuple[int, ...]) -> Bounded:
    """Return the bounds of a share of tries to append: if none of those that are open comes to the part, and if all do."""

    def bounds(record: Record, stream: int, first: int, stop: int) -> tuple[float, float]:
        known, left = counted(record, stream, part, first, stop), open_at(record, stop, tries_open(record, stream))
        whole = known + sum(counted(record, stream, column, first, stop) for column in others)
        return share(known, whole + left), share(known + left, whole + left)

    return bounds


def loads_bounds(part: int, most: int) -> Bounded:
    """Return the bounds of a mean over loads: if those that wait for a connection take nothing, and as long as any did."""

    def bounds(record: Record, stream: int, first: int, stop: int) -> tuple[float, float]:
        waiting = int(record.levels["stores"][record.network.event_streams[stream].store, f.stores.LEVEL_STORE_WAITING])
        left, longest = open_at(record, stop, waiting), int(record.tables["event_streams"][:, stream, most].max(initial=0))
        known = counted(record, stream, part, first, stop)
        whole = counted(record, stream, f.event_streams.STREAM_LOADS, first, stop) + left
        return share(known, whole) / SECOND, share(known + left * longest, whole) / SECOND

    return bounds


def ratio(
    name: str,
    label: str,
    unit: Unit,
    direction: Direction,
    columns: tuple[int, int],
    scale: float,
    meaning: str,
    missing: str,
    bounds: Bounded | None = None,
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
        bounds=None if bounds is None else {"stream": bounds},
        meaning=meaning,
        missing=missing,
    )
