"""Calls: send, settle, reply, reach, begin, finish, serve. The readable engine's verbs, in its order."""

from sim.draws import CONSTANT, below, bits, draw
from sim.engine.compiled_engine import budgets, calendar, codes, effects, hedge_rows, links, waiting
from sim.engine.compiled_engine.balancing import choose, tell_view
from sim.engine.compiled_engine.budgets import may_leave, tell
from sim.engine.compiled_engine.memory import release_span, take_span
from sim.engine.compiled_engine.resuming import hand_over
from sim.engine.compiled_engine.state import Operation, Replica, Site, Span, Trace, World
from sim.lowering.language import Choice, Hook
from sim.record import outcomes, recorder
from sim.record import waiting as waits
from sim.rows import NOWHERE
from sim.scenario import kinds
from sim.semantics import order
from sim.semantics import waiting as terms
from sim.semantics.balancing import hashed
from sim.semantics.hooks import BALANCES, DISCIPLINES, RETRIES
from sim.semantics.links import LOST, later
from sim.semantics.rules import OWN_KEY_SHIFT
from sim.shared import Words, entrance, rare

retry_rule = Hook(tuple(kind.retry for kind in RETRIES))
balance_rule = Choice(tuple(kind.choose for kind in BALANCES))
accept_rule = Choice(tuple(kind.accept for kind in DISCIPLINES))

WENT_ON = -1  # in place of the number of an attempt: it was made before


# -- chance


def uniform(m: World, stream: int, key: int, occurrence: int) -> int:
    """A uniform number in [0, 2**63): that of this stream for this occurrence of this trace."""
    return bits(m.keys[stream], key, occurrence)


def sample(m: World, distribution: int, stream: int, key: int, occurrence: int) -> int:
    """A duration in ns: the value of this stream for this occurrence of this trace, whenever it is asked for."""
    if m.tables[distribution] == CONSTANT:
        return m.tables[distribution + 1]
    return draw(m, m.tables.at + distribution, uniform(m, stream, key, occurrence))


def partition_key(m: World, x: Trace) -> int:
    """The key of a trace: one of those of its flow, or one of its own. It is drawn where it is asked for, always the same."""
    flow = x.flow
    u = uniform(m, flow.key_stream, x.key, 0)
    if flow.keys == 0:
        return u >> OWN_KEY_SHIFT
    return below(u, flow.keys) if flow.key_table < 0 else draw(m, m.tables.at + flow.key_table, u)


def visit(m: World, x: Trace, place: int) -> int:
    """Which time the trace comes to this operation, topic or queue: 0, 1, 2, ..."""
    at, shift = place >> 1, codes.COUNT_BITS * (place & 1)
    occurrence = (x.counts[at] >> shift) & codes.VISITS
    if occurrence >= order.OCCURRENCES_MAX:
        m.status = codes.CROWDED
        m.crowded = place
        return order.OCCURRENCES_MAX - 1
    if occurrence == 0:
        x.counts[at] |= x.visited << (codes.VISIT_BITS + shift)
        x.visited = place + 1
    x.counts[at] += 1 << shift
    return occurrence


# -- traces


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
        ident = order.identity(x.number, 0, 0)
        elapsed = now - x.started_at
        recorder.closed(r, now, flow.number, ident, 1 - x.failed, elapsed, flow.deadline)


# -- calls: the caller's side


def delay_before_retry(m: World, r: Words, site: Site, span: Span, outcome: int) -> int:
    """What the site's retry policy says after attempt ``span`` failed: ns to wait, or -1."""
    if (site.retry_on >> outcome) & 1 == 0:
        return -1
    u = uniform(m, site.retry_stream, span.key, span.occurrence)
    delay = retry_rule(site.retry, m, m.tables.at + site.retry_at, span.number, span.waited, u)
    if delay < 0 or (span.due != 0 and delay >= span.due - m.now):
        return -1
    return -1 if site.budget and not budgets.may_retry(m, r, span) else delay


def execution_of(m: World, x: Trace, operation: Operation) -> Span:
    """A span for one more execution of an operation by a trace: an attempt's, or a delivery's."""
    occurrence = visit(m, x, operation.number)
    span = take_span(m)
    x.references += 1
    span.ident = order.identity(x.number, operation.number, occurrence)
    span.trace = x
    span.operation = operation
    span.occurrence = occurrence
    span.key = x.key
    return span


