"""What exists while a run is going on: traces, spans, replicas, partitions, consumers. Data only; `engine` moves it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from sim.brokers.outages import OutageState
from sim.brokers.queue import QueueState
from sim.errors import RunawayError
from sim.record.effects import NOT_TOLD
from sim.semantics import order
from sim.semantics.hooks import DISCIPLINES
from sim.semantics.rules import PACE_ONE
from sim.semantics.sagas import SagaState
from sim.stores.relays import IDLE, InstanceState, RelayState
from sim.stores.transactions import StoreState

if TYPE_CHECKING:
    import simpy

    from sim.engine.simpy_engine.clock import Timer
    from sim.network import Broker, Group, LogGroup, Queue, QueueGroup, Relay, Service, Site, Store


class Trace:
    """Everything that one arrival causes; open until the request and all its messages are done.

    Its user has ``asked`` so many follow-ups, the last at ``asked_at`` (-1 while it thinks); what it waits for is so since
    ``known_at``, or -1. ``answered`` is which attempt a client heard of last. ``own`` is what it has published for each
    projection last: its key there, and the version.
    """

    __slots__ = (
        "answered",
        "asked",
        "asked_at",
        "closed",
        "counts",
        "effects",
        "failed",
        "flow",
        "ident",
        "key",
        "known_at",
        "number",
        "open",
        "own",
        "partition_key",
        "sagas",
        "started_at",
        "times",
        "told",
    )

    answered: int

    def __init__(self, number: int, key: int, flow: int, now: int, partition_key: int, places: int) -> None:
        self.number = number
        self.ident = order.identity(number, 0, 0)
        self.key = key
        self.flow = flow
        self.started_at = now
        self.partition_key = partition_key
        self.counts = [0] * places
        self.open = 1
        self.failed = False
        self.closed = False
        self.told = NOT_TOLD
        self.effects: dict[int, int] = {}
        self.sagas: dict[int, Saga | int] = {}
        self.own: dict[int, tuple[Any, int]] = {}
        self.asked = 0
        self.asked_at = self.known_at = -1
        self.times: list[int] = []

    def visit(self, place: int, now: int) -> int:
        """Which time the trace comes to this operation, topic or queue: 0, 1, 2, ..."""
        occurrence = self.counts[place]
        if occurrence >= order.OCCURRENCES_MAX:
            raise RunawayError(now, order.crowded(f"place {place}"), place)
        self.counts[place] = occurrence + 1
        return occurrence


class Span:
    """One attempt of a call with the execution of the handler that it causes, or one execution for a delivery.

    ``failed_with`` is why the last step failed whose failure leads somewhere. While it waits for a connection for its
    ``transaction``, ``connected`` is what it waits for; in the ``wait`` of a read it is ``read_over``. ``writes``: of a handler
    that commits and publishes, what it has done of both. ``version`` is that of the event of its message.

    ``work`` is the end of its last work, at ``ends`` if the pace stays. Until then it is under way: ``left`` ns of it, and
    ``part`` (a fraction, see `sim.semantics.rules.left`), were left at the last change of pace, or when it began.
    ``saga``: the one that it leads, from the program address ``entry`` on, or waits for.
    ``attempt``: of a delivery, the how-manieth execution in place.
    """

    __slots__ = (
        "admitted",
        "arrived_at",
        "attempt",
        "awaited",
        "children",
        "conflicts",
        "connected",
        "dead",
        "done",
        "ends",
        "entry",
        "failed_with",
        "ident",
        "left",
        "occurrence",
        "operation",
        "outcome",
        "parent",
        "part",
        "read_over",
        "replica",
        "running",
        "saga",
        "seen",
        "sent_at",
        "site",
        "started_at",
        "trace",
        "transaction",
        "version",
        "wait",
        "work",
        "writes",
    )

    connected: simpy.Event
    read_over: simpy.Event
    version: int
    done: simpy.Event
    site: Site
    replica: Replica
    sent_at: int
    work: Timer
    left: int
    part: int

    def __init__(self, trace: Trace, operation: int, occurrence: int, parent: Span | None) -> None:
        self.trace = trace
        self.operation = operation
        self.occurrence = occurrence
        self.ident = order.identity(trace.number, operation, occurrence)
        self.parent = parent
        self.children: dict[int, Span] = {}
        self.admitted = False
        self.awaited = True
        self.dead = False
        self.running = False
        self.saga: Saga | None = None
        self.entry = 0
        self.attempt = 1
        self.outcome = 0
        self.failed_with = 0
        self.transaction: Any = None
        self.writes: Any = None
        self.seen = 0
        self.conflicts = 0
        self.wait: Any = None
        self.ends = 0
        self.arrived_at = 0
        self.started_at = 0


class ViewAtWork:
    """A read model: what is known of its keys, of flows whose traces share them, and of traces that have a key of their own.

    Of the latter, by the number of the trace, only what is missing.
    """

    __slots__ = ("entries", "loose")

    def __init__(self) -> None:
        self.entries: dict[int, Any] = {}
        self.loose: dict[int, Any] = {}


class Replica:
    """One instance of a service: its workers, its queue, and whether it is up and in the balancer's list."""

    __slots__ = (
        *("busy", "consumers", "discipline", "incarnation", "number", "pace", "queue", "residents", "sagas", "service"),
        *("silent", "spec", "up"),
    )

    def __init__(self, number: int, service: int, spec: Service) -> None:
        self.number = number
        self.service = service
        self.spec = spec
        self.discipline: Any = DISCIPLINES[spec.discipline]
        self.busy = 0
        self.queue: deque[Span] = deque()
        self.residents: dict[int, Span] = {}
        self.consumers: list[Consumer] = []
        self.sagas: dict[int, Saga] = {}
        self.up = True
        self.silent = False
        self.incarnation = 0
        self.pace = 1 << 20


