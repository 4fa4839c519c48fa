"""Sagas that nobody leads: each service looks up what it keeps of the saga, does its step, and tells the next.

    handler --tell--> saga there, message to the first      participant --ask--> do it? --note--> message to the next, or over

What the services keep is one row for each saga, which outlives their crashes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.draws import bits
from sim.engine.simpy_engine.sagas import conclude, expose, start
from sim.engine.simpy_engine.state import Saga, Span
from sim.network import SAGA_STEP_BITS
from sim.record import sagas as record
from sim.record.outcomes import DEPENDENCY, OK
from sim.semantics import sagas as rules
from sim.semantics.hooks import RETRIES

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run, Steps

STEP = (1 << SAGA_STEP_BITS) - 1


def tell(run: Run, span: Span, number: int, _b: int) -> Steps:
    """A handler begins a saga; fails when that is there already, and others know of it: else it is told again."""
    if number in span.trace.sagas:
        record.saga_joined(run.r, run.clock.now, number)
        known = span.trace.sagas[number]
        return DEPENDENCY if isinstance(known, int) or rules.is_known(known.state) else OK
    saga = Saga(span.trace, number, None)
    span.trace.sagas[number] = run.sagas[id(saga)] = saga
    saga.ident = span.ident
    saga.state.resume_at = 1
    start(run, saga)
    return OK
    yield


def told(run: Run, span: Span, number: int, _b: int) -> Steps:  # noqa: ARG001 - as all steps of families
    """The broker has the message that tells of a saga: it need not be told again."""
    saga = span.trace.sagas[number]
    if isinstance(saga, Saga):
        saga.state.told = 1
    return OK
    yield


def ask(run: Run, span: Span, what: int, question: int) -> Steps:
    """A participant asks something of its saga; fails when it is not so, or the saga has ended."""
    number = what >> SAGA_STEP_BITS
    saga, deadline = span.trace.sagas[number], run.network.sagas[number].deadline
    if isinstance(saga, int) or not rules.answered(saga.state, run.clock.now, deadline, what & STEP, question):
        if question == rules.IN_TIME and not isinstance(saga, int):
            saga.state.overdue = 1
            record.saga_overdue(run.r, run.clock.now, number, saga.ident)
        return DEPENDENCY
    return OK
    yield


def tried(run: Run, span: Span, group: int, _b: int) -> Steps:
    """A participant has failed; it fails for its consumer too while that will try it again."""
    spec: Any = run.network.groups[group]
    u = bits(run.keys[spec.retry_stream], span.trace.key, span.occurrence)
    return DEPENDENCY if RETRIES[spec.retry].retry(run.settings[spec.retry_at], span.attempt, 0, u) >= 0 else OK
    yield


def note(run: Run, span: Span, what: int, how: int) -> Steps:
    """A participant keeps what has become of its step."""
    saga = span.trace.sagas[what >> SAGA_STEP_BITS]
    if isinstance(saga, Saga):
        rules.noted(saga.state, what & STEP, how)
        if how == rules.NOTE_DONE:
            expose(run, saga)
            record.saga_written(run.r, run.clock.now, saga.number, saga.ident, rules.DONE)
        elif how == rules.NOTE_UNDONE:
            record.saga_written(run.r, run.clock.now, saga.number, saga.ident, rules.UNDONE)
    return OK
    yield


def over(run: Run, span: Span, number: int, completed: int) -> Steps:
    """A participant was the last: the saga has ended, unless it had before."""
    saga = span.trace.sagas[number]
    if isinstance(saga, Saga):
        conclude(run, saga, completed)
    return OK
    yield
