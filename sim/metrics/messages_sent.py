"""Messages sent: what crossed the network to be handled. Requests of calls, and what brokers took in and handed over.

    call        request                          1, each attempt that left: no guard kept it back, and it found a replica
    event       to the broker, to each reader    1 + 1, each delivery; answers and confirmations are not counted
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.guarded import kept_back
from sim.network.model import Queue
from sim.record import fields as f
from sim.record.fields.edges import EDGE_ATTEMPTS, EDGE_SETTLED
from sim.record.outcomes import UNAVAILABLE

if TYPE_CHECKING:
    from sim.record.record import Record


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Attempts of all calls that left, messages that topics and queues took in, and deliveries."""
    network = record.network
    edges = record.edges[first:stop]
    attempts = int(edges[:, :, EDGE_ATTEMPTS].sum() - edges[:, :, EDGE_SETTLED + UNAVAILABLE].sum())
    attempts -= kept_back(record, range(edges.shape[1]), first, stop)
    delivered = int(record.groups[first:stop, :, f.groups.GROUP_DELIVERED].sum())
    taken_in = 0
    for channel in network.channels:
        if isinstance(channel, Queue):
            row = network.queues.index(channel)
            taken_in += int(record.tables[f.queues.QUEUES.name][first:stop, row, f.queues.QUEUE_ARRIVED].sum())
        elif channel.groups:
            taken_in += int(record.groups[first:stop, channel.groups[0], f.groups.GROUP_APPENDED].sum())
    return float(attempts + taken_in + delivered)


MESSAGES_SENT = Metric(
    name="messages_sent",
    label="messages sent",
    unit="messages",
    direction="lower",
    measures={"system": of_system},
    meaning="attempts of calls that left, messages that topics and queues took in, and deliveries; of topics that are read",
)
