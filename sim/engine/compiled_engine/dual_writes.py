"""Dual writes: pair, begun, committed, sent, arrived, over, may be lost, is kept, is lost. The readable engine's verbs."""

from sim.engine.compiled_engine.broker_state import Message
from sim.engine.compiled_engine.memory import release_row, take_row
from sim.engine.compiled_engine.state import Span, World
from sim.record import dual_writes as recorder
from sim.rows import NOWHERE
from sim.shared import Words, entrance
from sim.stores import dual_writes as rules
from sim.stores.dual_writes import DualWrite


def pair(m: World, r: Words, span: Span, table: int) -> None:
    """A handler begins that commits transactions and publishes to the topics of a table."""
    for index in range(m.tables[table]):
        number = m.tables[table + 1 + index]
        one = DualWrite(m, take_row(m, m.dual_writes))
        one.number = number
        one.channel = m.dual_channels[number]
        one.ident = span.ident
        one.other = span.writes
        span.writes = one
        rules.open_write(m.writes, one)
        recorder.dual_write_begun(r, number)


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
    one = rules.write_to(span.writes, message.channel.number)
    if one:
        one.sent += 1
        one.travelling += 1
        message.write = one


def arrived(m: World, r: Words, message: Message, taken: bool) -> None:  # noqa: FBT001
    """A message that a handler published is at its broker, which takes it or not."""
    one = message.write
    if not one:
        return
    message.write = NOWHERE
    one.travelling -= 1
    one.taken += taken
    judge(m, r, one)


@entrance
def over(m: World, r: Words, span: Span, how: int) -> None:
    """The handler is over, well or not."""
    one = span.writes
    span.writes = NOWHERE
    while one:
        other = one.other
        one.over = how
        judge(m, r, one)
        one = other


def gone(m: World, r: Words, span: Span) -> None:
    """The handler went down."""
    over(m, r, span, rules.FAILED)


def judge(m: World, r: Words, one: DualWrite) -> None:
    """What came of both writes is known when nothing more can."""
    if one.over == rules.UNDER_WAY or one.travelling > 0:
        return
    recorder.dual_write_over(r, m.now, one.number, one.ident, rules.verdict(one))
    rules.close_write(m.writes, one)
    one.judged = 1
    release_if_over(m, one)


def release_if_over(m: World, one: DualWrite) -> None:
    """Give it back once nothing more can become of it."""
    if one.judged != 0 and one.commits == 0:
        release_row(m, m.dual_writes, one.at)


# -- where the store may lose the commit


def may_be_lost(span: Span) -> None:
    """A commit of the handler may be lost."""
    one = span.writes
    while one:
        one.commits += 1
        one = one.other


def is_kept(m: World, first: DualWrite) -> None:
    """A commit of an execution cannot be lost any more; ``first`` is the first of its dual writes."""
    one = first
    while one:
        other = one.other
        one.commits -= 1
        release_if_over(m, one)
        one = other


def is_lost(m: World, r: Words, first: DualWrite) -> None:
    """A commit of an execution is lost: what was published of it is a phantom, unless that is not known yet."""
    one = first
    while one:
        other = one.other
        if rules.undo(one):
            recorder.dual_write_undone(r, one.number, 1)
        release_if_over(m, one)
        one = other
