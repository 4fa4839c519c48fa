"""Sagas: an orchestrator of each, which is a span of its own that holds no worker. The readable engine's verbs, in its order.

In the tail of a trace there is a word for each saga: 0, the address of the saga under way, or less than 0 how it ended.
"""

from sim import network
from sim.engine.compiled_engine import budgets, locks, processors, whole_calls
from sim.engine.compiled_engine.balancing import tell_view
from sim.engine.compiled_engine.calendar import heap_push, then
from sim.engine.compiled_engine.calls import call_back, execution_of, part_done, stop_timer
from sim.engine.compiled_engine.codes import AWAITED, DO_GO_ON, DO_START, FREE, GONE, OVER, RETRYING, WORKING
from sim.engine.compiled_engine.effects import set_aside
from sim.engine.compiled_engine.kernel_rows import Chunk
from sim.engine.compiled_engine.memory import release_row, release_span, release_trace, take_row
from sim.engine.compiled_engine.state import Replica, Saga, Span, World
from sim.engine.compiled_engine.stores import break_off
from sim.record import fields, outcomes, recorder
from sim.record import sagas as record
from sim.rows import NOWHERE
from sim.semantics import sagas as rules
from sim.semantics.order import OVERDUE, rank_of
from sim.shared import Words

WAITS = -1
AGAIN = -1
"""What a handler hears that waited for a saga of which nothing was kept: it begins the saga itself."""
SAGAS_HELD = len(fields.sagas.SAGAS.holdings)
BEFORE_THE_NEXT = network.INSTRUCTION - network.FAILURE


def begin(m: World, r: Words, span: Span, number: int, wait: int) -> int:
    """A handler begins a saga, and goes on when it has begun, or with ``wait`` when it has ended."""
    x = span.trace
    place = m.effects_at + m.effects_max + number
    known = x.counts[place]
    if known < 0:
        record.saga_joined(r, m.now, number)
        return told(-known, wait)
    saga = Saga(m, known)
    if known == 0:
        saga = Saga(m, take_row(m, m.sagas))
        saga.spec = m.saga_specs[number]
        saga.trace = x
        x.references += 1
        saga.replica = span.replica
        x.counts[place] = saga.at
        settle_in(saga)
        coordinate(m, saga, saga.spec.operation.entry)
        saga.ident = saga.span.ident
        if saga.spec.deadline > 0:
            heap_push(m, m.now + saga.spec.deadline, rank_of(OVERDUE, saga.ident), saga.at)
    else:
        record.saga_joined(r, m.now, number)
        if wait == 0 and saga.state.resume_at != 0:
            return outcomes.OK
    span.waits = wait
    wait_for(saga, span)
    return WAITS


def told(verdict: int, wait: int) -> int:
    """The outcome of a step that began a saga, or waited for it."""
    return outcomes.OK if wait == 0 or verdict == rules.COMPLETED else outcomes.DEPENDENCY


def coordinate(m: World, saga: Saga, address: int) -> None:
    """An orchestrator of a saga begins, from an address of its program on."""
    span = execution_of(m, saga.trace, saga.spec.operation)
    span.replica = saga.replica
    span.saga = saga
    span.state = WORKING
    span.started_at = m.now
    span.pc = address
    saga.span = span
    then(m, DO_START, span.at, 0)


def state(m: World, r: Words, span: Span, what: int, resume_at: int) -> int:
    """What becomes of a saga is written down; fails when it goes no further, as its deadline is over."""
    return keep(m, r, span.saga, what, resume_at)


def seen(m: World, r: Words, span: Span) -> int:
    """A step of a saga is done."""
    expose(m, r, span.saga)
    return outcomes.OK


def keep(m: World, r: Words, saga: Saga, what: int, resume_at: int) -> int:
    """It is written: what was under way before is known from here on."""
    first = saga.state.resume_at == 0
    late = rules.written(saga.state, what, resume_at, m.program[resume_at - BEFORE_THE_NEXT])
    number = saga.spec.number
    if first:
        start(m, r, saga)
        span = saga.waiting_head
        while span:
            following = span.queue_next
            if span.waits == 0:
                stop_waiting(saga, span)
                then(m, DO_GO_ON, span.at, outcomes.OK)
            span = following
    record.saga_written(r, m.now, number, saga.ident, what)
    return outcomes.DEPENDENCY if late else outcomes.OK


