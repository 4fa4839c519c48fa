"""What exists in a run of the compiled engine, row by row, in one int64 memory.

    World | services, replicas, ... (fixed rows) | tables | program | what is taken as it is needed, up to `used` | room

A row is its address; 0 is none. The kernel takes chunks of rows, a larger heap and a larger agenda from the room at the end,
and the host makes more of it between events; addresses never change. Accessors and offsets come from these declarations
(`sim.rows`). See `reports/decisions/0004-state-layout.md`, `0016-rows.md` and `0021-rows-that-run-out.md`.
"""

from __future__ import annotations

from sim import rows
from sim.engine.compiled_engine.broker_state import (  # noqa: TC001 - rows are found by their names
    Broker,
    Channel,
    Consumer,
    Group,
    Message,
    Queue,
)
from sim.engine.compiled_engine.family_rows import (  # noqa: TC001 - the same
    Append,
    Budget,
    EventStream,
    Failure,
    Guard,
    Own,
    Projection,
    Relay,
    Store,
)
from sim.engine.compiled_engine.health_rows import Checks  # noqa: TC001 - the same
from sim.engine.compiled_engine.kernel_rows import Agenda, Chunk, DelayQueue, Event, Node, Pool  # noqa: TC001 - the same
from sim.engine.compiled_engine.scaling_rows import Scaler  # noqa: TC001 - the same
from sim.engine.compiled_engine.site_rows import Site as Site  # noqa: PLC0414, TC001 - it is one of these rows
from sim.policies.waiting import Wait  # noqa: TC001 - the same
from sim.projections.views import ViewWait  # noqa: TC001 - the same
from sim.rows import Ints, Refs, Row, Rows
from sim.semantics.balancing import Balancer  # noqa: TC001 - the same
from sim.semantics.hedging import HedgeState  # noqa: TC001 - the same
from sim.semantics.processors import ProcessorState  # noqa: TC001 - the same
from sim.semantics.sagas import SagaState  # noqa: TC001 - the same
from sim.semantics.scaling import Life  # noqa: TC001 - the same
from sim.stores.dual_writes import DualWrite, OpenWrites  # noqa: TC001 - the same
from sim.stores.transactions import Transaction  # noqa: TC001 - the same

FLOW_BITS = 32  # of an address: flows are among the first rows


class World(Row, header=True):
    """What there is one of: the clock, the calendar, what is taken of the memory, and where the fixed rows begin."""

    now: int
    horizon: int
    status: int
    budget: int
    events: int
    instant_events: int
    last_rank: int
    crowded: int  # the place that a trace came to too often
    window: int
    keys: Ints  # of every stream
    tables: Ints
    program: Ints
    sites: Rows[Site]
    channels: Rows[Channel]
    queues: Rows[Queue]
    queue_count: int
    failures: Rows[Failure]
    brokers: Rows[Broker]
    broker_count: int
    groups: Rows[Group]
    group_count: int
    guards: Rows[Guard]
    guard_count: int
    budgets: Rows[Budget]
    budget_count: int
    balancers: Refs[Balancer]
    balancer_count: int
    checks: Refs[Checks]
    checks_count: int
    replicas: Rows[Replica]
    replica_count: int
    operation_count: int
    effects_at: int  # of Trace.counts, where the states of effects begin
    order: Refs[DelayQueue]  # a binary heap of all fixed-delay queues, by their first events
    delay_queue_count: int
    heap: Rows[Event]
    heap_size: int
    heap_capacity: int
    agenda: Rows[Agenda]
    agenda_head: int
    agenda_tail: int
    agenda_mask: int
    used: int  # words of the memory
    size: int  # words that there are
    scarce: int  # words from which on the host is asked for more, after the event
    overdrawn: int  # whether an event took more than there was; what it did is worth nothing
    lost: int  # where a row lies that there was no room for
    chunk_words: int  # about how many words of rows are taken at a time
    spans_free: Span
    spans_chunk: Chunk  # newest chunk of rows
    traces: int  # arrived so far
    traces_free: Trace
    traces_chunk: Chunk
    trace_size: int
    effects_max: int  # of any flow
    times_at: int  # of Trace.counts, where it stands how often each effect was applied; before: is a saga parked?
    saga_specs: Rows[SagaSpec]
    trace_words: int  # of a trace, behind the counts of its places: states of effects and of sagas; how often; what lies apart
    asking_at: int  # of a trace, and the following: where it has what few scenarios need, see `sim.rows`
    own_at: int
    user_at: int
    write_at: int  # of a message, and the following
    version_at: int
    bytes_at: int
    lock_table: Refs[Lock]  # by a hash of service and key, each the first of those that share it
    messages_free: Message
    messages_chunk: Chunk
    message_size: int  # shorter where there are no queues, and no brokers that may be down
    stores: Rows[Store]
    store_count: int
    leaky_pools: int  # the address of the first
    leaky_pool_count: int
    views: Rows[Projection]
    view_count: int
    published: int  # events for them so far
    writes: OpenWrites = rows.inside()
    dual_channels: Ints  # of each dual write
    relays: Rows[Relay]
    relay_count: int
    event_streams: Rows[EventStream]
    event_stream_count: int
    caches: Ints  # addresses of their rows, see `sim.engine.compiled_engine.cache_rows`
    cache_count: int
    appends: Rows[Append]
    sagas: Pool = rows.inside()
    locks: Pool = rows.inside()
    transactions: Pool = rows.inside()
    row_locks: Pool = rows.inside()
    watches: Pool = rows.inside()
    commits: Pool = rows.inside()
    outbox_rows: Pool = rows.inside()
    dual_writes: Pool = rows.inside()
    owns: Pool = rows.inside()
    view_keys: Pool = rows.inside()
    view_events: Pool = rows.inside()
    kept_events: Pool = rows.inside()
    view_waits: Pool = rows.inside()
    fallbacks_inside: Ints  # of each fallback: the one that it stands in, and one more
    hedged: Pool = rows.inside()
    hedging: Hedged  # the call of which one more attempt is being sent
    hedges: Rows[HedgeSpec]
    hedge_count: int
    waits: Pool = rows.inside()
    said: Pool = rows.inside()
    cache_entries: Pool = rows.inside()
    cache_loads: Pool = rows.inside()
    cache_waits: Pool = rows.inside()
    admissions: Pool = rows.inside()
    refill: Flow
    inside: Ints  # for each family of the record: where its table of what is inside at the horizon begins
    processor_count: int  # services with cores or contention
    key_lock_table: Ints  # of locks of services, by a hash: addresses, each of the first of those that share it
    key_lock_count: int
    scalers: Rows[Scaler]
    scaler_count: int
    event_loop_count: int  # services whose handlers give their workers back
    whole_sites: int  # sites where calls ask guards outside of their retry
    branches: Rows[Operation]  # what handlers do in parallel that is no plain call: their places
    branch_count: int
    first_branch: int  # the place of the first of these


