"""Who talks to whom in a window of a run, and how fares each: the numbers behind the topology chart.

    record.edges, record.groups at a window  -->  nodes (flows, services, topics) and links (calls, events) with rates
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.charts import series
from sim.network import LogGroup
from sim.record.fields.edges import EDGE_ATTEMPTS, EDGE_SETTLED
from sim.record.fields.groups import (
    GROUP_APPENDED,
    GROUP_DELIVERED,
    GROUP_EXPIRED,
    GROUP_FAILED,
    GROUP_HANDED_ON,
    GROUP_HANDED_ON_AGAIN,
    GROUP_LOST,
)
from sim.record.fields.queues import QUEUE_DEAD
from sim.record.outcomes import OUTCOME_COUNT
from sim.scenario.targets import struck_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.charts.subject import Side

Kind = Literal["flow", "service", "topic"]
CALM = 1e-9


@dataclass(frozen=True)
class Node:
    """A flow's clients, a service, or a topic of a broker.

    Attributes:
        failed: share of the attempts and deliveries there that failed; nan without any, and for flows and topics.
        waiting: requests and messages that wait there.
        struck: whether a fault strikes it at that time.
    """

    name: str
    kind: Kind
    failed: float
    waiting: float
    struck: bool


@dataclass(frozen=True)
class Link:
    """From one node to another, by their numbers: ``rate`` per second, and the share of it that failed."""

    source: int
    target: int
    event: bool
    rate: float
    failed: float


@dataclass(frozen=True)
class Wiring:
    """All of it at one time: ``window`` is the number, ``begin`` and ``end`` its borders in seconds."""

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    window: int
    begin: float
    end: float


def wiring(side: Side, at: float | None) -> Wiring:
    """The network in the window that holds ``at`` (seconds), mean over the replications; None: in its worst window."""
    network = side.network
    failed, waiting = series.failed_by_service(side.records), series.backlog_by_service(side.records)
    borders = series.edges_of(network)
    if at is None:
        window = worst_window(failed, waiting)
    elif not 0.0 <= at <= borders[-1]:
        raise ValueError(f"at {at:g} s there is no window; the run lasts from 0 to {borders[-1]:g} s")
    else:
        window = min(int(np.searchsorted(borders, at, side="right")) - 1, network.windows - 1)
    begin, end = float(borders[window]), float(borders[window + 1])
    struck = {
        name
        for fault in network.scenario.faults.values()
        for name in struck_names(network.scenario, fault)
        if fault.at < end * series.SECOND and fault.end > begin * series.SECOND
    }
    nodes = [Node(flow.name, "flow", np.nan, 0.0, struck=False) for flow in network.flows]
    nodes += [
        Node(service.name, "service", float(failed[n, window]), float(waiting[n, window]), service.name in struck)
        for n, service in enumerate(network.services)
    ]
    nodes += [Node(topic.name, "topic", np.nan, 0.0, struck=topic.broker in struck) for topic in network.channels]
    return Wiring(tuple(nodes), tuple(_links(side, window, end - begin)), window, begin, end)


def worst_window(failed: series.Floats, waiting: series.Floats) -> int:
    """The window in which most services fail most; where nothing fails, the one in which most waits."""
    pain = np.nansum(failed, axis=0)
    return int(np.argmax(pain)) if pain.max() > CALM else int(np.argmax(waiting.sum(axis=0)))


def _failed(side: Side, window: int) -> Iterator[tuple[int, int, int]]:
    """Channels, those that get what is failed at there, and how many did: dead letters, and retry topics."""
    network = side.network
    for row, queue in enumerate(network.queues):
        if queue.dead_letters >= 0:
            dead = sum(int(record.tables["queues"][window, row, QUEUE_DEAD]) for record in side.records)
            yield network.channels.index(queue), queue.dead_letters, dead
    for number, group in enumerate(network.groups):
        if isinstance(group, LogGroup) and group.then >= 0:
            columns = [GROUP_HANDED_ON, GROUP_HANDED_ON_AGAIN]
            handed = sum(int(record.groups[window, number, columns].sum()) for record in side.records)
            yield group.channel, group.then, handed


def _links(side: Side, window: int, seconds: float) -> list[Link]:
    """Calls between services and events through topics, each pair of nodes once."""
    network = side.network
    flows = {flow.name: number for number, flow in enumerate(network.flows)}
    callers = {operation.name: len(flows) + operation.service for operation in network.operations}
    first_topic = len(flows) + len(network.services)
    found: dict[tuple[int, int, bool], list[float]] = {}

    def add(source: int, target: int, rate: float, failed: float, *, event: bool) -> None:
        entry = found.setdefault((source, target, event), [0.0, 0.0])
        entry[0] += rate
        entry[1] += failed

    n = len(side.records) * seconds
    for number, edge in enumerate(network.edges):
        cells = sum(record.edges[window, number] for record in side.records)
        bad = float(np.sum(cells[EDGE_SETTLED + 1 : EDGE_SETTLED + OUTCOME_COUNT]))
        source = callers.get(edge.caller, flows.get(edge.caller, 0))
        add(source, len(flows) + edge.service, float(cells[EDGE_ATTEMPTS]) / n, bad / n, event=False)
    publishers: dict[int, list[int]] = {}
    for service, topic in dict.fromkeys(series.publishes(network)):
        publishers.setdefault(topic, []).append(service)
    for number, group in enumerate(network.groups):
        cells = sum(record.groups[window, number] for record in side.records)
        bad = float(cells[GROUP_FAILED] + cells[GROUP_LOST] + cells[GROUP_EXPIRED])
        add(first_topic + group.channel, len(flows) + group.service, float(cells[GROUP_DELIVERED]) / n, bad / n, event=True)
    for topic, services in publishers.items():
        groups = network.channels[topic].groups
        counts = [sum(int(record.groups[window, group, GROUP_APPENDED]) for record in side.records) for group in groups]
        for service in services:
            add(len(flows) + service, first_topic + topic, max(counts, default=0) / n / len(services), 0.0, event=True)
    for source, target, count in _failed(side, window):
        add(first_topic + source, first_topic + target, count / n, 0.0, event=True)
    return [
        Link(source, target, event, rate, failed / rate if rate else 0.0)
        for (source, target, event), (rate, failed) in found.items()
    ]