class Saga:
    """A saga of a trace under way: who leads it on which replica, if anybody does, and who waits for it.

    ``waiting``: by the identity of their handler, what they wait for, and whether it is the end. By two phases ``locks`` are
    those that it has, and ``wanted`` is the one that it waits for since ``wanted_since``, until ``granted``.
    """

    __slots__ = (
        "ended",
        "granted",
        "ident",
        "locks",
        "number",
        "replica",
        "span",
        "state",
        "trace",
        "waiting",
        "wanted",
        "wanted_since",
    )

    granted: simpy.Event
    wanted_since: int

    def __init__(self, trace: Trace, number: int, replica: Any) -> None:
        self.trace = trace
        self.number = number
        self.replica = replica
        self.span: Any = None
        self.state: Any = SagaState.plain()
        self.ident = 0
        self.ended = False
        self.waiting: dict[int, tuple[simpy.Event, int]] = {}
        self.locks: list[Lock] = []
        self.wanted: Lock | None = None


class Lock:
    """The lock of a service for one key: which saga has it, since when, and which wait for it."""

    __slots__ = ("holder", "key", "since", "waiting")

    def __init__(self, key: tuple[int, int]) -> None:
        self.key = key
        self.holder: Any = None
        self.since = 0
        self.waiting: deque[Saga] = deque()


class Message:
    """What was published once; a log keeps it until every group has committed it, a queue until it is acknowledged.

    ``key``: its hash gives the partition. In a queue it has an ``entry``, is ``hidden_until`` its visibility is over, and
    ``settled`` once it was applied, given up or lost there. ``refused``: it was full. ``relayed``: it is a row of an outbox.
    ``write``: of the handler that published it, if that commits transactions too. ``version``: of the event, for projections
    that it feeds.
    ``sender``: the replica that it is from, ``timer``: what its ``publisher`` (an identity) waits for, and ``waiting``: who
    does, while its broker is down.
    """

    __slots__ = (
        "appended_at",
        "channel",
        "entry",
        "hidden_until",
        "ident",
        "key",
        "publisher",
        "refused",
        "relayed",
        "sender",
        "settled",
        "timer",
        "trace",
        "version",
        "waiting",
        "write",
    )

    entry: Any
    hidden_until: int
    key: int
    settled: bool

    def __init__(self, trace: Trace, channel: int, ident: int) -> None:
        self.trace = trace
        self.channel = channel
        self.ident = ident
        self.appended_at = 0
        self.version = 0
        self.refused = False
        self.relayed = False
        self.write: Any = None
        self.sender: Replica | None = None
        self.timer: Timer | None = None
        self.publisher = 0
        self.waiting: list[Any] = []


class Partition:
    """An ordered piece of a topic: the messages with the offsets ``first`` to ``end - 1``.

    ``watched``: whether there is a time on the calendar when the first of them is too old.
    """

    __slots__ = ("first", "messages", "watched")

    def __init__(self) -> None:
        self.first = 0
        self.watched = False
        self.messages: deque[Message] = deque()

    @property
    def end(self) -> int:
        """The offset that the next message will get."""
        return self.first + len(self.messages)

    def at(self, offset: int) -> Message:
        """The message at an offset that is still kept."""
        return self.messages[offset - self.first]


