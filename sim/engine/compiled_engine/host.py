"""The kernel's host: lays a network out in memory, grows it when rows run out, feeds arrival times, takes the result.

    Network --image--> m --loop.run(m, r)--> status:  GROW  -> more rows, go on      REFILL -> more arrival times, go on
                                                      PAUSE -> watch, limits         LONG_JOURNAL -> take it, go on
                                                      DONE  -> the books are closed

The image is made once for a network; a replication takes a copy of it and puts its own keys and arrival times in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.draws import stream_key
from sim.engine import order
from sim.engine.compiled_engine import layout as at
from sim.engine.compiled_engine.library import UNLOWERED, kernel
from sim.engine.order import ALTER, WINDOW, rank_of
from sim.engine.rules import PACE_ONE, assigned_to
from sim.errors import RunawayError
from sim.machine import refuse_more
from sim.network import INSTRUCTION, PARALLEL, PUBLISH, Group, Network
from sim.record import fields, recorder

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.arrivals import ArrivalTimes
    from sim.record.recording import Recording

Memory = NDArray[np.int64]

LANES_MAX = 16  # constant delays that get a lane of their own; further ones share the heap
FRAMES_AT_FIRST = 1024
WORDS_AT_FIRST = 256 * FRAMES_AT_FIRST  # room for the first rows of every pool
CHUNK = 8192  # arrival times of a flow that are handed over at a time; fewer where there are many flows
CHUNK_MIN = 1024
CHUNKS_MAX = 1 << 17  # of all flows together
EVENTS_AT_A_TIME = 2_000_000
LARGE = 1 << 24  # words (128 MiB): whether there is memory for more is asked
IMAGE = "compiled_image"


class CompiledEngine:
    """One replication of a network, from time 0 to its horizon."""

    def __init__(self, network: Network, recording: Recording, seed: int, replication: int) -> None:
        self.network = network
        self.recording = recording
        self.r = recording.memory
        self.inside = recording.inside
        image = image_of(network)
        self.m = image.copied([stream_key(seed, replication, name) for name in network.streams])
        self.flow_rows = image.flows
        self.arrivals: list[ArrivalTimes] = [
            network.arrival_chunks(flow, seed, replication) for flow in range(len(network.flows))
        ]
        for flow in range(len(network.flows)):
            self.refill(flow)
        for group in network.groups:
            recorder.note(self.r, 0, fields.FACT_ASSIGNED, network.groups.index(group), image.members(group))

    def run(self, events_max: int | None = None, watch: Callable[[int], None] | None = None) -> int:
        """Run to the horizon and close the books; returns the number of events fired.

        ``watch`` is called now and then with the events so far; what it raises ends the run. Raises `RunawayError` after more
        than ``events_max`` events.
        """
        run = kernel()
        while True:
            if events_max is not None:
                self.m[at.H_BUDGET] = min(EVENTS_AT_A_TIME, events_max + 1 - int(self.m[at.H_EVENTS]))
            run(plain(self.m), plain(self.r))
            status = int(self.m[at.H_STATUS])
            if status == at.DONE:
                break
            if status == at.GROW:
                self.m = grown(self.m)
            elif status == at.REFILL:
                self.refill(self.flow_rows.index(int(self.m[at.H_REFILL])))
            elif status == at.LONG_JOURNAL:
                self.recording.take_journal(self.r)
            elif status != at.PAUSE:
                self.stop(status)
            else:
                self.pause(events_max, watch)
        self.take_inside()
        return int(self.m[at.H_EVENTS])

    def refill(self, flow: int) -> None:
        """Hand the next arrival times of a flow to the kernel."""
        row = self.flow_rows[flow]
        times = self.arrivals[flow].next_chunk(chunk_of(self.network))
        start = int(self.m[row + at.W_TIMES])
        self.m[start : start + len(times)] = times
        self.m[row + at.W_NEXT] = start
        self.m[row + at.W_END] = start + len(times)
        self.m[row + at.W_OVER] = int(len(times) == 0)

    def pause(self, events_max: int | None, watch: Callable[[int], None] | None) -> None:
        """Between events: stop a run that has had too many, and let it be watched."""
        events = int(self.m[at.H_EVENTS])
        if events_max is not None and events > events_max:
            raise RunawayError(int(self.m[at.H_NOW]), order.too_many(events_max))
        if watch is not None:
            watch(events)

    def stop(self, status: int) -> None:
        """Raise what a stopped run means."""
        m = self.m
        last = order.describe(int(m[at.H_LAST_RANK]))
        if status == at.CROWDED:
            what = order.CROWDED
        else:
            what = f"more than {order.INSTANT_MAX} events in one instant, the last one: {last}"
        raise RunawayError(int(m[at.H_NOW]), what)

    def take_inside(self) -> None:
        """Take over what the kernel found inside at the horizon."""
        start = int(self.m[at.H_INSIDE])
        for table in (self.inside.services, self.inside.groups, self.inside.edges, self.inside.flows, self.inside.effects):
            table[:] = self.m[start : start + table.size].reshape(table.shape)
            start += table.size


def chunk_of(network: Network) -> int:
    """How many arrival times of a flow are handed over at a time."""
    return max(CHUNK_MIN, min(CHUNK, CHUNKS_MAX // max(1, len(network.flows))))


def plain(memory: Memory) -> int | memoryview:
    """The memory as the kernel takes it: its address, or its words when the kernel runs as plain Python."""
    return memoryview(memory.data).cast("B").cast("q") if UNLOWERED else int(memory.__array_interface__["data"][0])


def grown(m: Memory) -> Memory:
    """The memory with more of every row that runs out; addresses stay, the heap and the agenda move to the end."""
    reserve = int(m[at.H_RESERVE])
    if m[at.H_FRAMES_LEFT] < reserve:
        m = _more_rows(m, at.H_FRAMES_FREE, at.F_SIZE, at.F_TRACE, int(m[at.H_FRAMES_LIVE]) + reserve)
    if m[at.H_TRACES_LEFT] < at.ROWS_SPARE:
        m = _more_rows(m, at.H_TRACES_FREE, int(m[at.H_TRACE_SIZE]), 0, 2 * FRAMES_AT_FIRST)
    if m[at.H_MESSAGES_LEFT] < reserve:
        m = _more_rows(m, at.H_MESSAGES_FREE, at.M_SIZE, 0, 2 * FRAMES_AT_FIRST + reserve)
    frames = int(m[at.H_FRAMES_LIVE] + m[at.H_FRAMES_LEFT])  # room for all that there are, not to come back for each
    if m[at.H_HEAP_SIZE] + frames + reserve > m[at.H_HEAP_CAPACITY]:
        capacity = 2 * (int(m[at.H_HEAP_SIZE]) + frames + reserve)
        size = int(m[at.H_HEAP_SIZE])
        start, m = len(m), longer(m, 3 * capacity)
        m[start : start + 3 * size] = m[m[at.H_HEAP] : m[at.H_HEAP] + 3 * size]
        m[at.H_HEAP], m[at.H_HEAP_CAPACITY] = start, capacity
    pending = int(m[at.H_AGENDA_TAIL] - m[at.H_AGENDA_HEAD])
    if pending + frames + reserve > m[at.H_AGENDA_MASK]:
        m = _wider_agenda(m, 1 << (pending + frames + reserve).bit_length())
    return m


def longer(m: Memory, count: int) -> Memory:
    """The memory with ``count`` zeros more. It is the front of a block that is mostly larger, so that this seldom copies."""
    block, size = m.base, len(m) + count
    if not isinstance(block, np.ndarray) or size > len(block):  # a first copy stands on nothing, one sent from afar on bytes
        if size > LARGE:
            refuse_more(16 * size, "a replication")
        block = np.zeros(2 * size, dtype=np.int64)
        block[: len(m)] = m
    found: Memory = block[:size]
    return found


def image_of(network: Network) -> Image:
    """The image of a network, made at its first run and kept with it."""
    kept = vars(network)
    if IMAGE not in kept:
        kept[IMAGE] = Image(network)
    image: Image = kept[IMAGE]
    return image


POOLS = {
    at.H_FRAMES_FREE: (at.H_FRAMES_LEFT, at.H_FRAMES_CHUNK),
    at.H_TRACES_FREE: (at.H_TRACES_LEFT, at.H_TRACES_CHUNK),
    at.H_MESSAGES_FREE: (at.H_MESSAGES_LEFT, at.H_MESSAGES_CHUNK),
}
"""For each pool, by the word that holds its free list: where its number of free rows is, and its newest chunk."""


def _more_rows(m: Memory, free: int, size: int, link: int, count: int) -> Memory:
    """Append a chunk of ``count`` rows to the memory and to their free list; ``link`` is the offset of the list's link."""
    left, newest = POOLS[free]
    count = max(count, FRAMES_AT_FIRST)
    chunk, m = len(m), longer(m, at.CHUNK_HEAD + count * size)
    first = chunk + at.CHUNK_HEAD
    m[chunk], m[chunk + 1] = m[newest], count
    m[newest] = chunk
    rows = m[first:].reshape(count, size)
    rows[:-1, link] = first + size * np.arange(1, count, dtype=np.int64)
    rows[-1, link] = m[free]
    if free == at.H_FRAMES_FREE:
        rows[:, at.F_IDENT] = at.FREE
    m[free] = first
    m[left] += count
    return m


