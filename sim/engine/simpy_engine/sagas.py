"""Sagas: an orchestrator of each, which is a span of its own that holds no worker, on the replica that began it.

    step of a handler --begin--> coordinate --> state, call, state, ... --> end --> who waits goes on
                                     ^ come_back                go_down: its replica crashed
                                     `--------- give_up: its deadline is over

A saga is begun once for an arrival: who begins it again, as its client tried again or its message came twice, joins it. It
belongs to its replica: what was under way when that crashed is resumed when it is back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simpy.events import Event

from sim.engine.simpy_engine import budgets, whole_calls
from sim.engine.simpy_engine.balancing import tell_view
from sim.engine.simpy_engine.calling_back import call_back, has_left
from sim.engine.simpy_engine.clock import Process
from sim.engine.simpy_engine.effects import set_aside
from sim.engine.simpy_engine.guards import tell_guards
from sim.engine.simpy_engine.locks import count_locks, give_back
from sim.engine.simpy_engine.locks import leave as leave_lock
from sim.engine.simpy_engine.processors import leave as leave_core
from sim.engine.simpy_engine.state import Saga, Span
from sim.engine.simpy_engine.stores import break_off
from sim.engine.simpy_engine.traces import part_done
from sim.record import outcomes, recorder
from sim.record import sagas as record
from sim.record.outcomes import DEPENDENCY, OK
from sim.semantics import sagas as rules
from sim.semantics.order import OVERDUE, rank_of

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Activity, Run, Steps
    from sim.engine.simpy_engine.state import Replica

AGAIN = -1
"""What a handler hears that waited for a saga of which nothing was kept: it begins the saga itself."""


def begin(run: Run, span: Span, number: int, wait: int) -> Steps:
    """A handler begins a saga, and goes on when it has begun, or with ``wait`` when it has ended."""
    known = span.trace.sagas
    outcome = AGAIN
    while outcome == AGAIN:
        saga = known.get(number)
        if isinstance(saga, int):
            record.saga_joined(run.r, run.clock.now, number)
            return told(saga, wait)
        if saga is None:
            saga = Saga(span.trace, number, span.replica)
            known[number] = run.sagas[id(saga)] = span.replica.sagas[id(saga)] = saga
            coordinate(run, saga, 0)
            saga.ident = saga.span.ident
            deadline = run.network.sagas[number].deadline
            if deadline > 0:
                run.clock.after(deadline, rank_of(OVERDUE, saga.ident), give_up, run, saga)
        else:
            record.saga_joined(run.r, run.clock.now, number)
            if not wait and saga.state.resume_at:
                return OK
        span.saga = saga
        heard = Event(run.clock)
        saga.waiting[span.ident] = (heard, wait)
        outcome = yield heard
        span.saga = None
        if span.dead:
            return OK
    return int(outcome)


def told(verdict: int, wait: int) -> int:
    """The outcome of a step that began a saga, or waited for it."""
    return OK if not wait or verdict == rules.COMPLETED else DEPENDENCY


def coordinate(run: Run, saga: Saga, address: int) -> None:
    """An orchestrator of a saga begins, from an address of its program on; 0: from its beginning."""
    operation = run.network.sagas[saga.number].operation
    span = Span(saga.trace, operation, saga.trace.visit(operation, run.clock.now), None)
    span.replica, span.saga, span.entry = saga.replica, saga, address
    span.started_at = run.clock.now
    saga.span = span
    Process(run.clock, orchestrator(run, span))


def orchestrator(run: Run, span: Span) -> Activity:
    """Process: the program of a saga, to its end."""
    yield from run.handlers[span.operation](run, span)


def state(run: Run, span: Span, what: int, resume_at: int) -> Steps:
    """What becomes of a saga is written down; fails when it goes no further, as its deadline is over."""
    saga: Any = span.saga
    return keep(run, saga, what, resume_at)
    yield


def seen(run: Run, span: Span, _a: int, _b: int) -> Steps:
    """A step of a saga is done."""
    saga: Any = span.saga
    expose(run, saga)
    return OK
    yield


def keep(run: Run, saga: Saga, what: int, resume_at: int) -> int:
    """It is written: what was under way before is known from here on."""
    now, first = run.clock.now, saga.state.resume_at == 0
    late = rules.written(saga.state, what, resume_at, run.network.program[resume_at - 1])
    if first:
        start(run, saga)
        for ident, (heard, wait) in list(saga.waiting.items()):
            if not wait:
                del saga.waiting[ident]
                heard.succeed(OK)
    record.saga_written(run.r, now, saga.number, saga.ident, what)
    return DEPENDENCY if late else OK


def start(run: Run, saga: Saga) -> None:
    """A saga is there, as a part of its trace."""
    saga.state.began = run.clock.now
    saga.trace.open += not saga.trace.closed
    record.saga_started(run.r, run.clock.now, saga.number, saga.ident)


def expose(run: Run, saga: Saga) -> None:
    """An effect of a saga may be seen from now on, if none was before."""
    if saga.state.exposed == 0:
        saga.state.exposed = 1 + run.clock.now
        record.saga_exposed(run.r, run.clock.now, saga.number)


def failed(run: Run, span: Span, _number: int, _b: int) -> Steps:
    """A step of a saga has failed for good; fails when it may be done even so."""
    saga: Any = span.saga
    doubt = rules.in_doubt(saga.state)
    if doubt:
        expose(run, saga)
    return DEPENDENCY if doubt else OK
    yield


def end(run: Run, span: Span, _number: int, completed: int) -> Steps:
    """A saga has no more to do: who waits for it hears how it ended."""
    saga: Any = span.saga
    conclude(run, saga, completed)
    span.dead = True
    return OK
    yield


def refused(run: Run, span: Span, _number: int, _b: int) -> Steps:
    """The store that keeps a saga is down before anything of it is kept: it is not begun, and who waits for it has failed."""
    forget(run, span.saga, DEPENDENCY)
    span.dead = True
    return OK
    yield


def forget(run: Run, saga: Any, outcome: int) -> None:
    """A saga of which nothing is kept is not there, and was not: who waits for it hears so."""
    saga.ended = True
    del saga.replica.sagas[id(saga)], run.sagas[id(saga)], saga.trace.sagas[saga.number]
    for heard, _ in saga.waiting.values():
        heard.succeed(outcome)


def conclude(run: Run, saga: Saga, completed: int) -> None:
    """A saga is over."""
    now, trace, number = run.clock.now, saga.trace, saga.number
    verdict = rules.verdict_of(saga.state, completed)
    exposed = now - saga.state.exposed + 1 if saga.state.exposed else -1
    record.saga_ended(run.r, now, number, saga.ident, verdict, now - saga.state.began, exposed)
    trace.sagas[number] = verdict
    if verdict == rules.PARKED:
        set_aside(run, trace)
    for heard, wait in saga.waiting.values():
        heard.succeed(told(verdict, wait))
    if saga.replica is not None:
        del saga.replica.sagas[id(saga)]
    del run.sagas[id(saga)]
    saga.ended = True
    give_back(run, saga)
    part_done(run, trace, verdict == rules.COMPLETED)


# -- what becomes of those under way


def give_up(run: Run, saga: Saga) -> None:
    """The deadline of a saga is over: it goes no further forward; nobody waits for the call under way."""
    if saga.ended:
        return
    record.saga_overdue(run.r, run.clock.now, saga.number, saga.ident)
    if not rules.deadline_over(saga.state) or saga.span is None:
        return
    span = saga.span
    span.dead = True
    if not saga.locks and (span.children or saga.state.doubt):
        expose(run, saga)
    whole_calls.break_off(run, span, outcomes.TIMEOUT)
    for child in list(span.children.values()):
        child.awaited = False
        del run.awaited[child.ident]
        recorder.settled(run.r, run.clock.now, child.site.edge, child.ident, outcomes.TIMEOUT)
        left = has_left(child)
        if child.admitted or not left:
            tell_guards(run, child, outcomes.TIMEOUT)
        if child.site.budget >= 0:
            budgets.attempt_ended(run, child, first=child.attempt == 1, good=False)
        if child.view is not None:
            tell_view(run, child, False)
        if left:
            call_back(run, child)
    budgets.lapse(run, span, outcomes.TIMEOUT)
    span.children.clear()
    leave_core(run, span)
    break_off(run, span)
    leave_lock(run, saga)
    coordinate(run, saga, saga.state.give_up_at)


def go_down(run: Run, saga: Saga) -> None:
    """The replica of a saga has crashed, with its orchestrator: it will be resumed, unless nothing of it is kept."""
    saga.span = None
    leave_lock(run, saga)
    if saga.state.resume_at == 0:
        forget(run, saga, AGAIN)


def leave(span: Span) -> None:
    """A handler that waits for a saga is no more."""
    if span.saga is not None:
        span.saga.waiting.pop(span.ident, None)


def come_back(run: Run, replica: Replica) -> None:
    """A replica is up again: it goes on with the sagas that it had under way, where each was written last."""
    for saga in replica.sagas.values():
        record.saga_resumed(run.r, run.clock.now, saga.number, saga.ident)
        coordinate(run, saga, rules.resumed(saga.state))


# -- the books


def count_sagas(run: Run) -> None:
    """Sagas under way at the horizon, and those of them that are exposed."""
    horizon = run.network.horizon
    for saga in run.sagas.values():
        kept = saga.state
        if kept.resume_at:
            exposed = horizon - kept.exposed + 1 if kept.exposed else -1
            run.recording.inside["sagas"][saga.number] += (1, exposed >= 0, 0, 0)
            count_locks(run, saga)
            record.saga_still_open(run.r, saga.number, kept.began, horizon - kept.began, exposed, kept.overdue)