def send(m: World, r: Words, caller: Span, x: Trace, site: Site, number: int, branch: int, due: int) -> Span:
    """One attempt leaves for a replica, as soon as its guards let it go; then its timeout starts to run. Gives the attempt.

    ``caller`` is none for a client. With the number `WENT_ON` it is the attempt itself, which waited at guards and may leave.
    ``due`` is the deadline of the call, if this is not its first attempt, and 0 without one.
    """
    now = m.now
    span = caller
    if number != WENT_ON:
        span = execution_of(m, x, site.operation)
        span.site = site
        span.parent = caller
        span.caller = codes.AWAITED
        span.number = number
        span.branch = branch
        span.sent_at = now
        recorder.sent(r, now, site.edge, span.ident, number)
        if caller:
            add_child(caller, span)
        if site.asks != 0 and not may_go(m, r, span, due):
            return span
    elif span.due == now:  # it may leave when nobody waits any more
        settle(m, r, span, outcomes.EXPIRED)
        return span
    replica = choose_replica(m, r, site, span)
    if not replica:
        settle(m, r, span, outcomes.UNAVAILABLE)
        return span
    span.replica = replica
    if span.hedge:
        span.replica = hedge_rows.elsewhere(span)
    span.state = codes.TRAVELLING
    hop(m, r, span, site.request_stream, order.REACH)
    timeout = site.timeout
    if span.due != 0 and terms.stops_waiting_at(timeout, span.due, now) != 0:
        calendar.heap_push(m, span.due, order.rank_of(order.TIMEOUT, span.ident), span.at)
    elif timeout > 0:
        delays = site.timeout_delays
        if delays:
            span.timer.of = span.at
            calendar.delay_push(m, delays, span.timer, now + timeout, order.rank_of(order.TIMEOUT, span.ident))
        else:
            calendar.heap_push(m, now + timeout, order.rank_of(order.TIMEOUT, span.ident), span.at)
    return span


@entrance
def may_go(m: World, r: Words, span: Span, due: int) -> bool:
    """An attempt of a call that is hedged, or has guards, a budget or a deadline: whether it leaves now."""
    site = span.site
    if site.hedge:
        hedge_rows.join(m, r, span)
    if site.hurries != 0 and hurries(m, r, span, due):
        return False
    answer = may_leave(m, r, span)
    if answer == kinds.REFUSE:
        settle(m, r, span, outcomes.REJECTED)
    elif answer == kinds.HOLD and span.due != 0:
        calendar.heap_push(m, span.due, order.rank_of(order.TIMEOUT, span.ident), span.at)
    return answer == kinds.GO


def hurries(m: World, r: Words, span: Span, due: int) -> bool:
    """An attempt has the deadline of its call; whether that is over, so that it does not leave."""
    span.due = due
    if span.number == 1:
        span.due = terms.due_of(span.site.deadline, span.parent.due if span.parent else 0, m.now)
    if span.hedge:
        span.hedge.deadline = span.due
    if span.due == 0 or span.due > m.now:
        return False
    if span.site.budget:
        budgets.hear(m, r, span)
    settle(m, r, span, outcomes.EXPIRED)
    return True


def hop(m: World, r: Words, span: Span, stream: int, kind: int) -> None:
    """A request or an answer crosses the network: in a fixed-delay queue when it always takes as long."""
    site = span.site
    if site.crossing:
        cross(m, r, span, stream, kind)
        return
    delay = sample(m, site.hop, stream, span.key, span.occurrence)
    delays = site.hop_delays
    rank = order.rank_of(kind, span.ident)
    if delays and delay > 0:
        span.travel.of = span.at
        calendar.delay_push(m, delays, span.travel, m.now + delay, rank)
    else:
        calendar.after(m, delay, rank, span.at)


@rare
def cross(m: World, r: Words, span: Span, stream: int, kind: int) -> None:
    """The same where its link is more than a delay: it may wait for its turn, be lost, take longer, or come twice."""
    answer = kind == order.REPLY
    delay = links.passed(m, r, span, answer)
    if delay == LOST:
        span.state = codes.OVER
        return
    delay = later(delay, sample(m, links.way(span), stream, span.key, span.occurrence))
    calendar.after(m, delay, order.rank_of(kind, span.ident), span.at)
    if not answer and links.doubled(m, r, span):
        double(m, span)


