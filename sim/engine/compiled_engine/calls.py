"""Workload and calls: arrive, client, send, settle, reply, reach, begin, finish. The readable engine's verbs, in its order."""

from sim.draws import CONSTANT, below, bits, draw, trace_key
from sim.engine.compiled_engine import effects, state
from sim.engine.compiled_engine.guards import admitted, tell_guards
from sim.engine.compiled_engine.memory import (
    after,
    heap_push,
    lane_push,
    lane_remove,
    release_frame,
    release_trace,
    take_frame,
    take_trace,
    then,
)
from sim.engine.compiled_engine.state import Flow, Frame, Operation, Replica, Site, Trace, World
from sim.lowering.language import Choice, Hook
from sim.record import outcomes, recorder
from sim.rows import NOWHERE
from sim.scenario import kinds
from sim.semantics import order
from sim.semantics.hooks import BALANCES, DISCIPLINES, RETRIES
from sim.semantics.order import identity, rank_of
from sim.semantics.rules import OWN_KEY_SHIFT
from sim.shared import Words

retry_rule = Hook(tuple(kind.retry for kind in RETRIES))
balance_rule = Choice(tuple(kind.choose for kind in BALANCES))
accept_rule = Choice(tuple(kind.accept for kind in DISCIPLINES))
next_rule = Choice(tuple(kind.next for kind in DISCIPLINES))


# -- chance


def uniform(m: World, stream: int, key: int, occurrence: int) -> int:
    """A uniform number in [0, 2**63): that of this stream for this occurrence of this trace."""
    return bits(m.keys[stream], key, occurrence)


def sample(m: World, distribution: int, stream: int, key: int, occurrence: int) -> int:
    """A duration in ns: the value of this stream for this occurrence of this trace, whenever it is asked for."""
    if m.tables[distribution] == CONSTANT:
        return m.tables[distribution + 1]
    return draw(m, m.tables.at + distribution, uniform(m, stream, key, occurrence))


def visit(m: World, x: Trace, place: int) -> int:
    """Which time the trace comes to this operation, topic or queue: 0, 1, 2, ..."""
    occurrence = x.counts[place] & state.VISITS
    if occurrence >= order.OCCURRENCES_MAX:
        m.status = state.CROWDED
        return order.OCCURRENCES_MAX - 1
    if occurrence == 0:
        x.counts[place] = x.visited << state.VISIT_BITS
        x.visited = place + 1
    x.counts[place] += 1
    return occurrence


# -- workload


def load(m: World, flow: Flow) -> None:
    """Put the next arrival of a flow on the calendar; asks the host for more times when they are used up."""
    following = flow.next
    if following == flow.end:
        if flow.over == 0:
            m.status = state.REFILL
            m.refill = flow
        return
    flow.next = following + 1
    time = m[following]
    delay = time - m.now
    if delay == 0:
        then(m, state.DO_ARRIVE, flow.at, 0)
    else:
        heap_push(m, time, rank_of(order.ARRIVAL, flow.number), flow.at)


def arrive(m: World, r: Words, flow: Flow) -> None:
    """One request of a flow arrives: a trace begins, and a client calls for it."""
    now = m.now
    x = take_trace(m)
    key = trace_key(m.keys[flow.stream], flow.index)
    flow.index += 1
    x.number = m.traces
    x.key = key
    x.flow = flow
    x.started_at = now
    x.open = 1
    x.references = 1
    if flow.keys > 0:
        x.partition_key = below(uniform(m, flow.key_stream, key, 0), flow.keys)
    else:
        x.partition_key = uniform(m, flow.key_stream, key, 0) >> OWN_KEY_SHIFT
    m.traces += 1
    recorder.offered(r, now, flow.number, identity(x.number, 0, 0))
    then(m, state.DO_CLIENT, x.at, 0)
    load(m, flow)


def client_done(m: World, r: Words, x: Trace, outcome: int) -> None:
    """The client knows its final outcome."""
    now = m.now
    ident = identity(x.number, 0, 0)
    recorder.replied(r, now, x.flow.number, ident, outcome, now - x.started_at)
    effects.tell(m, r, x, outcome)
    part_done(m, r, x, outcome == outcomes.OK)
    release_trace(m, x)


def part_done(m: World, r: Words, x: Trace, good: bool) -> None:  # noqa: FBT001
    """One part of a trace (the request itself, or one message for one group) is done; the last one closes it."""
    if x.closed == 1:
        return
    if not good:
        x.failed = 1
    x.open -= 1
    if x.open == 0:
        x.closed = 1
        effects.close(m, r, x)
        now = m.now
        flow = x.flow
        ident = identity(x.number, 0, 0)
        elapsed = now - x.started_at
        recorder.closed(r, now, flow.number, ident, 1 - x.failed, elapsed, flow.deadline)


