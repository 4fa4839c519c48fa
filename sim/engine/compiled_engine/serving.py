"""Calls at their replica: reach, begin, finish, serve, hand on. The readable engine's verbs, in its order."""

from sim.engine.compiled_engine import admission, calendar, codes, waiting, watched
from sim.engine.compiled_engine.calls import reply
from sim.engine.compiled_engine.halted import comes_again
from sim.engine.compiled_engine.memory import release_span
from sim.engine.compiled_engine.resuming import hand_over
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.lowering.language import Choice
from sim.record import outcomes, recorder
from sim.record import waiting as waits
from sim.rows import NOWHERE
from sim.scenario import kinds
from sim.semantics import order
from sim.semantics.hooks import DISCIPLINES
from sim.shared import Words, entrance

accept_rule = Choice(tuple(kind.accept for kind in DISCIPLINES))


def reach(m: World, r: Words, span: Span) -> None:
    """A request reaches its replica: it starts, waits or is turned away."""
    now = m.now
    replica = span.replica
    service = replica.service
    number = service.number
    ident = span.ident
    if replica.opens == 0:
        if replica.up != 0:
            comes_again(m, span)
            return
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
    if refusal == outcomes.OK and (replica.limiter or service.shedding):
        refusal = admission.refused(m, span)
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
        admission.admit(m, r, span)
        begin(m, span)
        watched.took(m, replica, 1)
        waiting.begun(span)
    elif verdict == kinds.REJECT:
        recorder.turned_away(r, now, number, ident, outcomes.REJECTED)
        reply(m, r, span, outcomes.REJECTED)
    else:
        recorder.waiting(r, now, number, ident)
        add_resident(replica, span)
        admission.admit(m, r, span)
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
    admission.dropped(m, r, span)
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
        admission.answered(m, r, span)
        watched.took(m, replica, -1)
        hand_on(m, r, replica)
    else:
        serve(m, r, replica)
    reply(m, r, span, outcome)


def serve(m: World, r: Words, replica: Replica) -> None:
    """A worker is free: the request that is next has it."""
    if replica.queue_length > 0:
        following = leave_queue(replica)
        recorder.started_after(r, m.now, replica.service.number, following.ident, m.now - following.arrived_at)
        begin(m, following)


@entrance
def hand_on(m: World, r: Words, replica: Replica) -> None:
    """The same at a service with terms: a handler that wants one again may be next; those for whom it is too late are gone."""
    if replica.leaked > 0 and replica.busy >= replica.service.workers:  # it has leaked
        return
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
            watched.took(m, replica, 1)
            waiting.begun(following)
            return
        gone(m, r, following, outcome)