def double(m: World, span: Span) -> None:
    """The request comes to its replica a second time, by a way of its own; nobody waits for what comes of that."""
    site = span.site
    copy = execution_of(m, span.trace, span.operation)
    copy.site = site
    copy.parent = span.parent
    copy.caller = codes.GONE
    copy.number = span.number
    copy.sent_at = span.sent_at
    copy.due = span.due
    copy.replica = span.replica
    copy.state = codes.TRAVELLING
    delay = sample(m, links.way(copy), site.request_stream, copy.key, copy.occurrence)
    calendar.after(m, later(delay, links.added(m, copy, False)), order.rank_of(order.REACH, copy.ident), copy.at)
    copy.parent = NOWHERE


def choose_replica(m: World, r: Words, site: Site, span: Span) -> Replica:
    """The balancer's choice among the replicas in its list; none when the list is empty."""
    if site.view:
        return look(m, r, site, span)
    service = site.service
    listed = service.listed
    if listed == 0:
        return NOWHERE
    u = 0
    if service.balance_draws != 0:
        u = uniform(m, site.balance_stream, span.key, span.occurrence)
    index = balance_rule(service.balance, service.turn, listed, u) if listed > 1 else 0
    service.turn += 1
    return service.list[index]


@entrance
def look(m: World, r: Words, site: Site, span: Span) -> Replica:
    """The choice of a caller that looks at the replicas."""
    place = hashed(partition_key(m, span.trace)) if site.view.balancer.by_key != 0 else 0
    return choose(m, r, site, span, place)


def add_child(parent: Span, span: Span) -> None:
    """The caller waits for one more attempt, the last in its list."""
    last = parent.child_last
    span.sibling_previous = last
    if last:
        last.sibling = span
    else:
        parent.child = span
    parent.child_last = span


def remove_child(parent: Span, span: Span) -> None:
    """The caller is done with an attempt."""
    previous, following = span.sibling_previous, span.sibling
    if previous:
        previous.sibling = following
    else:
        parent.child = following
    if following:
        following.sibling_previous = previous
    else:
        parent.child_last = previous
    span.sibling = NOWHERE
    span.sibling_previous = NOWHERE


def settle(m: World, r: Words, span: Span, outcome: int) -> None:
    """The caller stops waiting for this attempt, and goes on with its outcome."""
    span.caller = codes.SETTLED
    span.outcome = outcome
    stop_timer(m, span)
    recorder.settled(r, m.now, span.site.edge, span.ident, outcome)
    if span.site.asks != 0:
        hear(m, r, span, outcome)
        return
    if span.site.view:
        tell_view(m, r, span, outcome == outcomes.OK)
    calendar.then(m, codes.DO_RESUME, span.at, outcome)


@entrance
def hear(m: World, r: Words, span: Span, outcome: int) -> None:
    """The same of an attempt of a call that is hedged, or has guards, a budget or a deadline."""
    if span.admitted != 0:
        tell(m, r, span, outcome)
    if span.site.view:
        tell_view(m, r, span, outcome == outcomes.OK)
    calendar.then(m, codes.DO_HEAR if span.hedge else codes.DO_RESUME, span.at, outcome)


def stop_timer(m: World, span: Span) -> None:
    """Take the attempt's timeout off its fixed-delay queue, if it is in one (one in the heap is ignored when it fires)."""
    delays = span.site.timeout_delays
    if delays and span.timer.time != 0:
        calendar.delay_remove(m, delays, span.timer)
        span.timer.time = 0


@entrance
def call_back(m: World, r: Words, span: Span) -> None:
    """Nobody waits for an attempt any more: its callee will hear so, as its call says that. The request may be on its way."""
    site = span.site
    delay = 0
    if site.crossing:
        if links.cut_off(m, span):
            return
        delay = links.added(m, span, False)
    way = links.way(span) if site.crossing else site.hop
    delay = later(delay, sample(m, way, site.cancel_stream, span.key, span.occurrence))
    waits.called_back(r, m.now, span.ident, delay)
    calendar.after(m, delay, order.rank_of(order.CANCEL, span.ident), span.at)


