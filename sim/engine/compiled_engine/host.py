"""The kernel's host: lays a network out in memory, grows it when rows run out, feeds arrival times, takes the result.

    Network --image--> m --loop.run(m, r)--> status:  GROW  -> more room, go on      REFILL -> more arrival times, go on
                                                      PAUSE -> watch, limits         LONG_JOURNAL -> take it, go on
                                                      DONE  -> the books are closed

The image is made once for a network; a replication takes a copy of it and puts its own keys and arrival times in. One in which
a single event takes more room than there is gives no result: it is run again from the beginning, with twice as much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim import network as networks
from sim.draws import stream_key
from sim.engine.compiled_engine import (
    admission_layout,
    balancers_layout,
    broker_state,
    caches_layout,
    codes,
    family_rows,
    layouts,
    leaks_layout,
    pools,
    scaling_layout,
    sizes,
    streams_layout,
)
from sim.engine.compiled_engine import state as at
from sim.engine.compiled_engine.beginning import beginning
from sim.engine.compiled_engine.kernel_rows import DelayQueue
from sim.engine.compiled_engine.library import UNLOWERED, kernel
from sim.engine.compiled_engine.locks import LOCK_HASHES
from sim.errors import RunawayError
from sim.record import fields, recorder
from sim.record.families import FAMILIES
from sim.record.recording import Recording, nothing_inside
from sim.semantics import order
from sim.semantics.rules import PACE_ONE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.arrivals import ArrivalTimes
    from sim.network import Group as GroupSpec
    from sim.network import Network, ScheduledFault
    from sim.rows import Row

Memory = NDArray[np.int64]

ROOM, ROOM_FACTOR = 1 << 16, 4  # words that a replication has at first for what it takes, and how often its fixed rows' words
CHUNK_WORDS = 1 << 13  # of rows that are taken at a time
CHUNK = 8192  # arrival times of a flow that are handed over at a time; fewer where there are many flows
CHUNK_MIN = 1024
CHUNKS_MAX = 1 << 17  # of all flows together
EVENTS_AT_A_TIME = 2_000_000
IMAGE = "compiled_image"


class Overdrawn(Exception):  # noqa: N818 - no error: the replication is run again
    """An event took more room than there was, so that what the replication did is worth nothing."""


def recorded(
    network: Network,
    seed: int,
    replication: int,
    log_facts: int = 0,
    events_max: int | None = None,
    watch: Callable[[int], None] | None = None,
) -> Recording:
    """Run one replication, again from the beginning and with more room where an event took more than there was."""
    image = image_of(network)
    while True:
        recording = Recording.of(network, log_facts=log_facts)
        engine = CompiledEngine(network, recording, seed, replication)
        try:
            recording.events = engine.run(events_max, watch)
        except Overdrawn:
            image.room = 2 * len(engine.m)
        else:
            return recording


class CompiledEngine:
    """One replication of a network, from time 0 to its horizon."""

    def __init__(self, network: Network, recording: Recording, seed: int, replication: int) -> None:
        self.network = network
        self.recording = recording
        self.r = recording.memory
        self.inside = recording.inside
        self.image = image = image_of(network)
        keys = [stream_key(seed, replication, name) for name in network.streams]
        self.m = image.copied(keys, network.faults_of(seed, replication))
        self.flow_rows = image.flows
        self.arrivals: dict[int, ArrivalTimes] = {
            number: network.arrival_chunks(number, seed, replication)
            for number, flow in enumerate(network.flows)
            if flow.closed is None
        }
        for number in self.arrivals:
            self.refill(number)
        layouts.begin(network, self.r)
        for number, group in enumerate(network.groups):
            if isinstance(group, networks.LogGroup):
                recorder.note(self.r, 0, fields.facts.FACT_ASSIGNED, number, image.members_at_first(group))

    @property
    def world(self) -> at.World:
        """What there is one of, in the memory as it is now."""
        return at.World(self.m)

    def run(self, events_max: int | None = None, watch: Callable[[int], None] | None = None) -> int:
        """Run to the horizon and close the books; returns the number of events fired.

        ``watch`` is called now and then with the events so far; what it raises ends the run. Raises `RunawayError` after more
        than ``events_max`` events, and `Overdrawn` when the run is to be repeated with more room.
        """
        run = kernel()
        while True:
            if events_max is not None:
                self.world.budget = min(EVENTS_AT_A_TIME, events_max + 1 - self.world.events)
            run(plain(self.m), plain(self.r))
            status = self.world.status
            if self.world.overdrawn:
                raise Overdrawn
            if status == codes.DONE:
                break
            self.m = grown(self.m, self.image.room)
            if status == codes.REFILL:
                self.refill(self.flow_rows.index(self.world.refill.at))
            elif status == codes.LONG_JOURNAL:
                self.recording.take_journal(self.r)
            elif status == codes.PAUSE:
                self.pause(events_max, watch)
            elif status != codes.GROW:
                self.stop(status)
        self.take_inside()
        return self.world.events

    def refill(self, flow: int) -> None:
        """Hand the next arrival times of a flow to the kernel."""
        row = at.Flow(self.m, self.flow_rows[flow])
        times = self.arrivals[flow].next_chunk(chunk_of(self.network))
        start = row.times.at
        self.m[start : start + len(times)] = times
        row.next, row.end = start, start + len(times)
        row.over = int(len(times) == 0)

    def pause(self, events_max: int | None, watch: Callable[[int], None] | None) -> None:
        """Between events: stop a run that has had too many, and let it be watched."""
        events = self.world.events
        if events_max is not None and events > events_max:
            raise RunawayError(self.world.now, order.too_many(events_max))
        if watch is not None:
            watch(events)

    def stop(self, status: int) -> None:
        """Raise what a stopped run means."""
        names = networks.place_names(self.network)
        last = order.describe(self.world.last_rank, names)
        if status == codes.CROWDED:
            what = order.crowded(names[self.world.crowded])
        else:
            what = f"more than {order.INSTANT_MAX} events in one instant, the last one: {last}"
        raise RunawayError(self.world.now, what)

    def take_inside(self) -> None:
        """Take over what the kernel found inside at the horizon."""
        for name, table in self.inside.items():
            start = self.image.inside_of[name]
            table[:] = self.m[start : start + table.size].reshape(table.shape)


def chunk_of(network: Network) -> int:
    """How many arrival times of a flow are handed over at a time."""
    return max(CHUNK_MIN, min(CHUNK, CHUNKS_MAX // max(1, len(network.flows))))


def plain(memory: Memory) -> int | memoryview:
    """The memory as the kernel takes it: its address, or its words when the kernel runs as plain Python."""
    return memoryview(memory.data).cast("B").cast("q") if UNLOWERED else int(memory.__array_interface__["data"][0])


def grown(m: Memory, room: int) -> Memory:
    """The memory itself, longer where its room is scarce: by as much as is in use, or by an eighth of that when it is large.

    One that is large is made longer where it is, so that the system need not hold it twice. ``room``: by so much at least.
    """
    world = at.World(m)
    used = world.used
    if used <= world.scarce:
        return m
    large = used > sizes.LARGE
    size = max(len(m), used + max(room, used // 8 if large else used))
    sizes.refuse(size, size - large * len(m))
    if large and not UNLOWERED:  # plain Python holds on to views of it
        m.resize(size, refcheck=False)
    else:
        shorter, m = m, np.zeros(size, dtype=np.int64)
        m[:used] = shorter[:used]
    furnish(m, used)
    return m


def furnish(m: Memory, used: int) -> None:
    """Tell a memory how long it is: the room is scarce when half of what there is now is taken."""
    world = at.World(m)
    world.used, world.size, world.scarce = used, len(m), (used + len(m)) // 2


def image_of(network: Network) -> Image:
    """The image of a network, made at its first run and kept with it."""
    kept = vars(network)
    if IMAGE not in kept:
        kept[IMAGE] = Image(network)
    image: Image = kept[IMAGE]
    return image


class Image:
    """A network in the kernel's memory at time 0. Rows are laid out first, so that they can refer to each other."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.begin = {one.service: one.begin for one in network.scalers}
        self.size = at.World.SIZE
        n = network
        self.flows = self.rows(len(n.flows), at.Flow.SIZE)
        self.channels = self.rows(len(n.channels), broker_state.Channel.SIZE)
        sizes.refuse_first(self.size)
        self.services = self.rows(len(n.services), at.Service.SIZE)
        self.replicas = self.rows(len(n.replica_service), at.Replica.SIZE)
        self.operations = self.rows(len(n.operations), at.Operation.SIZE)
        self.sites = self.rows(len(n.sites), at.Site.SIZE)
        self.guards = self.rows(len(n.guards), family_rows.Guard.SIZE)
        self.hedges = self.rows(len(n.hedges), at.HedgeSpec.SIZE)
        self.budgets = self.rows(len(n.budgets), family_rows.Budget.SIZE)
        self.sagas = self.rows(len(n.sagas), at.SagaSpec.SIZE)
        self.balancers: list[int] = []
        self.checks: list[int] = []
        self.scalers: list[int] = []
        self.balancer_list = self.checks_list = 0
        self.follow_ups = self.rows(len(n.follow_ups), at.FollowUp.SIZE)
        self.queues = self.rows(len(n.queues), broker_state.Queue.SIZE)
        self.projections = self.rows(len(n.projections), family_rows.Projection.SIZE)
        self.failures = self.rows(len(n.failures), family_rows.Failure.SIZE)
        self.disturbances = self.rows(len(n.disturbances), family_rows.Disturbance.SIZE)
        self.brokers = self.rows(len(n.brokers), broker_state.Broker.SIZE)
        self.stores = self.rows(len(n.stores), family_rows.Store.SIZE)
        self.relays = self.rows(len(n.relays), family_rows.Relay.SIZE)
        self.instances = self.rows(sum(relay.instances for relay in n.relays), family_rows.Instance.SIZE)
        self.event_streams = self.rows(len(n.event_streams), family_rows.EventStream.SIZE)
        self.caches, self.cache_list = caches_layout.rows(self), 0
        self.branches = 0
        self.leaky_pools = leaks_layout.rows(self)
        self.appends = self.rows(len(n.appends), family_rows.Append.SIZE)
        self.logs = [self.rows(getattr(one, "partitions", 0), broker_state.Log.SIZE) for one in n.channels]
        self.groups = self.rows(len(n.groups), broker_state.Group.SIZE)
        self.views = [self.rows(len(self.logs[group.channel]), broker_state.View.SIZE) for group in n.groups]
        self.consumers = [self.rows(self.members(group), broker_state.Consumer.SIZE) for group in n.groups]
        self.things = {"replica": self.replicas, "operation": self.failures, "flow": self.flows, "store": self.stores}
        self.things["relay"], self.things["pool"] = self.instances, self.leaky_pools
        self.things["cache"] = self.caches
        self.things |= {"broker": self.brokers, "projection": self.projections, "link": self.disturbances}
        self.delay_queue_of = self.delay_queues()
        self.inside_of = {name: self.room_for(table.size) for name, table in nothing_inside(n).items()}
        self.lists: list[tuple[int, list[int] | Memory]] = []
        self.cells: dict[int, int] = {}
        self.kept: tuple[Memory, dict[str, int]] | None = None
        self.fill()
        self.whole = self.memory()
        self.room = max(ROOM, ROOM_FACTOR * self.size)

    def copied(self, keys: list[int], schedule: Sequence[ScheduledFault]) -> Memory:
        """The memory for one replication, whose streams have these keys, and to which this happens."""
        words, calendar = beginning(self, schedule)
        used = self.size + len(words)
        sizes.refuse(used + self.room, used + self.room)
        m: Memory = np.zeros(used + self.room, dtype=np.int64)
        m[: self.size] = self.whole
        m[self.size : used] = words
        furnish(m, used)
        for name, value in calendar.items():
            m[at.World.fields[name].offset] = value
        m[self.key_table : self.key_table + len(keys)] = keys
        return m

    def rows(self, count: int, size: int) -> list[int]:
        """Addresses of ``count`` new rows."""
        start, self.size = self.size, self.size + count * size
        return [start + index * size for index in range(count)]

    def members(self, group: GroupSpec) -> int:
        """How many consumers a group has."""
        return self.network.services[group.service].replicas * group.consumers

    def members_at_first(self, group: GroupSpec) -> int:
        """How many of them there are as the run begins: those of the first replicas."""
        return self.begin.get(group.service, self.network.services[group.service].replicas) * group.consumers

    def begins_out(self, replica: int) -> bool:
        """Whether a place has no replica as the run begins."""
        service = self.network.replica_service[replica]
        return replica - self.network.services[service].replica_first >= self.begin.get(service, replica + 1)

    def delay_queues(self) -> dict[tuple[str, int], int]:
        """A fixed-delay queue for each constant delay: timeouts, hops, the visibility of queues, and its extensions."""
        found: set[tuple[str, int]] = {("visibility", queue.visibility) for queue in self.network.queues}
        for group in self.network.groups:
            if isinstance(group, networks.QueueGroup) and group.extend_every > 0:
                found.add(("extension", group.extend_every))
        tables = self.network.tables
        for site in self.network.sites:
            if site.timeout > 0:
                found.add(("timeout", site.timeout))
            if tables[site.hop] == 0 and tables[site.hop + 1] > 0:
                found.add(("hop", int(tables[site.hop + 1])))
        return dict(zip(sorted(found), self.rows(len(found), DelayQueue.SIZE), strict=True))

    def put(self, kind: type[Row], row: int, **cells: int) -> None:
        """Set fields of a row by their names; what is a row is its address."""
        for name, value in cells.items():
            self.cells[row + kind.fields[name].offset] = int(value)

    def listed(self, values: list[int] | Memory) -> int:
        """Address of a list of values."""
        start = self.room_for(len(values))
        self.lists.append((start, values))
        return start

    def room_for(self, count: int) -> int:
        """Address of room for so many values, at least one; zeros for now."""
        start, self.size = self.size, self.size + max(1, count)
        return start

    # -- the fixed rows

    def fill(self) -> None:
        """Set every field of every fixed row."""
        n = self.network
        self.program = self.listed(list(n.program))
        self.key_table = self.room_for(len(n.streams))
        self.tables = self.listed(n.tables)
        self.inside = self.listed([self.inside_of.get(one.name, 0) for one in FAMILIES])
        for row, operation in zip(self.operations, n.operations, strict=True):
            self.put(at.Operation, row, service=self.services[operation.service], entry=operation.entry)
        for number, row in enumerate(self.operations):
            self.put(at.Operation, row, number=number)
        self.fill_services()
        self.fill_sites()
        balancers_layout.fill(self)
        scaling_layout.fill(self)
        for number, (row, flow) in enumerate(zip(self.flows, n.flows, strict=True)):
            times = self.room_for(chunk_of(n)) if flow.closed is None else 0
            self.put(at.Flow, row, site=self.sites[flow.site], stream=flow.stream, keys=flow.keys, number=number)
            self.put(at.Flow, row, key_stream=flow.key_stream, key_table=flow.key_table, deadline=flow.deadline, times=times)
            self.fill_effects(row, n.flow_effects[number])
            self.fill_invariants(row, n.flow_invariants[number])
        layouts.fill(self)
        self.fallbacks_inside = self.listed([one.inside for one in n.fallbacks])
        self.dual_channels = self.listed([one.channel for one in n.dual_writes])
        for number, (row, failure) in enumerate(zip(self.failures, n.failures, strict=True)):
            picks = {"share": failure.share, "stream": failure.stream, "by_trace": failure.by_trace}
            self.put(family_rows.Failure, row, **picks, number=number)
        for number, (row, saga) in enumerate(zip(self.sagas, n.sagas, strict=True)):
            self.put(at.SagaSpec, row, deadline=saga.deadline, number=number)
            if saga.operation >= 0:
                self.put(at.SagaSpec, row, operation=self.operations[saga.operation])
        streams_layout.fill(self)
        queues = list(self.delay_queue_of.values())
        if not queues:
            queues = self.rows(1, DelayQueue.SIZE)  # one that stays empty, so that there is a first
        for place, row in enumerate(queues):
            self.put(DelayQueue, row, time=codes.NEVER, place=place)
        self.order = self.listed(queues)

    def fill_effects(self, flow: int, rows: tuple[int, ...]) -> None:
        effects = self.network.effects
        places = {effects[row].effect: place for place, row in enumerate(rows)}
        required = self.listed([int(effects[row].required) for row in rows])
        place_of = self.listed([places.get(effect, -1) for effect in range(len(self.network.effect_names))])
        self.put(at.Flow, flow, effects=len(rows), effect_row=rows[0] if rows else 0)
        self.put(at.Flow, flow, effect_required=required, effect_place=place_of)

    def fill_invariants(self, flow: int, rows: tuple[int, ...]) -> None:
        found = [self.network.invariants[row] for row in rows]
        terms = self.listed([word for one in found for word in (int(one.equal), one.constant, *one.factors)])
        self.put(at.Flow, flow, invariants=len(rows), invariant_row=rows[0] if rows else 0, invariant_terms=terms)

    def fill_services(self) -> None:
        n = self.network
        for number, (row, service) in enumerate(zip(self.services, n.services, strict=True)):
            replicas = self.replicas[service.replica_first : service.replica_first + service.replicas]
            self.put(at.Service, row, workers=service.workers, queue_max=service.queue_max, balance=service.balance)
            self.put(at.Service, row, discipline=service.discipline)
            self.put(at.Service, row, balance_draws=service.balance_draws, number=number)
            self.put(at.Service, row, listed=self.begin.get(number, len(replicas)), list=self.listed(replicas))
        here: dict[int, list[tuple[int, int]]] = {}
        for address, replica, group in self.consumer_rows():
            here.setdefault(replica, []).append((address, group))
        for number, (row, service_number) in enumerate(zip(self.replicas, n.replica_service, strict=True)):
            self.put(at.Replica, row, service=self.services[service_number], up=1, opens=1, pace=PACE_ONE, number=number)
            consumers = [address for address, _ in here.get(number, ())]
            groups = sorted({group for _, group in here.get(number, ())})
            self.put(at.Replica, row, consumers=self.listed(consumers), consumer_count=len(consumers))
            self.put(at.Replica, row, groups_list=self.listed([self.groups[g] for g in groups]), group_count=len(groups))

    def consumer_rows(self) -> list[tuple[int, int, int]]:
        """(address, replica, group) of every consumer, in the order of their numbers."""
        found = []
        for number, group in enumerate(self.network.groups):
            first = self.network.services[group.service].replica_first
            for index, row in enumerate(self.consumers[number]):
                found.append((row, first + index // group.consumers, number))
        return found

    def fill_sites(self) -> None:
        tables = self.network.tables
        for row, site in zip(self.sites, self.network.sites, strict=True):
            self.put(at.Site, row, operation=self.operations[site.operation], service=self.services[site.service])
            self.put(at.Site, row, edge=site.edge, timeout=site.timeout, hop=site.hop)
            self.put(at.Site, row, request_stream=site.request_stream, reply_stream=site.reply_stream)
            self.put(at.Site, row, retry=site.retry, retry_at=site.retry_at, retry_on=site.retry_on)
            self.put(at.Site, row, retry_stream=site.retry_stream)
            self.put(at.Site, row, balance_stream=site.balance_stream, guard_count=len(site.guards))
            self.put(at.Site, row, budget=self.budgets[site.budget] if site.budget >= 0 else 0)
            self.put(at.Site, row, guards=self.listed([self.guards[number] for number in site.guards]))
            hop = int(tables[site.hop + 1]) if tables[site.hop] == 0 else 0
            self.put(at.Site, row, hop_delays=self.delay_queue_of.get(("hop", hop), 0))
            self.put(at.Site, row, early_timeout=site.early_timeout, early_before=site.early_before)
            self.put(at.Site, row, timeout_delays=self.delay_queue_of.get(("timeout", site.timeout), 0))

    # -- the memory

    def memory(self) -> Memory:
        """The memory at time 0, with the first events on the calendar."""
        n = self.network
        traces, messages = sizes.of_traces(n), sizes.of_messages(n)
        lost = self.room_for(max(at.Span.SIZE, messages["message_size"], at.Saga.SIZE, traces["trace_size"]))
        lock_table = self.room_for(LOCK_HASHES if self.sagas else 1)
        locks = admission_layout.header(self)
        m = np.zeros(self.size, dtype=np.int64)
        for address, value in (self.cells | pools.sizes()).items():
            m[address] = value
        for start, values in self.lists:
            m[start : start + len(values)] = values
        header = {
            "horizon": n.horizon,
            "budget": EVENTS_AT_A_TIME,
            "keys": self.key_table,
            "tables": self.tables,
            "program": self.program,
            "sites": self.sites[0],
            "channels": self.channels[0] if self.channels else 0,
            "queues": self.queues[0] if self.queues else 0,
            "queue_count": len(self.queues),
            "failures": self.failures[0] if self.failures else 0,
            "brokers": self.brokers[0] if self.brokers else 0,
            "broker_count": len(self.brokers),
            "views": self.projections[0] if self.projections else 0,
            "view_count": len(self.projections),
            "stores": self.stores[0] if self.stores else 0,
            "store_count": len(self.stores),
            "relays": self.relays[0] if self.relays else 0,
            "relay_count": len(self.relays),
            "dual_channels": self.dual_channels,
            "event_streams": self.event_streams[0] if self.event_streams else 0,
            "event_stream_count": len(self.event_streams),
            "caches": self.cache_list,
            "cache_count": len(self.caches),
            "appends": self.appends[0] if self.appends else 0,
            "groups": self.groups[0] if self.groups else 0,
            "group_count": len(n.groups),
            "guards": self.guards[0] if self.guards else 0,
            "guard_count": len(self.guards),
            "fallbacks_inside": self.fallbacks_inside,
            "hedges": self.hedges[0] if self.hedges else 0,
            "hedge_count": len(self.hedges),
            "budgets": self.budgets[0] if self.budgets else 0,
            "budget_count": len(self.budgets),
            **balancers_layout.header(self),
            **leaks_layout.header(self), **scaling_layout.header(self),
            "replicas": self.replicas[0],
            "replica_count": len(self.replicas),
            "operation_count": len(n.operations),
            "order": self.order, "branches": self.branches,
            "delay_queue_count": len(self.delay_queue_of),
            "window": n.window,
            "saga_specs": self.sagas[0] if self.sagas else 0,
            "lock_table": lock_table,
            **locks,
            "inside": self.inside,
            "processor_count": len(n.processors),
            "event_loop_count": len(n.event_loops),
            "whole_sites": sum(site.held for site in n.sites),
            "lost": lost,
            "chunk_words": CHUNK_WORDS,
            **traces,
            **messages,
        }
        for name, value in header.items():
            m[at.World.fields[name].offset] = value
        return m