class Room(Row):
    """Who waits at the replicas of a service; times in ns, 0: no limit."""

    ttl: int
    target: int
    interval: int
    wait_max: int  # a distribution, or -1
    evict: int
    preempt: int
    lines: int  # how many priorities are kept apart; 1: none are


class WaitingLine(Row):
    """Requests of one priority at a replica: those that wait, and where they may be preempted those with a worker."""

    first: Span
    last: Span
    first_at_work: Span  # in the order in which they got it
    last_at_work: Span


class Service(Row):
    """A service."""

    workers: int
    queue_max: int
    balance: int
    balance_draws: int
    discipline: int
    turn: int
    guards: Refs[Guard]  # of its calls, those that have a state for each replica
    guard_count: int
    budgets: Refs[Budget]  # the same of retry budgets
    budget_count: int
    listed: int  # how many replicas are listed
    list: Refs[Replica]
    number: int
    terms: int  # whether who has a worker, and when, depends on more than who came first
    room: Room  # none: a bound and a plain order
    balancer: Balancer  # none: no caller looks at its replicas
    checks: Checks  # none: its health is not checked
    shedding: Shedding  # none: it sheds nothing
    scaler: Scaler  # none: its replicas do not come and go
    leak: int  # its row of the record, where workers may leak
    hang: int  # the same where handlers may hang, or -1


class Replica(Row):
    """One replica of a service."""

    service: Service
    busy: int
    queue_head: Span
    queue_tail: Span
    queue_length: int
    resident_head: Span
    resident_tail: Span
    up: int
    pace: int
    consumers: Refs[Consumer]
    consumer_count: int
    groups_list: Refs[Group]  # of its consumers, each once
    group_count: int
    number: int
    silent: int
    zone: int  # from 1 on; 0: none
    lines: Rows[WaitingLine]  # where there is a room; else the queue above
    empty_at: int  # when nobody waited last
    saga_head: Saga  # those under way that began here
    saga_tail: Saga
    processor: Processor  # none: how long work takes depends on nothing else that is done
    loop: EventLoop  # none: workers are held to the end
    life: Life  # its place, where replicas come and go
    opens: int  # whether it is up, and not halted
    halted_until: int  # 0: it is not
    leaked: int  # workers that are taken by nobody
    leak: int  # that faults have taken
    kept: int  # whether its last crash lost no work
    limiter: Limiter  # none: any number of requests may be in flight
    branch_first: Span  # of its handlers, as they began, linked as residents are
    branch_last: Span


