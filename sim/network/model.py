"""A network: a scenario in numbers, as rows that refer to each other by their places. With the codes that stand in them.

    flow ---> site ---> operation ---> program of instructions ---> sites, channels, streams, tables
                 `---> edge                              channel ---> groups ---> operation

Rows are frozen. Names in them are for people; engines go by numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.arrivals import ArrivalTimes
from sim.draws import stream_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from sim.exact_limits import ExactLimit
    from sim.scenario.effects import FlowEffect
    from sim.scenario.flow_invariants import FlowInvariant
    from sim.scenario.scenario import Scenario

# program codes; an instruction is (code, a, b, where it goes on when it fails: 0, the handler fails); those from `OF_FAMILIES`
# on belong to families of mechanics: 20 to 29 stores, 30 to 39 projections, 40 to 49 streams, 50 to 59 sagas
END = 0
WORK = 1  # a: distribution, b: stream
CALL = 2  # a: site
PARALLEL = 3  # a: program address behind its branches, b: how many; each is a CALL, and they follow
PUBLISH = 4  # a: channel, b: 1 to wait until its broker has the message
CHOOSE = 5  # a: choice table, b: stream
JUMP = 6  # a: program address
FAIL = 7  # a: threshold on the 2**63 scale, b: stream
EFFECT = 8  # a: effect, b: 1 when another time is absorbed
BEGIN = 20  # a: store, b: longest wait for a connection, or -1
WRITE = 21  # a: how many rows
COMMIT = 22  # a: stream of its time, b: stream of aborts
ROLL_BACK = 23  # where failures of the steps in between lead; fails as they did
OF_FAMILIES = 8
FAILURE = 3  # the word of that address
INSTRUCTION = 4

# what a scheduled fault does to a replica
PACE = 0
CRASH = 1
EJECT = 2
RESTART = 3


@dataclass(frozen=True, slots=True)
class Service:
    """A service's replicas are ``replica_first`` and the following; ``queue_max`` is -1 when unbounded."""

    name: str
    replica_first: int
    replicas: int
    workers: int
    queue_max: int
    balance: int
    balance_draws: bool
    discipline: int = 0


@dataclass(frozen=True, slots=True)
class Operation:
    """A handler: its program begins at ``entry``."""

    name: str
    service: int
    entry: int


@dataclass(frozen=True, slots=True)
class Site:
    """A place that calls: a `call` step, or a flow's client. ``timeout`` is 0 when there is none."""

    operation: int
    service: int
    edge: int
    timeout: int
    hop: int
    request_stream: int
    reply_stream: int
    retry: int
    retry_at: int
    retry_stream: int
    balance_stream: int
    guards: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Store:
    """What handlers write to: ``aborts`` is a threshold on the 2**63 scale."""

    name: str
    connections: int
    commit: int
    aborts: int


@dataclass(frozen=True, slots=True)
class Guard:
    """A guard of the calls of one edge, its settings at an address of the tables.

    It has ``states`` states: one for each replica of the calling service, of which ``first`` is the first, or one for all.
    """

    name: str
    edge: int
    code: int
    settings: int
    per_caller: bool
    first: int
    states: int
    service: int
    draws: bool
    stream: int


@dataclass(frozen=True, slots=True)
class Edge:
    """Calls of one caller (an operation, or a flow) to one operation."""

    name: str
    caller: str
    operation: int
    service: int


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow's client; ``keys`` is 0 when every trace has its own, ``deadline`` -1 when there is none."""

    name: str
    site: int
    stream: int
    arrivals: Any
    arrival_stream: str
    keys: int
    key_stream: int
    deadline: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What messages are published to, and the numbers of the groups that read it."""

    name: str
    broker: str
    latency: int
    publish_stream: int
    ack_stream: int
    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic(Channel):
    """A topic of a log."""

    partitions: int
    by_key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue(Channel):
    """A queue: ``visibility`` in ns; ``deliveries_max`` and the channel of dead letters are 0 and -1 when there are none.

    ``length_max`` is 0 without a bound; with ``drops_head`` one too many takes the place of the first, else it is refused.
    """

    visibility: int
    length_max: int
    drops_head: bool
    deliveries_max: int
    dead_letters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Consumers that share the messages of a channel; with ``before`` they are done with one before they handle it."""

    name: str
    channel: int
    operation: int
    service: int
    consumers: int
    before: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueGroup(Group):
    """Consumers of a queue: ``prefetch`` is how many messages one may have, ``requeue`` hands back at once what fails."""

    prefetch: int
    requeue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LogGroup(Group):
    """A consumer group of a topic: it commits ``every`` so many messages; times in ns."""

    every: int
    session: int
    pause: int
    retry: int
    retry_at: int
    retry_stream: int


