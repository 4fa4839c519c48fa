"""How much is taken by nobody, on average over time: handlers that hang, workers and connections that leak.

    hung, leaked_workers     of the system and of each service         nan where no fault may do it
    leaked_connections       and of each store too
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.spans import SECOND, seconds
from sim.record.fields.hangs import HANG_AREA, HANGS
from sim.record.fields.leaks import LEAK_AREA, LEAKS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.metrics.base import Measure
    from sim.network import Network
    from sim.record.record import Record

    RowsOf = Callable[[Network], list[int]]


def workers_of(network: Network, service: int | None = None) -> list[int]:
    """The rows of services that may lose workers; of one, if it is given."""
    rows = enumerate(network.leaks)
    return [row for row, one in rows if one.store < 0 and not one.pool and service in {None, one.service}]


def pools_of(network: Network, service: int | None = None) -> list[int]:
    """The rows of pools of services that may lose connections."""
    return [row for row, one in enumerate(network.leaks) if one.pool and service in {None, one.service}]


def stores_of(network: Network, store: int | None = None) -> list[int]:
    """The rows of stores that may."""
    return [row for row, one in enumerate(network.leaks) if one.store >= 0 and store in {None, one.store}]


def hangs_of(network: Network, service: int | None = None) -> list[int]:
    """The rows of services whose handlers may hang."""
    return [row for row, one in enumerate(network.hangs) if service in {None, one.service}]


def mean_of(record: Record, family: str, area: int, rows: Sequence[int], first: int, stop: int) -> float:
    """Mean of a level over the windows ``first`` to ``stop - 1``, of some rows together; nan where there are none."""
    if not rows:
        return math.nan
    total = int(record.tables[family][first:stop, list(rows), area].sum())
    return total / SECOND / seconds(record.network, first, stop)


def _of_all(family: str, area: int, *parts: Callable[[Network], list[int]]) -> Measure:
    def measure(record: Record, _: int, first: int, stop: int) -> float:
        return mean_of(record, family, area, [row for part in parts for row in part(record.network)], first, stop)

    return measure


def _of_one(family: str, area: int, rows: Callable[[Network, int | None], list[int]]) -> Measure:
    def measure(record: Record, number: int, first: int, stop: int) -> float:
        return mean_of(record, family, area, rows(record.network, number), first, stop)

    return measure


HUNG = Metric(
    name="hung",
    label="hung handlers",
    unit="1",
    direction="lower",
    measures={
        "system": _of_all(HANGS.name, HANG_AREA, hangs_of),
        "service": _of_one(HANGS.name, HANG_AREA, hangs_of),
    },
    meaning="mean number of handlers that hang, of all replicas together",
    missing="where no handler may hang",
)
LEAKED_WORKERS = Metric(
    name="leaked_workers",
    label="leaked workers",
    unit="1",
    direction="lower",
    measures={
        "system": _of_all(LEAKS.name, LEAK_AREA, workers_of),
        "service": _of_one(LEAKS.name, LEAK_AREA, workers_of),
    },
    meaning="mean number of workers that a leak has taken, of all replicas together",
    missing="where no worker leaks",
)
LEAKED_CONNECTIONS = Metric(
    name="leaked_connections",
    label="leaked connections",
    unit="1",
    direction="lower",
    measures={
        "system": _of_all(LEAKS.name, LEAK_AREA, pools_of, stores_of),
        "service": _of_one(LEAKS.name, LEAK_AREA, pools_of),
        "store": _of_one(LEAKS.name, LEAK_AREA, stores_of),
    },
    meaning="mean number of connections that a leak has taken: of the pools of a service, or of a store",
    missing="where no connection leaks",
)