class Processor(Row):
    """What does the work of a replica, see `sim.semantics.processors`."""

    state: ProcessorState = rows.inside()
    number: int
    cores: int  # 0: work needs none
    declared: int  # cores
    gated: int  # whether work that finds none waits for one
    together: int  # whether how fast work goes depends on what else is at work
    waiting_head: Span
    waiting_tail: Span
    waiting: int
    jobs: Rows[Job]  # a binary heap of what is at work
    job_count: int
    job_capacity: int
    first: Span  # that is done first, if nothing changes
    first_ident: int


class Job(Row):
    """Work that goes on, by its tag."""

    tag: int
    part: int
    ident: int
    span: Span


class EventLoop(Row):
    """The handlers of a replica that have given their workers back."""

    number: int
    resumed: int  # who is next for a free worker
    without: int
    head: Span  # those of them that want one again, linked as those in a queue
    tail: Span
    resuming: int


class Shedding(Row):
    """What a service sheds: whose rule is asked, and of what it takes its share."""

    code: int
    settings: int
    of_limit: int
    most: int
    last: int


class Limiter(Row):
    """The limit of a replica."""

    code: int
    settings: int
    state: int  # of its kind
    size: int  # words of that
    limit: int
    in_flight: int
    number: int
    draws: int
    window_settings: int  # 0: it learns from each request
    window: int  # the row of that which is open


class Admission(Row):
    """A request in flight where there is a limit."""

    next: Admission  # of those that are free
    since: int
    in_flight: int  # how many there were when it came, itself included


class Operation(Row):
    """An operation of a service."""

    service: Service
    entry: int
    number: int
    wait_stream: int
    limit_stream: int


class HedgeSpec(Row):
    """When further attempts of a call leave; what each replica that calls knows."""

    site: Site
    states: Rows[HedgeState]
    first: int  # number of the first replica that calls
    service: int
    after: int
    mille: int
    calls_max: int
    budget: int
    failed_next: int
    elsewhere: int
    number: int


class Hedged(Row):
    """A hedged call under way, until all its attempts have ended, or are left."""

    next: Hedged  # of those that are free
    ident: int  # of its first attempt
    spec: HedgeSpec
    state: HedgeState
    parent: Span
    number: int
    branch: int
    sent_at: int
    deadline: int  # of the call; 0: none
    waited: int  # before its first attempt
    live: int  # attempts that have not ended
    turns: int  # the first attempt, and how often it was the turn of another one
    due: int  # when it is the next one's, or -1
    call: Span  # as a whole, see `Span.call`


class Flow(Row):
    """A flow of the workload."""

    site: Site
    stream: int
    keys: int
    key_stream: int
    key_table: int  # distribution of the keys, or -1
    deadline: int
    rank: int  # the place of its priority, 0 first
    times: Ints  # a chunk of arrival times
    next: int  # of them, from the first one of the memory on
    end: int
    index: int
    number: int
    over: int
    effects: int  # how many effects it may have
    effect_row: int  # the first one's row in the record; those of the others follow
    effect_required: Ints  # whether it must have each
    effect_place: Ints  # the place of each effect of the scenario among them, or -1
    invariants: int  # how many there are of its effects
    invariant_row: int  # the first one's row in the record; those of the others follow
    invariant_terms: Ints  # the terms of each, see `sim.record.invariants`
    follow_up: FollowUp  # the first one; none: the users ask once
    waits_in: FollowUp  # the one that they ask until they know, or none
    users: int  # how many there are, of a closed flow; 0: the arrivals have times
    user: Rows[User]
    think: int  # distribution of the time before each request of theirs
    think_stream: int
    ramp_up: int


class User(Row):
    """A user of a closed flow."""

    flow: Flow
    number: int
    count: int  # how often it has asked


class FollowUp(Row):
    """What the users of a flow ask for later."""

    site: Site
    think: int
    think_stream: int
    times: int  # 0: until they know
    until: int  # the effect they wait for, or -1
    view: int  # the read model, or -1
    number: int
    next: FollowUp  # of a session: the step behind it, or none
    share: int  # the threshold below which a user goes on to it
    share_stream: int  # -1: all do
    abandons: int  # whether a failure ends the session
    session: int  # the number of that, or -1


