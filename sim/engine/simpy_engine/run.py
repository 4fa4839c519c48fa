"""A run in progress, as data: what exists, who waits for whom, and the keys of its chance. Functions move it.

    loop.py      prepare, to_horizon, window: a run from time 0 to its horizon
    guards.py    whether an attempt may leave its caller; ``rooms.py``: who waits there; ``held_back.py``: how they go on
    outer_guards.py  whether a call may be made, which its guards outside of the retry say; ``whole_calls.py``: those under way
    budgets.py   whether a call may try again
    balancing.py which replica it goes to, where callers look at them; who is in the lists
    health.py    how it is found out which replicas are well
    scaling.py   how many replicas there are; ``lives.py``: what becomes of their places
    workload.py  how requests come in, and what their clients do
    calls.py     how calls are made, once and again
    admission.py who is let in there: limits, shedding
    attempts.py  how requests go from caller to callee, wait, and are answered
    hedges.py    calls that are made again before they are answered; ``hedge_groups.py``: those under way
    quorums.py   calls of which not all are waited for; ``left.py``: those that are not needed any more
    forks.py     the same where not all of it are calls; ``branches.py``: what is none
    around_calls.py  what is done when something fails, and waits
    timeouts.py  when the attempts of one length of timeout are given up
    steps.py     what a handler does, step by step
    broker.py    how messages get to their broker; ``publishing.py``: how they leave
    log.py       how a log keeps them, gets them to the members of consumer groups, and accounts for them
    outages.py   what waits while a broker is down
    queue.py     how a queue keeps them, gets them to its consumers, and takes them back
    consumers.py what the readers of both have in common
    failures.py  handlers that faults make fail
    links.py     what happens to what crosses a link
    faults.py    how replicas slow down, go down with all they hold, and come back
    effects.py   business facts
    sagas.py     business transactions over services, step by step
    choreography.py  the same without an orchestrator
    locks.py     what two-phase commits lock
    key_locks.py what handlers lock
    projections.py read models: what they miss, and who reads them
    stores.py    transactions of handlers, and who waits for a connection
    relays.py    how the rows of outboxes are published
    dual_writes.py  whether handlers that commit and publish did both
    follow_ups.py what users ask for later; ``users.py``: those who ask again when they were answered
    caches.py    what handlers ask before they load it
    processors.py   work that shares cores, or slows itself down
    event_loops.py  handlers that give their workers back while they wait; ``resuming.py``: who has one that is free
    pace.py      both, where executions end early, and at the horizon
    books.py     what is still inside at the horizon; ``broker_books.py``: at brokers

Each of their functions takes the run first. The compiled engine has functions of the same names in files of the same names.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import TYPE_CHECKING, Any

from simpy.events import Event

from sim import draws
from sim import network as networks
from sim.engine.simpy_engine import hedge_groups, scaler_state
from sim.engine.simpy_engine.balancing import BalancerAtWork
from sim.engine.simpy_engine.broker_state import (
    BrokerAtWork,
    Consumer,
    ConsumerGroup,
    Message,
    Partition,
    QueueAtWork,
    QueueReaders,
    Readers,
)
from sim.engine.simpy_engine.budgets import BudgetStates
from sim.engine.simpy_engine.clock import Clock
from sim.engine.simpy_engine.guards import guards_at_work
from sim.engine.simpy_engine.health import ChecksAtWork
from sim.engine.simpy_engine.state import (
    Lock,
    Pipe,
    RelayAtWork,
    Saga,
    Span,
    StoreAtWork,
    Trace,
    ViewAtWork,
    furnish,
)
from sim.engine.simpy_engine.timeouts import Timeouts
from sim.stores.dual_writes import OpenWrites

if TYPE_CHECKING:
    from sim.network import Group, Network, ScheduledFault
    from sim.policies.waiting import Wait
    from sim.record.recording import Recording

    Handler = Callable[["Run", Span], "Steps"]
    Alter = Callable[["Run", ScheduledFault], None]
    Expire = Callable[["Run", Span], None]
    Appear = Callable[["Run", Message], None]
    Over = Callable[["Run", Span, Wait], None]

Activity = Generator[Event, Any, None]
Steps = Generator[Event, Any, int]


class Run:
    """One replication of a network.

    Attributes:
        clock: an ordinary SimPy environment in nanoseconds.
        r: the recorder's memory, as Python ints.
        instructions: of the program, by their addresses.
        settings: of policies, by their address in the tables.
        keys: of the network's streams, for this seed and replication.
        handlers: what an operation does, by its number: the declared steps, or a handler of the extensions.
        timeouts: of attempts, by their length.
        expire: how the caller of an attempt gives it up; ``cancel``: how its callee hears so.
        alter: how a declared change of the environment takes place; ``appear``: how a message comes to its broker; ``over``:
            how the wait of an attempt at a guard ends.
        traces: how many there were so far.
        backing_off: by handler, the attempts after which a retry waits that a budget let go; ``whole_calls``: its calls that
            guards outside of their retry let go.
        awaited: attempts that a caller waits for; ``requests_open`` and ``flows_open``: what has no answer, and no end, yet.
        sagas: those under way; ``locks``: those that they have, by service and key.
        key_locks: those that handlers have, by lock and key; ``lockers``: who has any, or waits for one, by identity.
        branches_of: by handler, the branches that it has not heard of; ``branches_at``: by replica, those under way.
        following: traces whose users follow up, with the number of the follow-up. By flow, ``follow_up_of``: the number of its
            first one; ``waits_in``: of that which is asked until the user knows; ``session_of``: of its session.
        balancers: by service, of those whose callers look at its replicas; ``checks``: of those whose health is checked.
        scalers: by service, of those whose replicas come and go.
        leaks: what of pools and stores is taken by nobody.
        listed: by service, the replicas in the balancer's list; ``turns``: how often it has chosen.
        partitions: by topic; ``topic_turns``: how many messages each has had; ``queues``: by channel.
        stores: by their numbers; ``relays``: those of their outboxes, with all their ``instances``.
        stores: by their numbers; ``views``: of projections. ``published``: how many events were published for them.
        caches: by their numbers; ``caches_of``: by service.
        hedges: by the number of a hedge, what each replica that calls knows.
        failing: by the number of a failure, whether it lasts; ``disturbed``: by that of a disturbance; ``pipes``: by link.
        stores: by their numbers; ``brokers``, too, where any may be down, and ``broker_of`` by channel.
    """

    def __init__(
        self,
        network: Network,
        recording: Recording,
        seed: int,
        replication: int,
        *,
        handler: Handler,
        alter: Alter,
        expire: Expire,
        cancel: Expire,
        appear: Appear,
        over: Over,
    ) -> None:
        self.network = network
        self.clock = Clock()
        self.recording = recording
        self.r: Any = recording.words()
        self.tables = network.tables_list
        program = network.program
        self.instructions = {at: program[at : at + networks.INSTRUCTION] for at in range(0, len(program), networks.INSTRUCTION)}
        self.settings = network.settings
        self.keys = [draws.stream_key(seed, replication, name) for name in network.streams]
        self.seed, self.replication = seed, replication
        self.handlers = [handler] * len(network.operations)
        self.alter, self.appear, self.over = alter, appear, over
        self.expire, self.cancel = partial(expire, self), partial(cancel, self)
        self.traces = 0
        self.sagas: dict[int, Saga] = {}
        self.locks: dict[tuple[int, int], Lock] = {}
        self.key_locks: dict[tuple[int, int], Any] = {}
        self.lockers: dict[int, Any] = {}
        self.awaited: dict[int, Span] = {}
        self.backing_off: dict[int, dict[int, Span]] = {}
        self.whole_calls: dict[int, dict[int, Span]] = {}
        lengths = {length for site in network.sites for length in (site.timeout, site.early_timeout)}
        self.timeouts = {length: Timeouts(self.clock, length, self.awaited, self.expire) for length in lengths}
        self.requests_open: dict[int, Trace] = {}
        self.flows_open: dict[int, Trace] = {}
        self.following: dict[int, tuple[Trace, int]] = {}
        self.follow_up_of = {one.flow: number for number, one in enumerate(network.follow_ups) if one.step <= 0}
        self.waits_in = {one.flow: number for number, one in enumerate(network.follow_ups) if one.times == 0}
        behind = len(network.operations) + len(network.channels)
        self.first_branch, self.places = behind, behind + len(network.branches)
        self.branches_of: dict[int, dict[int, Span]] = {}
        self.branches_at: dict[int, dict[int, Span]] = {}
        scalers = enumerate(network.scalers)
        self.scalers = {one.service: scaler_state.ScalerAtWork(number, one, network) for number, one in scalers}
        self.replicas = scaler_state.replicas_of(network, self.scalers, self.clock)
        there = [[self.replicas[i] for i in range(s.replica_first, s.replica_first + s.replicas)] for s in network.services]
        furnish(network, there)
        self.listed = [[one for one in of_service if one.up] for of_service in there]
        self.turns = [0] * len(network.services)
        self.partitions = [[Partition() for _ in range(getattr(one, "partitions", 0))] for one in network.channels]
        self.topic_turns = [0] * len(network.channels)
        self.groups = [self._readers(number, group) for number, group in enumerate(network.groups)]
        self.queues = self._queues()
        self._furnish(network)
        self.guards = guards_at_work(network)
        self.budgets = [BudgetStates(number, budget, network) for number, budget in enumerate(network.budgets)]
        self.balancers = {one.service: BalancerAtWork(number, one, network) for number, one in enumerate(network.balancers)}
        self.checks = {one.service: ChecksAtWork(number, one, network) for number, one in enumerate(network.health_checks)}
        self.effect_rows = [
            {network.effects[row].effect: row for row in network.flow_effects[flow]} for flow in range(len(network.flows))
        ]
        self.invariant_terms = [[int(one.equal), one.constant, *one.factors] for one in network.invariants]

    def _furnish(self, network: Network) -> None:
        """What there is of families of mechanics that stand by themselves: read models, faults, links, brokers, stores."""
        rebuilt = [one.name for one in network.rebuilds]
        rows = [rebuilt.index(one.name) if one.gap > 0 else -1 for one in network.projections]
        self.views = [ViewAtWork(spec, row) for spec, row in zip(network.projections, rows, strict=True)]
        self.published = 0
        self.failing, self.hedges = [0] * len(network.failures), hedge_groups.states(network)
        self.disturbed, self.pipes = [0] * len(network.disturbances), [Pipe() for _ in network.links]
        self.brokers = [BrokerAtWork(number, broker) for number, broker in enumerate(network.brokers)]
        self.broker_of = {number: broker for broker in self.brokers for number in broker.channels}
        self.stores = [StoreAtWork(store) for store in network.stores]
        self.leaks: Any = None
        self.session_of = {one.flow: number for number, one in enumerate(network.sessions)}
        self.writes: Any = OpenWrites.plain()
        self.caches: list[Any] = []
        self.caches_of: dict[int, list[Any]] = {}
        self.relays = [RelayAtWork(number, relay) for number, relay in enumerate(network.relays)]
        self.instances = [one for relay in self.relays for one in relay.instances]
        self.aggregates: dict[tuple[int, int], Any] = {}
        self.consumers: list[Consumer] = []

    def _readers(self, number: int, group: Group) -> Readers:
        """Who reads a channel."""
        if isinstance(group, networks.QueueGroup):
            return QueueReaders(number, group)
        assert isinstance(group, networks.LogGroup)  # noqa: S101 - there are two families
        return ConsumerGroup(number, group, len(self.partitions[group.channel]))

    def _queues(self) -> dict[int, QueueAtWork]:
        """The queues, by channel."""
        channels = enumerate(self.network.channels)
        readers = {one.spec.channel: one for one in self.groups if isinstance(one, QueueReaders)}
        specs = [(number, channel) for number, channel in channels if isinstance(channel, networks.Queue)]
        return {number: QueueAtWork(row, number, spec, readers.get(number)) for row, (number, spec) in enumerate(specs)}

    def cut_off(self, channel: int) -> bool:
        """Whether the broker of a channel is down."""
        broker = self.broker_of.get(channel)
        return broker is not None and broker.state.down != 0

    def sample(self, distribution: int, stream: int, trace: Trace, occurrence: int) -> int:
        """A duration in ns: the value of this stream for this occurrence of this trace, whenever it is asked for."""
        if self.tables[distribution] == draws.CONSTANT:
            return self.tables[distribution + 1]
        return draws.draw(self.tables, distribution, draws.bits(self.keys[stream], trace.key, occurrence))
