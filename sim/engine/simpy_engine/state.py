"""What exists while a run is going on: traces, spans, replicas, sagas, stores. Data only; the engine's verbs move it."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any

from sim.errors import RunawayError
from sim.network.pace_rows import SHARED
from sim.projections.rebuilds import RebuildState
from sim.record.effects import NOT_TOLD
from sim.semantics import order
from sim.semantics.hooks import DISCIPLINES
from sim.semantics.processors import HERE, ProcessorState
from sim.semantics.rules import FOREVER, PACE_ONE
from sim.semantics.sagas import SagaState
from sim.stores.history import History
from sim.stores.relays import IDLE, InstanceState, RelayState
from sim.stores.transactions import StoreState

if TYPE_CHECKING:
    import simpy

    from sim.engine.simpy_engine.broker_state import Consumer, Message
    from sim.network import EventLoop, Network, Processor, Projection, Relay, Service, Site, Store


class Trace:
    """Everything that one arrival causes; open until the request and all its messages are done.

    Its user has ``asked`` so many follow-ups, the last at ``asked_at`` (-1 while it thinks); what it waits for is so since
    ``known_at``, or -1. ``answered`` is which attempt a client heard of last. ``own`` is what it has published for each
    projection last: its key there, and the version. ``user``: of a closed flow, who waits for it.
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
        "parked",
        "partition_key",
        "sagas",
        "started_at",
        "times",
        "told",
        "user",
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
        self.parked = False
        self.told = NOT_TOLD
        self.effects: dict[int, int] = {}
        self.sagas: dict[int, Saga | int] = {}
        self.own: dict[int, tuple[Any, int]] = {}
        self.asked = 0
        self.asked_at = self.known_at = -1
        self.times: list[int] = []
        self.user: Any = None

    def visit(self, place: int, now: int) -> int:
        """Which time the trace comes to this operation, topic or queue: 0, 1, 2, ..."""
        occurrence = self.counts[place]
        if occurrence >= order.OCCURRENCES_MAX:
            raise RunawayError(now, order.crowded(f"place {place}"), place)
        self.counts[place] = occurrence + 1
        return occurrence


class Pipe:
    """A link with a bandwidth: when it is free again, each way."""

    def __init__(self) -> None:
        self.request_free = 0
        self.answer_free = 0


class Span:
    """One attempt of a call with the execution of the handler that it causes, or one execution for a delivery.

    ``failed_with`` is why the last step failed whose failure leads somewhere. While it waits for a connection for its
    ``transaction``, ``connected`` is what it waits for; in the ``wait`` of a read it is ``read_over``. ``writes``: of a handler
    that commits and publishes, what it has done of both. ``version``: of the event of its message, ``published_at`` then.

    ``work`` is the end of its last work, at ``ends`` if the pace stays. Until then it is under way: ``left`` ns of it, and
    ``part`` (a fraction, see `sim.semantics.rules.left`), were left at the last change of pace, or when it began.
    ``saga``: the one that it leads, from the program address ``entry`` on, or waits for.
    ``hedge``: of an attempt of a hedged call, that call. ``fallback``: the one that its handler is in, and one more.
    ``attempt``: the how-manieth of its call, 0: sent by a hedge; or of a delivery the how-manieth execution in place.
    ``view``: what its caller sees of the replicas, if it looks,
    while it is outstanding there. ``due``: its deadline, or 0. ``waits_at_most`` as it came; ``called_back``: its cancellation
    has come before it. Of one that was ``preempted``, who ``goes_on`` when its work is done, or that waits for ``has_worker``
    before it works.
    ``held_back``: its last wait at a guard, until ``may_go``. ``joins``: of a first attempt, about which guards outside of the
    retry are asked, the hedged call that it will be one of.
    ``place``, since ``place_since``: whether it waits for a core, or has one, or is without its worker until it has ``resumed``
    (`sim.semantics.processors`); of what shares cores ``left`` and ``part`` are its tag.
    """

    __slots__ = (
        "admitted",
        "arrived_at",
        "attempt",
        "awaited",
        "called_back",
        "children",
        "conflicts",
        "connected",
        "dead",
        "done",
        "due",
        "ends",
        "entry",
        "failed_with",
        "fallback",
        "goes_on",
        "has_worker",
        "hedge",
        "held_back",
        "ident",
        "joins",
        "left",
        "may_go",
        "occurrence",
        "operation",
        "outcome",
        "parent",
        "part",
        "place",
        "place_since",
        "preempted",
        "published_at",
        "read_over",
        "reload_waited",
        "replica",
        "resumed",
        "running",
        "saga",
        "seen",
        "sent_at",
        "site",
        "started_at",
        "trace",
        "transaction",
        "version",
        "view",
        "wait",
        "waits_at_most",
        "work",
        "writes",
    )

    connected: simpy.Event
    has_worker: simpy.Event
    read_over: simpy.Event
    may_go: simpy.Event
    version: int
    published_at: int
    done: simpy.Event
    site: Site
    replica: Replica
    sent_at: int
    work: simpy.Event
    left: int
    part: int
    place_since: int
    resumed: simpy.Event
    joins: Any

    def __init__(self, trace: Trace, operation: int, occurrence: int, parent: Span | None) -> None:
        self.trace = trace
        self.operation = operation
        self.occurrence = occurrence
        self.ident = order.identity(trace.number, operation, occurrence)
        self.parent = parent
        self.children: dict[int, Span] = {}
        self.admitted = False
        self.held_back: Any = None
        self.view: Any = None
        self.awaited = True
        self.dead = False
        self.running = False
        self.called_back = False
        self.preempted = False
        self.goes_on: Any = None
        self.due = 0
        self.waits_at_most = FOREVER
        self.saga: Saga | None = None
        self.entry = 0
        self.attempt = 1
        self.outcome = 0
        self.failed_with = 0
        self.fallback = 0
        self.hedge: Any = None
        self.transaction: Any = None
        self.writes: Any = None
        self.seen = 0
        self.conflicts = 0
        self.reload_waited = 0
        self.wait: Any = None
        self.ends = 0
        self.place = HERE
        self.arrived_at = 0
        self.started_at = 0