class Span(Row):
    """An attempt of a call with the execution of the handler that it causes, or an execution for a delivery."""

    ident: int
    trace: Trace
    operation: Operation
    site: Site
    parent: Span
    caller: int
    number: int
    outcome: int
    state: int
    replica: Replica
    arrived_at: int
    started_at: int
    pc: int
    child: Span
    child_last: Span
    sibling: Span
    sibling_previous: Span
    queue_next: Span
    queue_previous: Span
    resident_next: Span
    resident_previous: Span
    timer: Node = rows.inside()
    travel: Node = rows.inside()
    work_ends: int  # when the work under way ends, if its pace stays; not after now: none is under way
    work: int  # ns of it, at the declared pace, that were left at the last change of pace, or when it began
    work_part: int  # and their fraction
    branch: int  # of a parallel: the address of its instruction; 0: a call by itself
    consumer: Consumer
    occurrence: int
    key: int
    sent_at: int
    saga: Saga  # the one that it leads, or waits for
    confirmed_at: int  # when the confirmation that counts comes, of what it has published
    transaction: Transaction  # none: it is in none
    writes: DualWrite  # of a handler that commits and publishes: what it has done of both
    waited: int  # before this attempt, by its retry policy
    reload_waited: int  # before the last load, after a conflict
    wait: ViewWait  # of a read; none: it waits for none
    hedge: Hedged  # none: its call is not hedged
    due: int  # its deadline; 0: none
    waits_at_most: int  # of one that joined the queue of a room
    at_work_next: Span  # of one that may be preempted
    at_work_previous: Span
    held_back: Wait  # at a guard, the last time; none: it never was
    place_since: int
    admission: Admission  # none: it is in flight at no replica with a limit
    locker: Transaction  # none: it has no lock of its service, and waits for none
    call: Span  # that it is an attempt of, where guards outside of the retry have let that go
    place: int = rows.packed(8)  # whether it waits for a core, or has one, or is without its worker, since then
    waits: int = rows.packed(1)  # whether it waits for the end of its saga
    failed_with: int = rows.packed(16)  # why the last step failed whose failure leads somewhere
    admitted: int = rows.packed(4)  # whether guards let it go, and a budget heard of it, and have not heard how it ended
    pending: int = rows.packed(32)  # of parallel calls, those that are not settled
    fallback: int = rows.packed(32)  # the one that it is in, and one more; 0: in none
    conflicts: int = rows.packed(32)  # of the append that is being tried
    failures: int = rows.packed(32)  # of parallel calls, or 1 when a broker refused what was published
    seen: int = rows.packed(32)  # the version of the aggregate that was loaded last, and one more; 0: it is to be loaded


class Trace(Row):
    """Everything that one arrival causes. There is one as long as anything of it is under way, a message in a log included."""

    key: int  # of one that is free: the address of the next one
    started_at: int
    flow: Flow = rows.packed(FLOW_BITS)
    number: int = rows.packed(32)  # round and round, as in identities
    open: int = rows.packed(32)
    references: int = rows.packed(32)
    visited: int = rows.packed(16)  # the place where it was last for the first time, and one more; 0: nowhere yet
    failed: int = rows.packed(1)
    closed: int = rows.packed(1)
    answered: int = rows.packed(2)  # what the client knows: 0 nothing, TOLD_OK or TOLD_FAILED
    following: int = rows.packed(1)  # whether the user follows up
    counts: Ints = rows.tail()  # of every two places, and those visited before them; then `World.trace_words` more
    asked: int = rows.apart("asking_at")  # how many follow-ups, and when the last one that waits for its answer; or -1
    asked_at: int = rows.apart("asking_at")
    step: FollowUp = rows.apart("asking_at")  # what it follows up with
    known: int = rows.apart("asking_at")  # whether what it waits for is so, and since when
    known_at: int = rows.apart("asking_at")
    user: User = rows.apart("user_at")  # of a closed flow: who waits for it
    own: Own = rows.apart("own_at")  # none: it has published nothing for a read model


class SagaSpec(Row):
    """A declared saga."""

    operation: Operation
    deadline: int
    number: int


class Saga(Row):
    """A saga of a trace under way; without ``span`` nobody leads it, as its replica is down."""

    state: SagaState = rows.inside()
    spec: SagaSpec
    trace: Trace
    replica: Replica
    span: Span
    ident: int  # of its first orchestrator
    waiting_head: Span  # those who wait for it, linked as those in a queue
    waiting_tail: Span
    next: Saga  # of the same replica, or of those that are free
    previous: Saga
    locks: Lock  # by two phases: the last one that it got, which leads to the others
    wanted: Lock  # that it waits for
    wanted_since: int
    wanted_next: Saga  # who waits for the same
    wanted_previous: Saga


class Lock(Row):
    """The lock of a service for one key, while a saga has it."""

    service: int
    key: int
    holder: Saga
    since: int
    first: Saga  # of those who wait
    last: Saga
    before: Lock  # that the same saga has
    next: Lock  # of the same hash, or of those that are free
