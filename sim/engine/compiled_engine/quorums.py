"""Calls in parallel of which not all are waited for: begin, end, give up. The readable engine's verbs, in its order."""

from sim import network
from sim.engine.compiled_engine import forks
from sim.engine.compiled_engine.calendar import after, then
from sim.engine.compiled_engine.codes import DO_BRANCH, NEVER, WORKING
from sim.engine.compiled_engine.left import leave_all
from sim.engine.compiled_engine.state import Span, World
from sim.record.outcomes import DEPENDENCY, OK
from sim.semantics.order import QUORUM_WAIT, rank_of
from sim.shared import Words, entrance


def begin(m: World, span: Span, table: int, count: int) -> None:
    """Send several calls at once; the handler waits until enough have been answered well, or cannot be any more."""
    span.pending = count
    span.failures = 0
    for index in range(count):
        then(m, DO_BRANCH, span.at, span.pc + index * network.INSTRUCTION)
    deadline = m.tables[table + 2]
    if deadline > 0:
        span.confirmed_at = m.now + deadline
        after(m, deadline, rank_of(QUORUM_WAIT, span.ident), span.at)


@entrance
def decided(m: World, r: Words, span: Span) -> bool:
    """One of its parallel calls is done: whether it is known how they end together; then it needs no other answer."""
    code = m.program[span.pc - network.INSTRUCTION]
    if code == network.FORK:
        return forks.decided(m, r, span)
    if code != network.QUORUM:
        return False
    needed = m.tables[m.program[span.pc - network.INSTRUCTION + 1] + 1]
    good = answered(m, span)
    if good < needed and good + span.pending >= needed:
        return False
    span.confirmed_at = NEVER
    leave_all(m, r, span)
    return True


def answered(m: World, span: Span) -> int:
    """How many of its parallel calls were answered well."""
    return m.program[span.pc - network.INSTRUCTION + 2] - span.pending - span.failures


@entrance
def end(m: World, span: Span) -> int:
    """They are over: with enough good answers the handler goes on behind them."""
    if m.program[span.pc - network.INSTRUCTION] == network.FORK:
        return forks.end(m, span)
    span.confirmed_at = NEVER
    table = m.program[span.pc - network.INSTRUCTION + 1]
    if answered(m, span) < m.tables[table + 1]:
        return DEPENDENCY
    span.pc = m.tables[table]
    return OK


def give_up(m: World, r: Words, span: Span, ident: int) -> bool:
    """Whether the deadline of parallel calls is over that are not."""
    if span.ident != ident or span.state != WORKING or span.confirmed_at != m.now:
        return False
    span.confirmed_at = NEVER
    if m.program[span.pc - network.INSTRUCTION] == network.FORK:
        forks.leave(m, r, span)
    else:
        leave_all(m, r, span)
    return True