def reply(m: World, r: Words, span: Span, outcome: int) -> None:
    """The callee's answer leaves, if anybody still waits for it."""
    if span.caller == codes.AWAITED:
        span.outcome = outcome
        span.state = codes.REPLYING
        hop(m, r, span, span.site.reply_stream, order.REPLY)
    else:
        span.state = codes.OVER
        release_span(m, span)


def returned(m: World, r: Words, span: Span) -> None:
    """The callee's answer arrives at the caller."""
    span.state = codes.OVER
    if span.caller == codes.AWAITED:
        settle(m, r, span, span.outcome)
    else:
        recorder.late(r, m.now, span.site.edge, span.ident)
        release_span(m, span)


# -- calls: the callee's side


def reach(m: World, r: Words, span: Span) -> None:
    """A request reaches its replica: it starts, waits or is turned away."""
    now = m.now
    replica = span.replica
    service = replica.service
    number = service.number
    ident = span.ident
    if replica.up == 0:
        recorder.turned_away(r, now, number, ident, outcomes.CRASHED)
        if replica.silent != 0:
            span.state = codes.OVER
            release_span(m, span)
        else:
            reply(m, r, span, outcomes.CRASHED)
        return
    if service.terms != 0:
        reach_on_terms(m, r, span)
        return
    verdict = accept_rule(service.discipline, replica.busy, service.workers, replica.queue_length, service.queue_max)
    span.arrived_at = now
    if verdict == kinds.START:
        recorder.started_at_once(r, now, number, ident)
        add_resident(replica, span)
        begin(m, span)
    elif verdict == kinds.WAIT:
        recorder.waiting(r, now, number, ident)
        add_resident(replica, span)
        join_queue(replica, span)
    else:
        recorder.turned_away(r, now, number, ident, outcomes.REJECTED)
        reply(m, r, span, outcomes.REJECTED)


@entrance
def reach_on_terms(m: World, r: Words, span: Span) -> None:
    """The same at a service that requests may leave undone: in time only, and as its room has it."""
    now, replica, ident = m.now, span.replica, span.ident
    service = replica.service
    number = service.number
    refusal = waiting.refused(m, span)
    if refusal != outcomes.OK:
        recorder.turned_away(r, now, number, ident, refusal)
        reply(m, r, span, refusal)
        return
    verdict = accept_rule(service.discipline, replica.busy, service.workers, replica.queue_length, service.queue_max)
    span.arrived_at = now
    if verdict != kinds.START and service.room:
        verdict = make_room(m, r, span, verdict)
    if verdict == kinds.START:
        recorder.started_at_once(r, now, number, ident)
        add_resident(replica, span)
        begin(m, span)
        waiting.begun(span)
    elif verdict == kinds.REJECT:
        recorder.turned_away(r, now, number, ident, outcomes.REJECTED)
        reply(m, r, span, outcomes.REJECTED)
    else:
        recorder.waiting(r, now, number, ident)
        add_resident(replica, span)
        if not service.room:
            join_queue(replica, span)
            return
        waiting.join(m, span)
        patience = waiting.patience(m, span)
        if patience >= 0:
            calendar.after(m, patience, order.rank_of(order.QUEUE_WAIT, ident), span.at)


def make_room(m: World, r: Words, span: Span, verdict: int) -> int:
    """All workers are busy: a request may take the worker of another one, or its place in a full queue."""
    room = span.replica.service.room
    if room.preempt != 0:
        victim = waiting.to_preempt(m, span)
        if victim:
            waiting.suspend(m, r, victim)
            return kinds.START
    if verdict == kinds.REJECT and room.evict != 0:
        victim = waiting.to_evict(span)
        if victim:
            waiting.leave(victim)
            gone(m, r, victim, outcomes.EVICTED)
            return kinds.WAIT
    return verdict


def gone(m: World, r: Words, span: Span, outcome: int) -> None:
    """A request has left the queue unbegun, and its caller hears why."""
    waits.left_queue(r, m.now, span.replica.service.number, span.ident, outcome, m.now - span.arrived_at)
    remove_resident(span.replica, span)
    reply(m, r, span, outcome)