def start(m: World, r: Words, saga: Saga) -> None:
    """A saga is there, as a part of its trace."""
    saga.state.began = m.now
    if saga.trace.closed == 0:
        saga.trace.open += 1
    record.saga_started(r, m.now, saga.spec.number, saga.ident)


def expose(m: World, r: Words, saga: Saga) -> None:
    """An effect of a saga may be seen from now on, if none was before."""
    if saga.state.exposed == 0:
        saga.state.exposed = 1 + m.now
        record.saga_exposed(r, m.now, saga.spec.number)


def failed(m: World, r: Words, span: Span) -> int:
    """A step of a saga has failed for good; fails when it may be done even so."""
    saga = span.saga
    doubt = rules.in_doubt(saga.state)
    if doubt:
        expose(m, r, saga)
    return outcomes.DEPENDENCY if doubt else outcomes.OK


def end(m: World, r: Words, span: Span, completed: int) -> int:
    """A saga has no more to do: who waits for it hears how it ended."""
    saga = span.saga
    conclude(m, r, saga, completed)
    over(m, span)
    release(m, saga)
    return WAITS


def refused(m: World, span: Span) -> int:
    """The store that keeps a saga is down before anything of it is kept: it is not begun, and who waits for it has failed."""
    saga = span.saga
    forget(m, saga, outcomes.DEPENDENCY)
    over(m, span)
    release(m, saga)
    return WAITS


def forget(m: World, saga: Saga, outcome: int) -> None:
    """A saga of which nothing is kept is not there, and was not: who waits for it hears so, or begins it anew."""
    saga.trace.counts[m.effects_at + m.effects_max + saga.spec.number] = 0
    while saga.waiting_head:
        span = saga.waiting_head
        stop_waiting(saga, span)
        if outcome == AGAIN:
            span.pc -= network.INSTRUCTION
            then(m, DO_START, span.at, 0)
        else:
            then(m, DO_GO_ON, span.at, outcome)
    move_out(saga)


def release(m: World, saga: Saga) -> None:
    """Give the row of a saga back that is over."""
    saga.ident = FREE
    release_trace(m, saga.trace)
    saga.trace = NOWHERE
    release_row(m, m.sagas, saga.at)


def conclude(m: World, r: Words, saga: Saga, completed: int) -> None:
    """A saga is over; its row is still there."""
    x, number = saga.trace, saga.spec.number
    verdict = rules.verdict_of(saga.state, completed)
    exposed = m.now - saga.state.exposed + 1 if saga.state.exposed != 0 else -1
    record.saga_ended(r, m.now, number, saga.ident, verdict, m.now - saga.state.began, exposed)
    x.counts[m.effects_at + m.effects_max + number] = -verdict
    if verdict == rules.PARKED:
        set_aside(m, r, x)
    while saga.waiting_head:
        waiter = saga.waiting_head
        stop_waiting(saga, waiter)
        then(m, DO_GO_ON, waiter.at, told(verdict, waiter.waits))
    if saga.replica:
        move_out(saga)
    locks.give_back(m, r, saga)
    part_done(m, r, x, verdict == rules.COMPLETED)


def over(m: World, span: Span) -> None:
    """An orchestrator does no more."""
    span.saga = NOWHERE
    span.state = OVER
    release_span(m, span)


# -- lists: the sagas of a replica, and who waits for one


def settle_in(saga: Saga) -> None:
    """A saga is under way, the last of its replica."""
    last = saga.replica.saga_tail
    saga.previous = last
    if last:
        last.next = saga
    else:
        saga.replica.saga_head = saga
    saga.replica.saga_tail = saga


def move_out(saga: Saga) -> None:
    """A saga is over for its replica."""
    previous, following = saga.previous, saga.next
    if previous:
        previous.next = following
    else:
        saga.replica.saga_head = following
    if following:
        following.previous = previous
    else:
        saga.replica.saga_tail = previous