def _wider_agenda(m: Memory, capacity: int) -> Memory:
    head, tail, mask, base = (int(m[h]) for h in (at.H_AGENDA_HEAD, at.H_AGENDA_TAIL, at.H_AGENDA_MASK, at.H_AGENDA))
    starts = [base + (index & mask) * at.AGENDA_ITEM for index in range(head, tail)]
    items = [m[start : start + at.AGENDA_ITEM].copy() for start in starts]
    start, m = len(m), longer(m, capacity * at.AGENDA_ITEM)
    for index, item in enumerate(items):
        m[start + index * at.AGENDA_ITEM : start + (index + 1) * at.AGENDA_ITEM] = item
    m[at.H_AGENDA], m[at.H_AGENDA_MASK] = start, capacity - 1
    m[at.H_AGENDA_HEAD], m[at.H_AGENDA_TAIL] = 0, len(items)
    return m


class Image:
    """A network in the kernel's memory at time 0. Rows are laid out first, so that they can refer to each other."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.size = at.HEADER
        n = network
        self.services = self.rows(len(n.services), at.S_SIZE)
        self.replicas = self.rows(len(n.replica_service), at.R_SIZE)
        self.operations = self.rows(len(n.operations), at.O_SIZE)
        self.sites = self.rows(len(n.sites), at.C_SIZE)
        self.flows = self.rows(len(n.flows), at.W_SIZE)
        self.topics = self.rows(len(n.topics), at.T_SIZE)
        self.logs = [self.rows(topic.partitions, at.L_SIZE) for topic in n.topics]
        self.groups = self.rows(len(n.groups), at.G_SIZE)
        self.views = [self.rows(n.topics[group.topic].partitions, at.P_SIZE) for group in n.groups]
        self.consumers = [self.rows(self.members(group), at.K_SIZE) for group in n.groups]
        self.alterations = self.rows(len(n.alterations), at.A_SIZE)
        self.lane_of = self.lanes()
        self.inside = self.room(2 * len(n.services) + 4 * len(n.groups) + len(n.edges) + 2 * len(n.flows) + 2 * len(n.effects))
        self.lists: list[tuple[int, list[int] | Memory]] = []
        self.cells: dict[int, int] = {}
        self.fill()
        self.whole = self.memory()

    def copied(self, keys: list[int]) -> Memory:
        """The memory for one replication, whose streams have these keys."""
        m = self.whole.copy()
        m[self.key_table : self.key_table + len(keys)] = keys
        return m

    def rows(self, count: int, size: int) -> list[int]:
        """Addresses of ``count`` new rows."""
        start, self.size = self.size, self.size + count * size
        return [start + index * size for index in range(count)]

    def members(self, group: Group) -> int:
        """How many consumers a group has."""
        return self.network.services[group.service].replicas * group.consumers

    def lanes(self) -> dict[tuple[str, int], int]:
        """A lane for each of the constant delays that occur most: timeouts, and hops."""
        counts: dict[tuple[str, int], int] = {}
        tables = self.network.tables
        for site in self.network.sites:
            if site.timeout > 0:
                counts["timeout", site.timeout] = counts.get(("timeout", site.timeout), 0) + 1
            if tables[site.hop] == 0 and tables[site.hop + 1] > 0:
                key = ("hop", int(tables[site.hop + 1]))
                counts[key] = counts.get(key, 0) + 1
        chosen = sorted(counts, key=lambda key: (-counts[key], key))[:LANES_MAX]
        return dict(zip(chosen, self.rows(len(chosen), at.Q_SIZE), strict=True))

    def put(self, row: int, **cells: int) -> None:
        """Set fields of a row, by the names of the layout."""
        for name, value in cells.items():
            self.cells[row + getattr(at, name)] = int(value)

    def listed(self, values: list[int] | Memory) -> int:
        """Address of a list of values."""
        start = self.room(len(values))
        self.lists.append((start, values))
        return start

    def room(self, count: int) -> int:
        """Address of room for so many values, at least one; zeros for now."""
        start, self.size = self.size, self.size + max(1, count)
        return start

    # -- the fixed rows

    def fill(self) -> None:
        """Set every field of every fixed row."""
        n = self.network
        self.program = self.listed(list(n.program))
        self.key_table = self.room(len(n.streams))
        self.tables = self.listed(n.tables)
        for row, operation in zip(self.operations, n.operations, strict=True):
            self.put(row, O_SERVICE=self.services[operation.service], O_ENTRY=operation.entry)
        for number, row in enumerate(self.operations):
            self.put(row, O_NUMBER=number)
        self.fill_services()
        self.fill_sites()
        for number, (row, flow) in enumerate(zip(self.flows, n.flows, strict=True)):
            times = self.room(chunk_of(n))
            self.put(row, W_SITE=self.sites[flow.site], W_STREAM=flow.stream, W_KEYS=flow.keys, W_NUMBER=number)
            self.put(row, W_KEY_STREAM=flow.key_stream, W_DEADLINE=flow.deadline, W_TIMES=times)
            self.fill_effects(row, n.flow_effects[number])
        for number, (row, topic) in enumerate(zip(self.topics, n.topics, strict=True)):
            groups = self.listed(list(topic.groups))
            self.put(row, T_PARTITIONS=topic.partitions, T_BY_KEY=topic.by_key, T_LATENCY=topic.latency, T_NUMBER=number)
            self.put(row, T_PUBLISH_STREAM=topic.publish_stream, T_ACK_STREAM=topic.ack_stream)
            self.put(row, T_GROUP_COUNT=len(topic.groups), T_GROUP_LIST=groups, T_LOGS=self.logs[number][0])
        self.fill_groups()
        for row, alteration in zip(self.alterations, n.alterations, strict=True):
            self.put(row, A_VERB=alteration.verb, A_REPLICA=self.replicas[alteration.replica], A_VALUE=alteration.value)
        for row in self.lane_of.values():
            self.put(row, Q_TIME=at.NEVER)

    def fill_effects(self, flow: int, rows: tuple[int, ...]) -> None:
        effects = self.network.effects
        places = {effects[row].effect: place for place, row in enumerate(rows)}
        required = self.listed([int(effects[row].required) for row in rows])
        place_of = self.listed([places.get(effect, 0) for effect in range(len(self.network.effect_names))])
        self.put(flow, W_EFFECTS=len(rows), W_EFFECT_ROW=rows[0] if rows else 0)
        self.put(flow, W_EFFECT_REQUIRED=required, W_EFFECT_PLACE=place_of)

    def fill_services(self) -> None:
        n = self.network
        for number, (row, service) in enumerate(zip(self.services, n.services, strict=True)):
            replicas = self.replicas[service.replica_first : service.replica_first + service.replicas]
            self.put(row, S_WORKERS=service.workers, S_QUEUE_MAX=service.queue_max, S_BALANCE=service.balance)
            self.put(row, S_BALANCE_DRAWS=service.balance_draws, S_NUMBER=number)
            self.put(row, S_LISTED=len(replicas), S_LIST=self.listed(replicas))
        here: dict[int, list[tuple[int, int]]] = {}
        for address, replica, group in self.consumer_rows():
            here.setdefault(replica, []).append((address, group))
        for number, (row, service_number) in enumerate(zip(self.replicas, n.replica_service, strict=True)):
            self.put(row, R_SERVICE=self.services[service_number], R_UP=1, R_PACE=PACE_ONE, R_NUMBER=number)
            consumers = [address for address, _ in here.get(number, ())]
            groups = sorted({group for _, group in here.get(number, ())})
            self.put(row, R_CONSUMERS=self.listed(consumers), R_CONSUMER_COUNT=len(consumers))
            self.put(row, R_GROUPS_LIST=self.listed([self.groups[g] for g in groups]), R_GROUP_COUNT=len(groups))

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
            self.put(row, C_OPERATION=self.operations[site.operation], C_SERVICE=self.services[site.service])
            self.put(row, C_EDGE=site.edge, C_TIMEOUT=site.timeout, C_HOP=site.hop, C_OPTIONAL=site.optional)
            self.put(row, C_REQUEST_STREAM=site.request_stream, C_REPLY_STREAM=site.reply_stream)
            self.put(row, C_RETRY=site.retry, C_RETRY_AT=site.retry_at, C_RETRY_STREAM=site.retry_stream)
            self.put(row, C_BALANCE_STREAM=site.balance_stream)
            hop = int(tables[site.hop + 1]) if tables[site.hop] == 0 else 0
            self.put(row, C_HOP_LANE=self.lane_of.get(("hop", hop), 0))
            self.put(row, C_TIMEOUT_LANE=self.lane_of.get(("timeout", site.timeout), 0))

    def fill_groups(self) -> None:
        n = self.network
        for number, (row, group) in enumerate(zip(self.groups, n.groups, strict=True)):
            self.put(row, G_TOPIC=self.topics[group.topic], G_OPERATION=self.operations[group.operation], G_NUMBER=number)
            self.put(row, G_BEFORE=group.before, G_EVERY=group.every, G_SESSION=group.session, G_PAUSE=group.pause)
            self.put(row, G_RETRY=group.retry, G_RETRY_AT=group.retry_at, G_RETRY_STREAM=group.retry_stream)
            self.put(row, G_CONSUMERS=self.consumers[number][0], G_CONSUMER_COUNT=len(self.consumers[number]))
            self.put(row, G_PARTITIONS=self.views[number][0])
            partitions = len(self.views[number])
            for partition, view in enumerate(self.views[number]):
                owner = assigned_to(partition, partitions, len(self.consumers[number]))
                self.put(view, P_OWNER=self.consumers[number][owner])
            self.put(row, G_BEGAN=-1)
        for number, (row, replica, group_number) in enumerate(self.consumer_rows()):
            self.put(row, K_GROUP=self.groups[group_number], K_REPLICA=self.replicas[replica], K_ALIVE=1, K_NUMBER=number)

    # -- the memory

    def memory(self) -> Memory:
        """The memory at time 0, with the first events on the calendar."""
        n = self.network
        m = np.zeros(self.size + WORDS_AT_FIRST, dtype=np.int64)[: self.size]
        for address, value in self.cells.items():
            m[address] = value
        for start, values in self.lists:
            m[start : start + len(values)] = values
        lanes = sorted(self.lane_of.values())
        header = {
            at.H_HORIZON: n.horizon,
            at.H_BUDGET: EVENTS_AT_A_TIME,
            at.H_KEYS: self.key_table,
            at.H_TABLES: self.tables,
            at.H_PROGRAM: self.program,
            at.H_OPERATIONS: self.operations[0],
            at.H_SITES: self.sites[0],
            at.H_SERVICES: self.services[0],
            at.H_FLOWS: self.flows[0],
            at.H_TOPICS: self.topics[0] if self.topics else 0,
            at.H_GROUPS: self.groups[0] if self.groups else 0,
            at.H_CONSUMERS: self.consumers[0][0] if self.consumers else 0,
            at.H_CONSUMERS_END: self.consumers[-1][-1] + at.K_SIZE if self.consumers else 0,
            at.H_LANES: lanes[0] if lanes else 0,
            at.H_LANES_END: lanes[-1] + at.Q_SIZE if lanes else 0,
            at.H_WINDOW: n.window,
            at.H_OPERATION_COUNT: len(n.operations),
            at.H_PLACES: len(n.operations) + len(n.topics),
            at.H_TRACE_SIZE: at.X_COUNTS + len(n.operations) + len(n.topics) + max(map(len, n.flow_effects), default=0),
            at.H_RESERVE: self.reserve(),
            at.H_INSIDE: self.inside,
            at.H_SERVICE_COUNT: len(n.services),
            at.H_GROUP_COUNT: len(n.groups),
            at.H_FLOW_COUNT: len(n.flows),
            at.H_EDGE_COUNT: len(n.edges),
            at.H_REPLICAS: self.replicas[0],
            at.H_REPLICA_COUNT: len(self.replicas),
        }
        for address, value in header.items():
            m[address] = value
        return self.first_events(grown(m))

    def reserve(self) -> int:
        """How many rows of a pool one event may take at most."""
        consumers = sum(len(rows) for rows in self.consumers)
        program = self.network.program
        codes, counts = program[::INSTRUCTION], program[2::INSTRUCTION]
        widest = max((count for code, count in zip(codes, counts, strict=True) if code == PARALLEL), default=0)
        attempts = max((int(self.network.tables[group.retry_at]) for group in self.network.groups), default=1)
        published = codes.count(PUBLISH) * attempts  # by one handler, waiting for no ack, again and again without delay
        rows = 16 + consumers + len(self.groups) + len(self.flows) + len(self.alterations)
        return rows + int(widest) + 2 * published

    def first_events(self, m: Memory) -> Memory:
        """Alterations, the first window's end and the flows, in this order, as the readable engine does."""
        heap: list[tuple[int, int, int]] = []
        agenda: list[tuple[int, int, int]] = []
        for index, (row, alteration) in enumerate(zip(self.alterations, self.network.alterations, strict=True)):
            if alteration.at > 0:
                heap.append((alteration.at, rank_of(ALTER, index), row))
            else:
                agenda.append((at.DO_EVENT, rank_of(ALTER, index), row))
        if self.network.window < self.network.horizon:
            heap.append((self.network.window, rank_of(WINDOW, 0), 0))
        agenda.extend((at.DO_LOAD, row, 0) for row in self.flows)
        heap.sort()
        for index, (time, rank, row) in enumerate(heap):
            start = int(m[at.H_HEAP]) + 3 * index
            m[start : start + 3] = (time, rank, row)
        for index, item in enumerate(agenda):
            start = int(m[at.H_AGENDA]) + at.AGENDA_ITEM * index
            m[start : start + 3] = item
        m[at.H_HEAP_SIZE], m[at.H_AGENDA_TAIL] = len(heap), len(agenda)
        return m