# -- calls: the caller's side


def delay_before_retry(m: World, site: Site, f: Frame) -> int:
    """What the site's retry policy says after attempt ``f`` failed: ns to wait, or -1."""
    u = uniform(m, site.retry_stream, f.key, f.occurrence)
    return retry_rule(site.retry, m, m.tables.at + site.retry_at, f.number, u)


def execution_of(m: World, x: Trace, operation: Operation) -> Frame:
    """A frame for one more execution of an operation by a trace: an attempt's, or a delivery's."""
    occurrence = visit(m, x, operation.number)
    f = take_frame(m)
    x.references += 1
    f.ident = identity(x.number, operation.number, occurrence)
    f.trace = x
    f.operation = operation
    f.occurrence = occurrence
    f.key = x.key
    return f


def send(m: World, r: Words, caller: Frame, x: Trace, site: Site, number: int, branch: int) -> None:
    """One attempt leaves for a replica; its timeout starts to run. ``caller`` is none for a client."""
    now = m.now
    f = execution_of(m, x, site.operation)
    f.site = site
    f.parent = caller
    f.caller = state.AWAITED
    f.number = number
    f.branch = branch
    f.sent_at = now
    recorder.sent(r, now, site.edge, f.ident, number)
    if caller:
        add_child(caller, f)
    if site.guard_count > 0 and not admitted(m, r, f):
        settle(m, r, f, outcomes.REJECTED)
        return
    replica = choose_replica(m, site, f)
    if not replica:
        settle(m, r, f, outcomes.UNAVAILABLE)
        return
    f.replica = replica
    f.state = state.TRAVELLING
    hop(m, f, site.request_stream, order.REACH)
    timeout = site.timeout
    if timeout > 0:
        lane = site.timeout_lane
        if lane:
            f.timer.of = f.at
            lane_push(m, lane, f.timer, now + timeout, rank_of(order.TIMEOUT, f.ident))
        else:
            heap_push(m, now + timeout, rank_of(order.TIMEOUT, f.ident), f.at)


def hop(m: World, f: Frame, stream: int, kind: int) -> None:
    """A request or an answer crosses the network: in a lane when the delay is constant."""
    site = f.site
    delay = sample(m, site.hop, stream, f.key, f.occurrence)
    lane = site.hop_lane
    rank = rank_of(kind, f.ident)
    if lane and delay > 0:
        f.travel.of = f.at
        lane_push(m, lane, f.travel, m.now + delay, rank)
    else:
        after(m, delay, rank, f.at)


def choose_replica(m: World, site: Site, f: Frame) -> Replica:
    """The balancer's choice among the replicas in its list; none when the list is empty."""
    service = site.service
    listed = service.listed
    if listed == 0:
        return NOWHERE
    u = 0
    if service.balance_draws != 0:
        u = uniform(m, site.balance_stream, f.key, f.occurrence)
    index = balance_rule(service.balance, service.turn, listed, u) if listed > 1 else 0
    service.turn += 1
    return service.list[index]


def add_child(parent: Frame, f: Frame) -> None:
    """The caller waits for one more attempt, the last in its list."""
    last = parent.child_last
    f.sibling_previous = last
    if last:
        last.sibling = f
    else:
        parent.child = f
    parent.child_last = f


def remove_child(parent: Frame, f: Frame) -> None:
    """The caller is done with an attempt."""
    previous, following = f.sibling_previous, f.sibling
    if previous:
        previous.sibling = following
    else:
        parent.child = following
    if following:
        following.sibling_previous = previous
    else:
        parent.child_last = previous
    f.sibling = NOWHERE
    f.sibling_previous = NOWHERE


def settle(m: World, r: Words, f: Frame, outcome: int) -> None:
    """The caller stops waiting for this attempt, and goes on with its outcome."""
    f.caller = state.SETTLED
    f.outcome = outcome
    stop_timer(m, f)
    recorder.settled(r, m.now, f.site.edge, f.ident, outcome)
    if f.admitted != 0:
        tell_guards(m, r, f, outcome == outcomes.OK)
    then(m, state.DO_RESUME, f.at, outcome)


def stop_timer(m: World, f: Frame) -> None:
    """Take the attempt's timeout off its lane, if it is in one (one in the heap is ignored when it fires)."""
    lane = f.site.timeout_lane
    if lane and f.timer.time != 0:
        lane_remove(m, lane, f.timer)
        f.timer.time = 0