def wait_for(saga: Saga, span: Span) -> None:
    """A handler waits for a saga, last of all."""
    span.saga = saga
    span.queue_next = NOWHERE
    last = saga.waiting_tail
    span.queue_previous = last
    if last:
        last.queue_next = span
    else:
        saga.waiting_head = span
    saga.waiting_tail = span


def stop_waiting(saga: Saga, span: Span) -> None:
    """A handler waits for a saga no more."""
    span.saga = NOWHERE
    previous, following = span.queue_previous, span.queue_next
    if previous:
        previous.queue_next = following
    else:
        saga.waiting_head = following
    if following:
        following.queue_previous = previous
    else:
        saga.waiting_tail = previous


# -- what becomes of those under way


def give_up(m: World, r: Words, saga: Saga, ident: int) -> None:
    """The deadline of a saga is over: it goes no further forward; nobody waits for the call under way."""
    if saga.ident != ident:
        return
    record.saga_overdue(r, m.now, saga.spec.number, saga.ident)
    if not rules.deadline_over(saga.state) or not saga.span:
        return
    span = saga.span
    if not saga.locks and (whole_calls.awaits(span) or saga.state.doubt != 0):
        expose(m, r, saga)
    if m.whole_sites > 0:
        whole_calls.break_off(m, r, span, outcomes.TIMEOUT)
    child = span.child
    while child:
        following = child.sibling
        if child.caller == AWAITED:
            stop_timer(m, child)
            recorder.settled(r, m.now, child.site.edge, child.ident, outcomes.TIMEOUT)
            if child.admitted != 0 or child.held_back:
                budgets.tell(m, r, child, outcomes.TIMEOUT)
            if child.site.view:
                tell_view(m, r, child, False)
            if child.site.cancel_stream >= 0 and child.replica:
                call_back(m, r, child)
        elif child.caller == RETRYING and child.site.budget:
            budgets.lapsed(m, r, child)
        child.sibling = NOWHERE
        child.sibling_previous = NOWHERE
        child.caller = GONE
        release_span(m, child)
        child = following
    span.child = NOWHERE
    span.child_last = NOWHERE
    processors.leave(m, r, span)
    break_off(m, r, span)
    locks.leave_lock(m, r, saga)
    over(m, span)
    coordinate(m, saga, saga.state.give_up_at)


def go_down(m: World, r: Words, saga: Saga) -> None:
    """The replica of a saga has crashed, with its orchestrator: it will be resumed, unless nothing of it is kept."""
    saga.span = NOWHERE
    locks.leave_lock(m, r, saga)
    if saga.state.resume_at == 0:
        forget(m, saga, AGAIN)
        release(m, saga)


def leave(span: Span) -> None:
    """A handler that waits for a saga is no more."""
    if span.saga and span.saga.span != span:
        stop_waiting(span.saga, span)


def come_back(m: World, r: Words, replica: Replica) -> None:
    """A replica is up again: it goes on with the sagas that it had under way, where each was written last."""
    saga = replica.saga_head
    while saga:
        record.saga_resumed(r, m.now, saga.spec.number, saga.ident)
        coordinate(m, saga, rules.resumed(saga.state))
        saga = saga.next


# -- the books


def count_sagas(m: World, r: Words, at: int) -> None:
    """Sagas under way at the horizon, and those of them that are exposed."""
    chunk = m.sagas.chunk
    while chunk:
        for row in range(chunk.count):
            saga = Saga(m, chunk.at + Chunk.SIZE + row * Saga.SIZE)
            if saga.trace and saga.state.resume_at != 0:
                count_saga(m, r, at + SAGAS_HELD * saga.spec.number, saga)
        chunk = chunk.before


def count_saga(m: World, r: Words, at: int, saga: Saga) -> None:
    """One that is under way."""
    kept = saga.state
    exposed = m.horizon - kept.exposed + 1 if kept.exposed != 0 else -1
    m[at + fields.sagas.HELD_SAGAS] += 1
    m[at + fields.sagas.HELD_EXPOSED] += exposed >= 0
    locks.count_locks(m, r, at, saga)
    record.saga_still_open(r, saga.spec.number, kept.began, m.horizon - kept.began, exposed, kept.overdue)