class ViewAtWork:
    """A read model: what is known of its keys, of flows whose traces share them, and of traces that have a key of their own.

    Of the latter only what is missing, by their numbers. ``rebuilt``: its own among those that a fault rebuilds, from ``log``.
    """

    __slots__ = ("entries", "log", "loose", "rebuilt", "spec")

    def __init__(self, spec: Projection, rebuilt: int) -> None:
        self.entries: dict[int, Any] = {}
        self.loose: dict[int, Any] = {}
        self.spec = spec
        self.rebuilt = rebuilt
        self.log: Any = RebuildState.plain()


class Replica:
    """One instance of a service: its workers, its queue, and whether it is up and in the balancer's list.

    ``life``: its place, where replicas come and go.
    It ``opens`` to requests while it is up and not halted; it is so until ``halted_until``. Of its workers ``leaked`` are taken
    by nobody, of ``leak`` that faults have taken. ``kept``: its last crash lost no work.
    """

    __slots__ = (
        *("at_work", "busy", "consumers", "discipline", "empty_at", "incarnation", "lines", "number", "pace", "residents"),
        *("halted_until", "kept", "leak", "leaked", "life", "loop", "opens", "processor", "sagas", "service", "silent", "spec"),
        *("admits", "limiter", "up"),
    )

    def __init__(self, number: int, service: int, spec: Service) -> None:
        self.number = number
        self.service = service
        self.spec = spec
        self.discipline: Any = DISCIPLINES[spec.discipline]
        self.busy = 0
        room = spec.room
        self.lines: list[OrderedDict[int, Span]] = [OrderedDict() for _ in range(1 if room is None else room.lines)]
        self.at_work: list[OrderedDict[int, Span]] = [OrderedDict() for _ in self.lines if room is not None and room.preempt]
        self.empty_at = 0
        self.residents: dict[int, Span] = {}
        self.consumers: list[Consumer] = []
        self.sagas: dict[int, Saga] = {}
        self.up = self.opens = True
        self.halted_until = self.leak = self.leaked = 0
        self.kept = False
        self.silent = False
        self.incarnation = 0
        self.pace = PACE_ONE
        self.life: Any = None
        self.processor: ProcessorAtWork | None = None
        self.loop: LoopAtWork | None = None
        self.limiter: Any = None
        self.admits = spec.shedding is not None


class ProcessorAtWork:
    """What does the work of a replica: what waits for a core, and what is at work, by its tag where that counts.

    ``first``: what of it is done first, if nothing changes.
    """

    __slots__ = ("cores", "first", "jobs", "jobs_begun", "number", "spec", "state", "waiting")

    def __init__(self, number: int, spec: Processor) -> None:
        self.number = number
        self.spec = spec
        self.cores = spec.cores
        self.state: Any = ProcessorState.plain()
        self.state.cores = spec.cores if spec.sharing == SHARED else 0
        self.state.serial, self.state.crosstalk = spec.serial, spec.crosstalk
        self.state.pace = self.state.together = PACE_ONE
        self.waiting: deque[Span] = deque()
        self.jobs: list[tuple[int, int, int, int, Span]] = []
        self.jobs_begun = 0
        self.first: Span | None = None


class LoopAtWork:
    """The handlers of a replica that are ``without`` a worker, and those of them that want one again."""

    __slots__ = ("number", "resuming", "spec", "without")

    def __init__(self, number: int, spec: EventLoop) -> None:
        self.number = number
        self.spec = spec
        self.without = 0
        self.resuming: deque[Span] = deque()


def furnish(network: Network, replicas: list[list[Replica]]) -> None:
    """What replicas, by service, have beside workers: what does their work, and handlers that give their workers back."""
    for number, processor in enumerate(network.processors):
        for replica in replicas[processor.service]:
            replica.processor = ProcessorAtWork(number, processor)
    for number, loop in enumerate(network.event_loops):
        for replica in replicas[loop.service]:
            replica.loop = LoopAtWork(number, loop)


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


class StoreAtWork:
    """A store: its connections, and the transactions that have one or wait for one, by the identity of their execution."""

    __slots__ = ("history", "locks", "spec", "state", "transactions")

    def __init__(self, spec: Store) -> None:
        self.spec = spec
        self.state: Any = StoreState.plain()
        self.history: Any = History.plain()
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
