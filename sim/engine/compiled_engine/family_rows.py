"""Rows of families of mechanics that stand by themselves: stores, relays, streams of events, read models, guards, faults.

None of them leads to a call, a message or a replica; rows that do are in `sim.engine.compiled_engine.state`.
"""

from __future__ import annotations

from sim.policies.waiting import Room  # noqa: TC001 - rows are found by their names
from sim.projections.rebuilds import RebuildState  # noqa: TC001 - the same
from sim.projections.views import ViewKey  # noqa: TC001 - the same
from sim.rows import Ints, Refs, Row, Rows, inside
from sim.stores.history import History  # noqa: TC001 - the same
from sim.stores.relays import InstanceState, RelayState  # noqa: TC001 - the same
from sim.stores.streams import Aggregate  # noqa: TC001 - the same
from sim.stores.transactions import RowLock, StoreState  # noqa: TC001 - the same


class Store(Row):
    """A store."""

    state: StoreState = inside()
    connections: int
    commit: int
    aborts: int
    relay: Relay  # none: it has no outbox
    locks: Refs[RowLock]  # a table of those that somebody has, or has read
    places: int  # of the table, a power of two
    lock_wait_max: int  # ns, or without end
    versions: int  # whether rows with a key have versions, and no locks
    history: History = inside()  # commits that may be lost
    loses: int  # how far back, ns; 0: none can be
    failover: int  # its number among those of which some may be
    number: int
    leak: int  # its row of the record, where connections may leak
    taken: int  # connections that faults have taken in all
    lost: int  # and how many of them are lost now


class Relay(Row):
    """A relay."""

    state: RelayState = inside()
    store: Store
    instances: Rows[Instance]
    instance_count: int
    number: int
    batch: int
    every: int
    least: int
    most: int
    timing: int
    polls: int
    wakes: int
    leader: int
    delay: int
    mark: int


class Instance(Row):
    """An instance of a relay."""

    state: InstanceState = inside()
    relay: Relay
    number: int
    turn: int  # how often it has published, or went down


class EventStream(Row):
    """Streams of events in a store, one for each key."""

    aggregates: Rows[Aggregate]
    replay: int
    every: int
    snapshot_load: int
    snapshot_write: int
    initial: int  # events of each aggregate when the run begins
    undone: int  # the dual write of what is published of its events, and one more, where they can be lost
    aggregate_count: int
    number: int


class Append(Row):
    """A step that appends to a stream."""

    stream: EventStream
    events: int
    checked: int
    retried: int
    retry: int
    retry_at: int
    retry_stream: int
    commit_stream: int
    abort_stream: int


class Projection(Row):
    """A read model; its keys of flows whose traces share them are in a hash table of lists."""

    buckets: Ints
    mask: int
    count: int
    left: ViewKey  # of traces with a key of their own that are gone, of which something is missing
    number: int
    rebuilt: int  # its number among those that a fault rebuilds, or -1; then also the following
    gap: int
    retention: int
    log: RebuildState = inside()


class Own(Row):
    """What a trace has published for a read model last: its key there, and the version."""

    next: Own
    view: int
    entry: ViewKey
    version: int


class Failure(Row):
    """A fault that makes an operation fail: whether it lasts, and whom it picks."""

    lasts: int
    share: int
    stream: int
    by_trace: int
    number: int


class Crossing(Row):
    """How the calls of a site cross their link, see `sim.network.link_rows`."""

    pipe: Pipe
    between: int
    request_takes: int
    answer_takes: int
    disturbances: Refs[Disturbance]
    count: int
    requests_take: Ints
    answers_take: Ints


class Pipe(Row):
    """A link with a bandwidth: when it is free again, each way."""

    request_free: int
    answer_free: int
    number: int


class Disturbance(Row):
    """What a fault does to calls of an operation, and whether it lasts."""

    lasts: int
    does: int
    directions: int
    share: int
    delay: int
    request_stream: int
    answer_stream: int
    sides: int  # address of the sides by replica, or -1
    number: int


class Guard(Row):
    """A guard of the calls of an edge: whose rules are asked, its settings, and its states one after the other."""

    code: int
    settings: int
    states: int
    size: int  # words of a state
    count: int  # how many states there are
    per_caller: int
    first: int  # number of the first replica that calls, where each has a state
    number: int
    draws: int
    stream: int
    leaves: int  # the code of what it does when nobody needs an answer any more, or -1
    failing: int  # a bit for each outcome that it learns to be a failure
    ignored: int  # a bit for each that it learns nothing from
    hears_refusals: int  # whether it learns how an attempt ended that a guard further in kept from leaving
    ticks: int  # the code of what is done at the end of its period
    ticks_every: int
    longest_wait: int
    room: int  # of the record, or -1
    holds: int  # the code of how it holds attempts until they have a place
    has_rooms: int  # whether it holds any
    rooms: Rows[Room]  # of its states
    owner: int  # number of the one whose states it uses


class LeakyPool(Row):
    """A pool of a replica that may lose connections: a state of a guard, and where its places come back to."""

    guard: Guard
    state: int
    place: int  # of that state among the guard's
    replica: int  # its address
    size: int
    loses: int  # the code of how its places are lost
    taken: int  # connections that faults have taken in all
    lost: int  # and how many of them are lost now
    leak: int  # its row of the record
    number: int


class Budget(Row):
    """A retry budget of the calls of an edge: whose rules are asked, its settings, and its states one after the other."""

    code: int
    settings: int
    states: int
    size: int  # words of a state
    count: int  # how many states there are
    per_caller: int
    first: int  # number of the first replica that calls, where each has a state
    number: int


class ScheduledFault(Row):
    """A fault of the schedule: what it does to a thing, and with which value; its time stands in the calendar."""

    verb: int
    thing: int  # the row of a replica, or of what else the verb is about
    value: int