def give_up_waiting(m: World, r: Words, span: Span, ident: int) -> None:
    """A request has waited for as long as it does, unless it was begun, or is gone."""
    if span.ident == ident and span.state == codes.WAITING:
        waiting.leave(span)
        gone(m, r, span, outcomes.DROPPED)


def add_resident(replica: Replica, span: Span) -> None:
    """The replica holds one more request, waiting or at work."""
    last = replica.resident_tail
    span.resident_previous = last
    span.resident_next = NOWHERE
    if not last:
        replica.resident_head = span
    else:
        last.resident_next = span
    replica.resident_tail = span


def remove_resident(replica: Replica, span: Span) -> None:
    """The replica holds one request less."""
    previous, following = span.resident_previous, span.resident_next
    if not previous:
        replica.resident_head = following
    else:
        previous.resident_next = following
    if not following:
        replica.resident_tail = previous
    else:
        following.resident_previous = previous


def join_queue(replica: Replica, span: Span) -> None:
    """A request waits, last in the queue."""
    span.state = codes.WAITING
    span.queue_next = NOWHERE
    last = replica.queue_tail
    span.queue_previous = last
    if not last:
        replica.queue_head = span
    else:
        last.queue_next = span
    replica.queue_tail = span
    replica.queue_length += 1


def leave_queue(replica: Replica) -> Span:
    """The request that is next leaves the queue."""
    span = replica.queue_head
    if waiting.next_rule(replica.service.discipline, replica.queue_length, False) == kinds.LAST:
        span = replica.queue_tail
    unlink_plain(replica, span)
    return span


def unlink(replica: Replica, span: Span) -> None:
    """A request waits no longer, wherever it stands."""
    if replica.service.room:
        waiting.leave(span)
    else:
        unlink_plain(replica, span)


def unlink_plain(replica: Replica, span: Span) -> None:
    """The same in the queue of a service without a room."""
    previous, following = span.queue_previous, span.queue_next
    if previous:
        previous.queue_next = following
    else:
        replica.queue_head = following
    if following:
        following.queue_previous = previous
    else:
        replica.queue_tail = previous
    replica.queue_length -= 1


def begin(m: World, span: Span) -> None:
    """A worker takes the request."""
    span.replica.busy += 1
    span.state = codes.WORKING
    span.started_at = m.now
    span.pc = span.operation.entry
    calendar.then(m, codes.DO_START, span.at, 0)


def finish(m: World, r: Words, span: Span, outcome: int) -> None:
    """The handler ends: the worker goes to the next in the queue, the answer to the caller."""
    now = m.now
    replica = span.replica
    number = replica.service.number
    orphan = 0 if span.caller == codes.AWAITED else 1
    recorder.ended(r, now, number, span.ident, outcome, now - span.started_at, orphan)
    remove_resident(replica, span)
    replica.busy -= 1
    if replica.service.terms != 0:
        waiting.over(span)
    serve(m, r, replica)
    reply(m, r, span, outcome)


def serve(m: World, r: Words, replica: Replica) -> None:
    """A worker is free: who is next has it, a handler that wants one again or a request."""
    if replica.service.terms != 0:
        hand_on(m, r, replica)
    elif m.event_loop_count > 0 and hand_over(m, r, replica):
        return
    elif replica.queue_length > 0:
        following = leave_queue(replica)
        recorder.started_after(r, m.now, replica.service.number, following.ident, m.now - following.arrived_at)
        begin(m, following)


@entrance
def hand_on(m: World, r: Words, replica: Replica) -> None:
    """A worker is free: the next that waits has it; those for whom it comes too late are gone."""
    if m.event_loop_count > 0 and hand_over(m, r, replica):
        return
    while replica.queue_length > 0:
        following = waiting.next_of(m, replica) if replica.service.room else leave_queue(replica)
        if following.state == codes.PREEMPTED:
            waiting.resume(m, r, following)
            return
        outcome = waiting.verdict(m, following)
        if outcome == outcomes.OK:
            recorder.started_after(r, m.now, replica.service.number, following.ident, m.now - following.arrived_at)
            begin(m, following)
            waiting.begun(following)
            return
        gone(m, r, following, outcome)
