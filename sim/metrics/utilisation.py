"""How busy workers are: the share of their time that handlers hold them. Of the system: the busiest service's.

Of a store: how busy its connections are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.at_replicas import workers_held
from sim.metrics.base import Metric
from sim.metrics.counts import totals
from sim.metrics.presence import NOTHING_CAME, where_something_came
from sim.metrics.spans import SECOND, seconds
from sim.metrics.there import replica_seconds
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Busy time of one service's workers over the time they had."""
    settings = record.network.services[service]
    busy = workers_held(record, service, first, stop) / SECOND
    there = replica_seconds(record, service, first, stop)
    return busy / (settings.workers * there) if there else 0.0


def of_group(record: Record, group: int, first: int, stop: int) -> float:
    """Time that one group's consumers held a message, at work or between two tries, over the time they had."""
    settings = record.network.groups[group]
    there = replica_seconds(record, settings.service, first, stop)
    row = totals(record, first, stop).groups[group]
    busy = (row[f.groups.GROUP_BUSY_AREA] + row[f.groups.GROUP_RESTING_AREA]) / SECOND
    return busy / (settings.consumers * there) if there else 0.0


def of_store(record: Record, store: int, first: int, stop: int) -> float:
    """Time that connections of one store were held, over the time that there were."""
    used = int(record.tables["stores"][first:stop, store, f.stores.STORE_IN_USE_AREA].sum()) / SECOND
    return used / (record.network.stores[store].connections * seconds(record.network, first, stop))


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Utilisation of the busiest service's workers."""
    return max(of_service(record, service, first, stop) for service in range(len(record.network.services)))


UTILISATION = Metric(
    name="utilisation",
    label="utilisation",
    unit="share",
    direction="neither",
    measures=where_something_came({"system": of_system, "service": of_service, "group": of_group}) | {"store": of_store},
    missing=NOTHING_CAME,
    meaning="share of their time that workers are held by handlers, waiting for answers or not; of a group: that consumers "
    "hold a message, at work or waiting to try again; of a store: that transactions hold a connection",
    most=1.0,
)
