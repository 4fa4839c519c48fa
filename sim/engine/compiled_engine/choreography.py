"""Sagas that nobody leads: each service looks up what it keeps of the saga, does its step, and tells the next.

The readable engine's verbs, in its order.
"""

from sim import network
from sim.engine.compiled_engine.calls import retry_rule
from sim.engine.compiled_engine.chance import uniform
from sim.engine.compiled_engine.memory import take_row
from sim.engine.compiled_engine.sagas import conclude, expose, release, start
from sim.engine.compiled_engine.state import Saga, Span, Trace, World
from sim.network import SAGA_STEP_BITS
from sim.record import sagas as record
from sim.record.outcomes import DEPENDENCY, OK
from sim.semantics import sagas as rules
from sim.shared import Words

STEP = (1 << SAGA_STEP_BITS) - 1


def step(m: World, r: Words, span: Span, code: int, a: int, b: int) -> int:
    """Do a step of this family."""
    if code == network.SAGA_TELL:
        return tell(m, r, span, a)
    if code == network.SAGA_TOLD:
        return told(m, span, a)
    if code == network.SAGA_ASK:
        return ask(m, r, span, a, b)
    if code == network.SAGA_TRIED:
        return tried(m, span, a)
    if code == network.SAGA_NOTE:
        return note(m, r, span, a, b)
    return over(m, r, span, a, b)


def known(m: World, x: Trace, number: int) -> Saga:
    """The saga of a trace, or none when it has ended."""
    return Saga(m, max(0, x.counts[m.effects_at + m.effects_max + number]))


def tell(m: World, r: Words, span: Span, number: int) -> int:
    """A handler begins a saga; fails when that is there already, and others know of it: else it is told again."""
    x = span.trace
    place = m.effects_at + m.effects_max + number
    if x.counts[place] != 0:
        record.saga_joined(r, m.now, number)
        before = known(m, x, number)
        return DEPENDENCY if not before or rules.is_known(before.state) else OK
    saga = Saga(m, take_row(m, m.sagas))
    saga.spec = m.saga_specs[number]
    saga.trace = x
    x.references += 1
    x.counts[place] = saga.at
    saga.ident = span.ident
    saga.state.resume_at = 1
    start(m, r, saga)
    return OK


def told(m: World, span: Span, number: int) -> int:
    """The broker has the message that tells of a saga: it need not be told again."""
    saga = known(m, span.trace, number)
    if saga:
        saga.state.told = 1
    return OK


def ask(m: World, r: Words, span: Span, what: int, question: int) -> int:
    """A participant asks something of its saga; fails when it is not so, or the saga has ended."""
    saga = known(m, span.trace, what >> SAGA_STEP_BITS)
    if not saga:
        return DEPENDENCY
    if rules.answered(saga.state, m.now, saga.spec.deadline, what & STEP, question):
        return OK
    if question == rules.IN_TIME:
        saga.state.overdue = 1
        record.saga_overdue(r, m.now, saga.spec.number, saga.ident)
    return DEPENDENCY


def tried(m: World, span: Span, number: int) -> int:
    """A participant has failed; it fails for its consumer too while that will try it again."""
    group = m.groups[number]
    u = uniform(m, group.retry_stream, span.key, span.occurrence)
    delay = retry_rule(group.retry, m, m.tables.at + group.retry_at, span.consumer.attempt, u)
    return DEPENDENCY if delay >= 0 else OK


def note(m: World, r: Words, span: Span, what: int, how: int) -> int:
    """A participant keeps what has become of its step."""
    saga = known(m, span.trace, what >> SAGA_STEP_BITS)
    if saga:
        rules.noted(saga.state, what & STEP, how)
        if how == rules.NOTE_DONE:
            expose(m, r, saga)
            record.saga_written(r, m.now, saga.spec.number, saga.ident, rules.DONE)
        elif how == rules.NOTE_UNDONE:
            record.saga_written(r, m.now, saga.spec.number, saga.ident, rules.UNDONE)
    return OK


def over(m: World, r: Words, span: Span, number: int, completed: int) -> int:
    """A participant was the last: the saga has ended, unless it had before."""
    saga = known(m, span.trace, number)
    if saga:
        conclude(m, r, saga, completed)
        release(m, saga)
    return OK