class Consumer:
    """One consumer thread of a replica, member of one group; it handles one message at a time."""

    __slots__ = ("alive", "delivery", "group", "incarnation", "number", "replica")

    def __init__(self, number: int, group: int, replica: Replica) -> None:
        self.number = number
        self.group = group
        self.replica = replica
        self.alive = True
        self.incarnation = 0
        self.delivery: Delivery | None = None


class Delivery:
    """A message in the hands of a consumer: ``at`` is its offset in a log, or its receipt from a queue.

    ``again``: from a queue, whether it was handed out before.
    """

    __slots__ = ("again", "at", "dead", "message", "span")

    again: bool

    def __init__(self, message: Message, at: int) -> None:
        self.message = message
        self.at = at
        self.span: Span | None = None
        self.dead = False


class LogDelivery(Delivery):
    """A message of a partition, through all its attempts."""

    __slots__ = ("partition",)

    def __init__(self, message: Message, partition: int, offset: int) -> None:
        super().__init__(message, offset)
        self.partition = partition


class Readers:
    """The consumers of a subscription."""

    __slots__ = ("consumers", "number", "spec")

    def __init__(self, number: int, spec: Group) -> None:
        self.number = number
        self.spec: Any = spec
        self.consumers: list[Consumer] = []


class QueueReaders(Readers):
    """Consumers that share a queue: those that have room for a message in ``open``, the one whose turn it is first.

    ``held`` are the deliveries that a consumer has and has not begun with, by its number.
    """

    __slots__ = ("held", "open")

    def __init__(self, number: int, spec: QueueGroup) -> None:
        super().__init__(number, spec)
        self.open: deque[Consumer] = deque()
        self.held: dict[int, deque[Delivery]] = {}


class QueueAtWork:
    """A queue: what waits and what is in flight, who reads it, and how many of its dead letters still go back."""

    __slots__ = ("channel", "group", "number", "readers", "spec", "state", "to_redrive")

    def __init__(self, number: int, channel: int, spec: Queue, readers: QueueReaders | None) -> None:
        self.number = number
        self.channel = channel
        self.spec = spec
        self.readers = readers
        self.group = -1 if readers is None else readers.number
        self.state: Any = QueueState.plain()
        self.to_redrive = 0


class StoreAtWork:
    """A store: its connections, and the transactions that have one or wait for one, by the identity of their execution."""

    __slots__ = ("locks", "spec", "state", "transactions")

    def __init__(self, spec: Store) -> None:
        self.spec = spec
        self.state: Any = StoreState.plain()
        self.state.pace = PACE_ONE
        self.transactions: dict[int, Any] = {}
        self.locks: dict[tuple[int, int], Any] = {}


class RelayAtWork:
    """A relay: the rows before it, and its instances."""

    __slots__ = ("instances", "number", "spec", "state")

    def __init__(self, number: int, spec: Relay) -> None:
        self.number = number
        self.spec = spec
        self.state: Any = RelayState.plain()
        self.instances = [Instance(self, spec.first + index) for index in range(spec.instances)]


class Instance:
    """An instance of a relay; ``message`` is what it publishes now."""

    __slots__ = ("message", "number", "relay", "state")

    message: Message

    def __init__(self, relay: RelayAtWork, number: int) -> None:
        self.relay = relay
        self.number = number
        self.state: Any = InstanceState.plain()
        self.state.instance, self.state.place, self.state.interval = self, IDLE, relay.spec.every


class BrokerAtWork:
    """A broker that may be down, and what waits for it."""

    __slots__ = ("channels", "number", "spec", "state")

    def __init__(self, number: int, spec: Broker) -> None:
        self.number = number
        self.spec = spec
        self.channels = spec.channels
        self.state: Any = OutageState.plain()


class ConsumerGroup(Readers):
    """A consumer group at work: who owns which partition, and how far each partition has come.

    Per partition, as offsets: ``position`` is delivered next, ``committed`` would be read again after a crash,
    everything below ``handled`` was applied, dropped or lost, everything below ``delivered`` was handed over once.
    """

    __slots__ = (
        "began",
        "committed",
        "delivered",
        "elapsed",
        "handled",
        "owner",
        "position",
        "rebalancing",
        "sequence",
    )

    def __init__(self, number: int, spec: LogGroup, partitions: int) -> None:
        super().__init__(number, spec)
        self.owner: list[Consumer | None] = [None] * partitions
        self.position = [0] * partitions
        self.committed = [0] * partitions
        self.handled = [0] * partitions
        self.delivered = [0] * partitions
        self.rebalancing = False
        self.began = -1
        self.elapsed = False
        self.sequence = 0