@dataclass(frozen=True, slots=True, order=True)
class ScheduledFault:
    """At ``at`` ns the environment does ``verb`` to a replica; ``value`` is a pace, or 1 for a silent crash."""

    at: int
    verb: int
    replica: int
    value: int


def place_names(network: Network) -> list[str]:
    """Names of what a trace comes to, by the numbers that ranks have: operations, then topics and queues."""
    return [one.name for one in network.operations] + [one.name for one in network.channels]


@dataclass(frozen=True)
class Network:
    """A scenario in numbers: what both engines run. Frozen; names only for people."""

    scenario: Scenario
    horizon: int
    window: int
    services: tuple[Service, ...]
    operations: tuple[Operation, ...]
    program: tuple[int, ...]
    sites: tuple[Site, ...]
    edges: tuple[Edge, ...]
    flows: tuple[Flow, ...]
    channels: tuple[Channel, ...]
    groups: tuple[Group, ...]
    fault_schedule: tuple[ScheduledFault, ...]
    streams: tuple[str, ...]
    tables: NDArray[np.int64]
    replica_service: tuple[int, ...]
    guards: tuple[Guard, ...] = ()
    settings: Mapping[int, Any] = field(default_factory=dict)
    limits: tuple[ExactLimit, ...] = ()
    effect_names: tuple[str, ...] = ()
    effects: tuple[FlowEffect, ...] = ()
    stores: tuple[Store, ...] = ()
    invariants: tuple[FlowInvariant, ...] = ()

    @cached_property
    def flow_invariants(self) -> tuple[tuple[int, ...], ...]:
        """Rows of `invariants` by flow: those of one flow follow each other."""
        rows: list[list[int]] = [[] for _ in self.flows]
        for row, one in enumerate(self.invariants):
            rows[one.flow].append(row)
        return tuple(map(tuple, rows))

    @cached_property
    def flow_effects(self) -> tuple[tuple[int, ...], ...]:
        """Rows of `effects` by flow: those of one flow follow each other."""
        rows: list[list[int]] = [[] for _ in self.flows]
        for row, one in enumerate(self.effects):
            rows[one.flow].append(row)
        return tuple(map(tuple, rows))

    @cached_property
    def queues(self) -> tuple[Queue, ...]:
        """The channels that are queues."""
        return tuple(one for one in self.channels if isinstance(one, Queue))

    @property
    def windows(self) -> int:
        """How many windows the horizon is cut into; the last one may be shorter."""
        return -(-self.horizon // self.window)

    @cached_property
    def tables_list(self) -> list[int]:
        """`tables` as Python ints, for the SimPy engine."""
        found: list[int] = self.tables.tolist()
        return found

    def arrival_chunks(self, flow: int, seed: int, replication: int) -> ArrivalTimes:
        """The arrival times of a flow in one replication, chunk by chunk (int64 ns)."""
        spec = self.flows[flow]
        return ArrivalTimes(spec.arrivals, stream_key(seed, replication, spec.arrival_stream))

    def arrival_times(self, flow: int, seed: int, replication: int) -> Iterator[int]:
        """The same times one by one, as Python ints."""
        chunks = self.arrival_chunks(flow, seed, replication)
        size = 256
        while True:
            chunk = chunks.next_chunk(size)
            if len(chunk) == 0:
                return
            yield from chunk.tolist()
            size = min(2 * size, 65536)
