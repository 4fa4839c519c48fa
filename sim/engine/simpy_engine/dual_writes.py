"""Dual writes: pair, begun, committed, sent, arrived, over, may be lost, is kept, is lost: whether executions did both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.record import dual_writes as recorder
from sim.record.outcomes import OK
from sim.stores import dual_writes as rules

if TYPE_CHECKING:
    from sim.engine.simpy_engine.broker_state import Message
    from sim.engine.simpy_engine.run import Run, Steps
    from sim.engine.simpy_engine.state import Span


def pair(run: Run, span: Span, table: int, _: int) -> Steps:
    """A handler begins that commits transactions and publishes to the topics of a table."""
    for index in range(run.tables[table]):
        number = run.tables[table + 1 + index]
        one = rules.DualWrite.plain()
        one.number, one.channel, one.ident = number, run.network.dual_writes[number].channel, span.ident
        if span.writes is not None:
            one.other = span.writes
        span.writes = one
        rules.open_write(run.writes, one)
        recorder.dual_write_begun(run.r, number)
    return OK
    yield


def begun(span: Span) -> None:
    """The handler wants a connection for a transaction."""
    one = span.writes
    while one:
        one.begun += 1
        one = one.other


def committed(span: Span) -> None:
    """A transaction of the handler has committed."""
    one = span.writes
    while one:
        one.committed += 1
        one = one.other


def sent(span: Span, message: Message) -> None:
    """The handler has published a message."""
    one: Any = span.writes and rules.write_to(span.writes, message.channel)
    if one:
        one.sent += 1
        one.travelling += 1
        message.write = one


def arrived(run: Run, message: Message, *, taken: bool) -> None:
    """A message that a handler published is at its broker, which takes it or not."""
    one = message.write
    if one is None:
        return
    message.write = None
    one.travelling -= 1
    one.taken += int(taken)
    judge(run, one)


def over(run: Run, span: Span, how: int) -> None:
    """The handler is over, well or not."""
    one = span.writes
    span.writes = None
    while one:
        other, one.over = one.other, how
        judge(run, one)
        one = other


def gone(run: Run, span: Span) -> None:
    """The handler went down."""
    over(run, span, rules.FAILED)


def judge(run: Run, one: Any) -> None:
    """What came of both writes is known when nothing more can."""
    if one.over == rules.UNDER_WAY or one.travelling > 0:
        return
    recorder.dual_write_over(run.r, run.clock.now, one.number, one.ident, rules.verdict(one))
    rules.close_write(run.writes, one)
    one.judged = 1


# -- where the store may lose the commit


def may_be_lost(span: Span) -> None:
    """A commit of the handler may be lost."""
    one = span.writes
    while one:
        one.commits += 1
        one = one.other


def is_kept(first: Any) -> None:
    """A commit of an execution cannot be lost any more; ``first`` is the first of its dual writes."""
    one = first
    while one:
        one.commits -= 1
        one = one.other


def is_lost(run: Run, first: Any) -> None:
    """A commit of an execution is lost: what was published of it is a phantom, unless that is not known yet."""
    one = first
    while one:
        if rules.undo(one):
            recorder.dual_write_undone(run.r, one.number, 1)
        one = one.other