def expire(m: World, r: Words, f: Frame, ident: int) -> None:
    """The timeout of an attempt runs out: the caller gives up, the callee works on."""
    if f.ident == ident and f.caller == state.AWAITED:
        settle(m, r, f, outcomes.TIMEOUT)


def reply(m: World, f: Frame, outcome: int) -> None:
    """The callee's answer leaves, if anybody still waits for it."""
    if f.caller == state.AWAITED:
        f.outcome = outcome
        f.state = state.REPLYING
        hop(m, f, f.site.reply_stream, order.REPLY)
    else:
        f.state = state.OVER
        release_frame(m, f)


def returned(m: World, r: Words, f: Frame) -> None:
    """The callee's answer arrives at the caller."""
    f.state = state.OVER
    if f.caller == state.AWAITED:
        settle(m, r, f, f.outcome)
    else:
        recorder.late(r, m.now, f.site.edge, f.ident)
        release_frame(m, f)


# -- calls: the callee's side


def reach(m: World, r: Words, f: Frame) -> None:
    """A request reaches its replica: it starts, waits or is turned away."""
    now = m.now
    replica = f.replica
    service = replica.service
    number = service.number
    ident = f.ident
    if replica.up == 0:
        recorder.turned_away(r, now, number, ident, outcomes.CRASHED)
        if replica.silent != 0:
            f.state = state.OVER
            release_frame(m, f)
        else:
            reply(m, f, outcomes.CRASHED)
        return
    verdict = accept_rule(service.discipline, replica.busy, service.workers, replica.queue_length, service.queue_max)
    f.arrived_at = now
    if verdict == kinds.START:
        recorder.started_at_once(r, now, number, ident)
        add_resident(replica, f)
        begin(m, f)
    elif verdict == kinds.WAIT:
        recorder.waiting(r, now, number, ident)
        add_resident(replica, f)
        join_queue(replica, f)
    else:
        recorder.turned_away(r, now, number, ident, outcomes.REJECTED)
        reply(m, f, outcomes.REJECTED)


def add_resident(replica: Replica, f: Frame) -> None:
    """The replica holds one more request, waiting or at work."""
    last = replica.resident_tail
    f.resident_previous = last
    f.resident_next = NOWHERE
    if not last:
        replica.resident_head = f
    else:
        last.resident_next = f
    replica.resident_tail = f


def remove_resident(replica: Replica, f: Frame) -> None:
    """The replica holds one request less."""
    previous, following = f.resident_previous, f.resident_next
    if not previous:
        replica.resident_head = following
    else:
        previous.resident_next = following
    if not following:
        replica.resident_tail = previous
    else:
        following.resident_previous = previous


def join_queue(replica: Replica, f: Frame) -> None:
    """A request waits, last in the queue."""
    f.state = state.WAITING
    f.queue_next = NOWHERE
    last = replica.queue_tail
    f.queue_previous = last
    if not last:
        replica.queue_head = f
    else:
        last.queue_next = f
    replica.queue_tail = f
    replica.queue_length += 1


def leave_queue(replica: Replica) -> Frame:
    """The request that is next leaves the queue."""
    f = replica.queue_head
    if next_rule(replica.service.discipline, replica.queue_length) == kinds.LAST:
        f = replica.queue_tail
    previous, following = f.queue_previous, f.queue_next
    if previous:
        previous.queue_next = following
    else:
        replica.queue_head = following
    if following:
        following.queue_previous = previous
    else:
        replica.queue_tail = previous
    replica.queue_length -= 1
    return f


def begin(m: World, f: Frame) -> None:
    """A worker takes the request."""
    f.replica.busy += 1
    f.state = state.WORKING
    f.started_at = m.now
    f.pc = f.operation.entry
    then(m, state.DO_START, f.at, 0)


def finish(m: World, r: Words, f: Frame, outcome: int) -> None:
    """The handler ends: the worker goes to the next in the queue, the answer to the caller."""
    now = m.now
    replica = f.replica
    number = replica.service.number
    orphan = 0 if f.caller == state.AWAITED else 1
    recorder.ended(r, now, number, f.ident, outcome, now - f.started_at, orphan)
    remove_resident(replica, f)
    replica.busy -= 1
    if replica.queue_length > 0:
        following = leave_queue(replica)
        recorder.started_after(r, now, number, following.ident, now - following.arrived_at)
        begin(m, following)
    reply(m, f, outcome)
