"""A run in progress: what exists, the draws, and what a trace is worth when its parts are done."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from simpy.events import Event

from sim.draws import bits, draw, stream_key
from sim.engine.simpy_engine import effects
from sim.engine.simpy_engine.clock import Clock
from sim.engine.simpy_engine.state import Consumer, Membership, Partition, Replica, Span, Trace
from sim.record import recorder

if TYPE_CHECKING:
    from sim.network import Network
    from sim.record.recording import Recording

Activity = Generator[Event, Any, None]
Steps = Generator[Event, Any, int]


class Run(ABC):
    """One replication of a network: the state that the verbs move. The verbs are in the classes that follow.

    ``clock`` is an ordinary SimPy environment in nanoseconds, ``r`` the recorder's memory as Python ints.
    """

    def __init__(self, network: Network, recording: Recording, seed: int, replication: int) -> None:
        self.network = network
        self.clock = Clock()
        self.recording = recording
        self.r: Any = recording.words()
        self.tables = network.tables_list
        self.keys = [stream_key(seed, replication, name) for name in network.streams]
        self.seed, self.replication = seed, replication
        self.traces = 0
        self.awaited: dict[int, Span] = {}
        self.requests_open: dict[int, Trace] = {}
        self.flows_open: dict[int, Trace] = {}
        self.places = len(network.operations) + len(network.topics)
        self.replicas = [Replica(number, service) for number, service in enumerate(network.replica_service)]
        self.listed = [
            [self.replicas[i] for i in range(s.replica_first, s.replica_first + s.replicas)] for s in network.services
        ]
        self.turns = [0] * len(network.services)
        self.partitions = [[Partition() for _ in range(topic.partitions)] for topic in network.topics]
        self.topic_turns = [0] * len(network.topics)
        self.groups = [
            Membership(number, group, network.topics[group.topic].partitions)
            for number, group in enumerate(network.groups)
        ]
        self.consumers: list[Consumer] = []
        self.effect_rows = [
            {network.effects[row].effect: row for row in network.flow_effects[flow]} for flow in range(len(network.flows))
        ]

    # -- chance

    def sample(self, distribution: int, stream: int, trace: Trace, occurrence: int) -> int:
        """A duration in ns: the value of this stream for this occurrence of this trace, whenever it is asked for."""
        if self.tables[distribution] == 0:
            return self.tables[distribution + 1]
        return draw(self.tables, distribution, bits(self.keys[stream], trace.key, occurrence))

    def part_done(self, trace: Trace, good: bool) -> None:  # noqa: FBT001
        """One part of a trace (the request itself, or one message for one group) is done; the last one closes it."""
        if trace.closed:
            return
        trace.failed = trace.failed or not good
        trace.open -= 1
        if trace.open == 0:
            trace.closed = True
            del self.flows_open[trace.number]
            effects.close(self, trace)
            elapsed = self.clock.now - trace.started_at
            deadline = self.network.flows[trace.flow].deadline
            recorder.closed(self.r, self.clock.now, trace.flow, trace.ident, int(not trace.failed), elapsed, deadline)

    @abstractmethod
    def steps(self, span: Span) -> Steps:
        """What a handler does; see `sim.engine.simpy_engine.steps`."""
