"""A network: a scenario in numbers, as rows that refer to each other by their places. With the codes that stand in them.

    flow ---> site ---> operation ---> program of instructions ---> sites, channels, streams, tables
                 `---> edge                              channel ---> groups ---> operation

Rows are frozen. Names in them are for people; engines go by numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.arrivals import ArrivalTimes, multiplied
from sim.draws import stream_key
from sim.network.reading import by_flow
from sim.network.schedule import RATE_ONE, TRAFFIC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from sim.exact_limits import ExactLimit
    from sim.network.admission_rows import Limiter, Shedding
    from sim.network.balancers import Balancer, HealthCheck
    from sim.network.branch_rows import Branch
    from sim.network.cache_rows import Cache
    from sim.network.call_rows import Budget, Fallback, Guard, Hedge
    from sim.network.leak_rows import Hang, Leak, LeakyPool
    from sim.network.link_rows import Crossing, Disturbance, Link
    from sim.network.lock_rows import KeyLock
    from sim.network.pace_rows import EventLoop, Processor
    from sim.network.reading import FollowUp, Projection, Session
    from sim.network.scaling_rows import Scaler
    from sim.network.schedule import ScheduledFault
    from sim.network.store_rows import Append, DualWrite, EventStream, Failover, Relay, Store
    from sim.network.waiting_rows import WaitingRoom
    from sim.scenario.effects import FlowEffect
    from sim.scenario.flow_invariants import FlowInvariant
    from sim.scenario.scenario import Scenario

# program codes; an instruction is (code, a, b, where it goes on when it fails: 0, the handler fails); those from `OF_FAMILIES`
# on belong to families of mechanics: 10 to 19 what stands around calls, 20 to 29 stores, 30 to 39 projections, 40 to 49
# streams, 50 to 69 sagas, 70 to 79 caches
END = 0
WORK = 1  # a: distribution, b: stream
CALL = 2  # a: site
PARALLEL = 3  # a: program address behind its branches, b: how many; each is a CALL, and they follow
PUBLISH = 4  # a: channel, b: `WAITS_FOR_BROKER`, `BY_TRACE` and `BY_STORE`, or 0, and above them the size of the message
CHOOSE = 5  # a: choice table, b: stream
JUMP = 6  # a: program address
FAIL = 7  # a: threshold on the 2**63 scale, b: stream
EFFECT = 8  # a: effect, and what it undoes, b: whether another time is absorbed; see `sim.record.effects`
STRUCK = 9  # a: failure, b: where each replica of its service has its own: the number of the first, and one more; else 0
FELL_BACK = 10  # a: fallback, which begins
RECOVERED = 11  # a: fallback, which ended well, b: the one that it stands in, and one more; 0: in none
FALLEN = 14  # a: fallback, in which something failed, b: the same; fails as that did
WAIT = 12  # a: distribution, b: stream
QUORUM = 13  # as PARALLEL, a: table [program address behind its branches, how many must be answered well, deadline or 0]
FORK = 17  # the same with branches, all needed: 0, table: [..., whether branches are called back]; see `lower/parallel.py`
BRANCH = 18  # a: branch, b: program address of its steps
BRANCH_OVER = 19  # a: 1 when one of the steps of a branch has failed
YIELD = 15  # a request of higher priority that waits has the worker first
HANG = 16  # a, b: the same, which has picked the handler; until it ends
SAGA = 50  # a: saga, b: 1 to wait until it has ended
SAGA_STATE = 51  # a: what is written of the saga, b: program address where it is resumed; fails when its deadline is over
SAGA_FAILED = 52  # a: saga; fails when the step that failed is in doubt
SAGA_END = 53  # a: saga, b: 1 when all its steps are done
SAGA_TELL = 54  # a: saga, which begins; fails when it is there already, and its first participant was told
SAGA_ASK = 55  # a: saga and step, b: question; fails when it is not so
SAGA_TRIED = 56  # a: group; fails when its handler will be tried again
SAGA_NOTE = 57  # a: saga and step, b: what a participant keeps of it
SAGA_OVER = 58  # a: saga, b: 1 when all its steps are done
SAGA_SEEN = 59  # what a saga did may be seen from here on
SAGA_LOCK = 60  # a: service whose lock for the key of the trace is wanted
SAGA_TOLD = 62  # a: saga, whose first participant will hear of it
SAGA_REFUSED = 61  # nothing of the saga could be kept: it is not begun
SAGA_STEP_BITS = 6  # of an operand that is a saga and one of its steps
BEGIN = 20  # a: store, b: longest wait for a connection, or -1
WRITE = 21  # a: how many rows, b: which row is locked: 0 none, else twice its number, and one more for the flow's key
COMMIT = 22  # a: stream of its time, b: stream of aborts
ROLL_BACK = 23  # where failures of the steps in between lead; fails as they did
OUTBOX = 24  # a: channel, b: its dual write, and one more, where commits of a store can be lost; else 0
LOCK = 26  # a: lock, twice its number, and one more for the flow's key, b: longest wait, or `NO_WAIT`
UNLOCK = 27  # the lock that was taken last is let go of
UNLOCK_FAILED = 28  # where failures of the steps in between lead; fails as they did
PAIR = 25  # a: table of the dual writes of a handler that commits and publishes: [n, n numbers]
PROJECT = 30  # a: view
READ = 31  # a: view, b: longest wait for the own write in ns, or one of the following
NO_WAIT = -1  # it waits for nothing
WAIT_FOR_EVER = -2
LOAD = 40  # a: event stream
APPEND = 41  # a: append
RELOAD = 42  # a: append; where its conflicts lead: waits before all is done again from the load on
LOOK = 70  # a: cache, b: table [stream of how long a hit takes, address of MISSED]; fails, which leads there: it is not there
MISSED = 71  # a: cache; fails as LOOK did, unless its handler is the one that loads the key
FILLED = 72  # a: cache, which has the key from here on
LOST = 73  # a: cache, where failures of the steps that load a key lead; fails as they did
OF_FAMILIES = 8
FAILURE = 3  # the word of that address
INSTRUCTION = 4

# bits of how a message is published
WAITS_FOR_BROKER = 1  # the handler goes on when its broker has the message
BY_TRACE = 2  # its partition follows from the trace, not from the flow's key
BY_STORE = 4  # its store publishes it, not the handler: it outlives that, and is never given up
SIZE_AT = 3  # by so many bits its size is shifted


@dataclass(frozen=True, slots=True)
class Service:
    """A service's replicas are ``replica_first`` and the following; ``queue_max`` is -1 when unbounded.

    ``terms``: who has a worker, and when, depends on more than who came first: it has a ``room``, or gives workers back, has a
    limit, or sheds, or requests have deadlines or may be cancelled.
    """

    name: str
    replica_first: int
    replicas: int
    workers: int
    queue_max: int
    balance: int
    balance_draws: bool
    discipline: int = 0
    terms: bool = False
    room: WaitingRoom | None = None
    shedding: Shedding | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """A handler: its program begins at ``entry``. What its requests wait at most is drawn from ``wait_stream``.

    ``limit_stream``: what the limit of its service draws from when one is over.
    """

    name: str
    service: int
    entry: int
    wait_stream: int = -1
    limit_stream: int = -1


@dataclass(frozen=True, slots=True)
class Saga:
    """A saga: its orchestrator runs the program of ``operation``, -1 without one; ``deadline`` is 0 when there is none."""

    name: str
    operation: int
    service: int
    deadline: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A fault that makes an operation fail: how many it picks, by which stream, and the work before, in ns.

    ``by_trace``: a trace is picked once and for all. ``hangs``: who is picked hangs before. ``rows``: how many there are of the
    fault and the operation, one after the other, one for each replica of the service; or one for all.
    """

    name: str
    share: int
    stream: int
    by_trace: bool
    after: int
    hangs: bool = False
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Site:
    """A place that calls: a `call` step, or a flow's client. ``timeout`` is 0 when there is none, ``hedge`` -1.

    In place of it an ``early_timeout`` begins before the guard of the call that has the number ``early_before``.
    ``crossing`` is how its calls cross their link, -1: they take a hop and nothing more.
    ``cancel_stream`` is -1 where callees are not told that nobody waits. The whole call has ``deadline`` ns, -1: no end
    of its own; ``hurries``: it may have one, its own or its caller's.
    ``halts``: a replica of the caller may stand still.
    ``view`` is the first of its caller among those of the service's balancer, -1 without one; the replica ``view_of`` of the
    caller has that, and the next ones those that follow; -1: it has one only.
    A call with guards outside of its retry begins at a site of those, and goes on at the site ``inner``, which is ``held``.
    """

    operation: int
    service: int
    edge: int
    timeout: int
    hop: int
    request_stream: int
    reply_stream: int
    retry: int
    retry_at: int
    retry_on: int  # a bit for each outcome that is followed by a retry
    retry_stream: int
    balance_stream: int
    guards: tuple[int, ...] = ()
    early_timeout: int = 0
    early_before: int = 0
    budget: int = -1  # of its retries
    crossing: int = -1
    cancel_stream: int = -1
    deadline: int = -1
    hurries: bool = False
    halts: bool = False
    view: int = -1
    view_of: int = -1
    hedge: int = -1
    inner: int = -1
    held: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """Calls of one caller (an operation, or a flow) to one operation."""

    name: str
    caller: str
    operation: int
    service: int


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow's client; ``keys`` is 0 when every trace has its own, ``deadline`` -1 when there is none.

    ``key_table`` is the distribution of the keys, and -1 when they are all alike. Without ``closed`` the arrivals have times.
    ``rank`` is the place of the priority, 0 first.
    """

    name: str
    site: int
    stream: int
    arrivals: Any
    arrival_stream: str
    keys: int
    key_stream: int
    deadline: int
    key_table: int = -1
    rank: int = 0
    closed: Closed | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """So many users who ask, wait and think: a distribution, and its stream. They come evenly over ``ramp_up`` ns."""

    users: int
    think: int
    think_stream: int
    ramp_up: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What messages are published to, and the numbers of the groups that read it."""

    name: str
    broker: str
    latency: int
    publish_stream: int
    ack_stream: int
    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker that may be down: its channels, and how long publishers try, in ns."""

    name: str
    channels: tuple[int, ...]
    delivery_timeout: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic(Channel):
    """A topic of a log; ``retention`` in ns, and ``keeps`` in bytes a partition: 0 without a bound."""

    partitions: int
    by_key: bool
    retention: int = 0
    keeps: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue(Channel):
    """A queue: ``visibility`` in ns; ``deliveries_max`` and the channel of dead letters are 0 and -1 when there are none.

    ``length_max`` is 0 without a bound; with ``drops_head`` one too many takes the place of the first, else it is refused.
    Dead letters go back at ``redrive_first`` (0: never), again each ``redrive_every`` (0: once), ``redrive_gap`` apart; in ns.
    """

    visibility: int
    length_max: int
    drops_head: bool
    deliveries_max: int
    dead_letters: int
    redrive_first: int = 0
    redrive_every: int = 0
    redrive_gap: int = 0


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
    """Consumers of a queue: ``prefetch`` is how many messages one may have, ``requeue`` hands back at once what fails.

    A consumer asks for more time each ``extend_every`` ns that it handles one; 0: never. ``latency`` is how long a delivery is
    under way to a consumer, and what that says to the queue; -1: no time.
    """

    prefetch: int
    requeue: bool
    extend_every: int = 0
    latency: int = -1
    delivery_stream: int = 0
    settle_stream: int = 0
    extend_stream: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LogGroup(Group):
    """A consumer group of a topic: it commits ``every`` so many messages; times in ns.

    What it fails at goes to the channel ``then``, -1: it is dropped. A message is handled ``delay`` after its append at first.
    """

    every: int
    session: int
    pause: int
    retry: int
    retry_at: int
    retry_stream: int
    then: int = -1
    delay: int = 0


def place_names(network: Network) -> list[str]:
    """Names of what a trace comes to, by the numbers that ranks have: operations, then topics and queues, then branches."""
    return [one.name for family in (network.operations, network.channels, network.branches) for one in family]


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
    fault_schedule: tuple[ScheduledFault, ...] | None
    streams: tuple[str, ...]
    tables: NDArray[np.int64]
    replica_service: tuple[int, ...]
    guards: tuple[Guard, ...] = ()
    fallbacks: tuple[Fallback, ...] = ()
    branches: tuple[Branch, ...] = ()
    hedges: tuple[Hedge, ...] = ()
    budgets: tuple[Budget, ...] = ()
    settings: Mapping[int, Any] = field(default_factory=dict)
    limits: tuple[ExactLimit, ...] = ()
    effect_names: tuple[str, ...] = ()
    effects: tuple[FlowEffect, ...] = ()
    sagas: tuple[Saga, ...] = ()
    stores: tuple[Store, ...] = ()
    event_streams: tuple[EventStream, ...] = ()
    appends: tuple[Append, ...] = ()
    brokers: tuple[Broker, ...] = ()
    failures: tuple[Failure, ...] = ()
    relays: tuple[Relay, ...] = ()
    failovers: tuple[Failover, ...] = ()
    links: tuple[Link, ...] = ()
    crossings: tuple[Crossing, ...] = ()
    disturbances: tuple[Disturbance, ...] = ()
    replica_zone: tuple[int, ...] = ()
    dual_writes: tuple[DualWrite, ...] = ()
    invariants: tuple[FlowInvariant, ...] = ()
    balancers: tuple[Balancer, ...] = ()
    health_checks: tuple[HealthCheck, ...] = ()
    scalers: tuple[Scaler, ...] = ()
    drawn_faults: Callable[[int, int], tuple[ScheduledFault, ...]] | None = None

    def faults_of(self, seed: int, replication: int) -> tuple[ScheduledFault, ...]:
        """The fault schedule of a replication: the same for all, unless faults strike at random times."""
        if self.fault_schedule is not None:
            return self.fault_schedule
        kept = vars(self).setdefault("_faults_of", {})
        found: tuple[ScheduledFault, ...] | None = kept.get((seed, replication))
        if found is None:
            assert self.drawn_faults is not None  # noqa: S101 - without it the schedule is the same for all
            kept.clear()
            found = kept[seed, replication] = self.drawn_faults(seed, replication)
        return found
    follow_ups: tuple[FollowUp, ...] = ()
    projections: tuple[Projection, ...] = ()
    processors: tuple[Processor, ...] = ()
    event_loops: tuple[EventLoop, ...] = ()
    caches: tuple[Cache, ...] = ()
    limiters: tuple[Limiter, ...] = ()
    key_locks: tuple[KeyLock, ...] = ()
    sessions: tuple[Session, ...] = ()
    leaks: tuple[Leak, ...] = ()
    leaky_pools: tuple[LeakyPool, ...] = ()
    hangs: tuple[Hang, ...] = ()

    @cached_property
    def flow_invariants(self) -> tuple[tuple[int, ...], ...]:
        """Rows of `invariants` by flow: those of one flow follow each other."""
        return by_flow(len(self.flows), [one.flow for one in self.invariants])

    @cached_property
    def flow_effects(self) -> tuple[tuple[int, ...], ...]:
        """Rows of `effects` by flow: those of one flow follow each other."""
        return by_flow(len(self.flows), [one.flow for one in self.effects])

    @cached_property
    def fed(self) -> tuple[tuple[int, ...], ...]:
        """By channel, the numbers of the projections that what is published to it feeds."""
        rows = list(enumerate(self.projections))
        return tuple(tuple(number for number, one in rows if channel in one.channels) for channel in range(len(self.channels)))

    @cached_property
    def rebuilds(self) -> tuple[Projection, ...]:
        """The projections that a fault rebuilds."""
        return tuple(one for one in self.projections if one.gap > 0)

    @cached_property
    def rooms(self) -> tuple[Guard, ...]:
        """The guards at which attempts may wait."""
        return tuple(one for one in self.guards if one.room >= 0)

    @cached_property
    def queues(self) -> tuple[Queue, ...]:
        """The channels that are queues."""
        return tuple(one for one in self.channels if isinstance(one, Queue))

    @property
    def tallied(self) -> int:
        """How many entities have histograms: flows, then sagas, follow-ups, projections and sessions."""
        return len(self.flows) + len(self.sagas) + len(self.follow_ups) + len(self.projections) + len(self.sessions)

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
        rates = tuple(
            (fault.at, fault.value / RATE_ONE)
            for fault in self.faults_of(seed, replication)
            if fault.verb == TRAFFIC and fault.number == flow
        )
        arrivals = multiplied(spec.arrivals, rates) if rates else spec.arrivals
        return ArrivalTimes(arrivals, stream_key(seed, replication, spec.arrival_stream), self.horizon)

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
