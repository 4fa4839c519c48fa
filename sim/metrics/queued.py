"""What queues counted: for the metrics that are measured of queues.

    a metric of queues   of the system: of all queues      of a subscription: of the queue that it reads
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.network import Queue
from sim.record.fields.groups import GROUP_REPEATING
from sim.record.fields.queues import LEVEL_AGAIN, LEVEL_SETTLED, QUEUES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sim.metrics.base import Measure, Scope
    from sim.network import Network
    from sim.record.record import Record

NO_QUEUE = "where no queue is read"


def by_queues(of: Callable[[Record, Sequence[int], int, int], float]) -> Mapping[Scope, Measure]:
    """Return the measures of a metric that is one of some queues, in the windows ``first`` to ``stop - 1``."""

    def of_system(record: Record, _: int, first: int, stop: int) -> float:
        return of(record, range(len(record.network.queues)), first, stop)

    def of_group(record: Record, group: int, first: int, stop: int) -> float:
        return of(record, queues_of(record.network, group), first, stop)

    return {"system": of_system, "group": of_group}


def queues_of(network: Network, group: int) -> list[int]:
    """Return the number of the queue that a subscription reads among all queues; [] when it reads a topic."""
    channel = network.channels[network.groups[group].channel]
    return [network.queues.index(channel)] if isinstance(channel, Queue) else []


def counted(column: int) -> Mapping[Scope, Measure]:
    """Return the measures of a counter of queues; nan where there is none."""

    def of(record: Record, queues: Sequence[int], first: int, stop: int) -> float:
        if not len(queues):
            return float("nan")
        return float(record.tables[QUEUES.name][first:stop, list(queues), column].sum())

    return by_queues(of)


def settled(record: Record, queues: Sequence[int], *, mortal: bool = False) -> int:
    """Return how many messages were applied and are in queues when the run ends; ``mortal``: where they may die."""
    found = [queue for queue in queues if not mortal or record.network.queues[queue].deliveries_max > 0]
    return int(record.levels[QUEUES.name][found, LEVEL_SETTLED].sum())


def tried_again(record: Record, queues: Sequence[int]) -> int:
    """Return how many messages were handed out in vain, and may be dead letters yet when the run ends: where there are any."""
    mortal = [queue for queue in queues if record.network.queues[queue].deliveries_max > 0]
    return int(record.levels[QUEUES.name][mortal, LEVEL_AGAIN].sum())


def delivered_again(record: Record, group: int) -> int:
    """Return how many deliveries of what a group has handled are in hand, or to come, when the run ends: at most."""
    return int(record.groups[:, group, GROUP_REPEATING].sum()) + settled(record, queues_of(record.network, group))
