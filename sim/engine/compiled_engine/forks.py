"""What a handler does in parallel where not all of it are calls: begin, over, heard, decided, leave, end.

The readable engine's verbs.
"""

from sim import network
from sim.engine.compiled_engine import branches, dual_writes
from sim.engine.compiled_engine.calendar import after, then
from sim.engine.compiled_engine.children import remove_child
from sim.engine.compiled_engine.codes import DO_BRANCH, DO_FORK, DO_JOIN, GONE, NEVER, SETTLED
from sim.engine.compiled_engine.leaving import abandon_branch
from sim.engine.compiled_engine.left import leave_all
from sim.engine.compiled_engine.memory import release_span
from sim.engine.compiled_engine.state import Span, World
from sim.record.outcomes import CANCELLED, DEPENDENCY, OK
from sim.semantics.order import QUORUM_WAIT, rank_of
from sim.shared import Words, entrance
from sim.stores.dual_writes import FAILED, WELL


@entrance
def begin(m: World, span: Span, table: int, count: int) -> None:
    """Do several things at once; the handler waits until all have ended, or enough have ended well, or cannot any more."""
    span.pending = count
    span.failures = 0
    span.failed_with = 0
    for index in range(count):
        at = m.tables[table] - (count - index) * network.INSTRUCTION
        if m.program[at] == network.CALL:
            then(m, DO_BRANCH, span.at, at)
        else:
            then(m, DO_FORK, span.at, at)
    deadline = m.tables[table + 2]
    if deadline > 0:
        span.confirmed_at = m.now + deadline
        after(m, deadline, rank_of(QUORUM_WAIT, span.ident), span.at)


@entrance
def started(m: World, r: Words, span: Span, at: int) -> Span:
    """A branch begins, which the instruction at an address says."""
    return branches.begin(m, r, span, at)


@entrance
def over(m: World, r: Words, one: Span, failed: int) -> None:
    """A branch has come to its end, or one of its steps has failed."""
    outcome = one.failed_with if failed != 0 else OK
    if one.writes:
        dual_writes.over(m, r, one, WELL if outcome == OK else FAILED)
    branches.over(m, r, one, outcome)


@entrance
def heard(m: World, r: Words, one: Span, outcome: int) -> None:
    """A handler hears how one of its branches has ended, unless it needs that no more."""
    if one.caller != SETTLED:
        return
    parent = one.parent
    remove_child(parent, one)
    one.caller = GONE
    release_span(m, one)
    if outcome != OK:
        if parent.failures == 0:
            parent.failed_with = outcome
        parent.failures += 1
    parent.pending -= 1
    if parent.pending == 0 or decided(m, r, parent):
        then(m, DO_JOIN, parent.at, 0)


def table_of(m: World, span: Span) -> int:
    """The table of what a handler waits for."""
    return m.program[span.pc - network.INSTRUCTION + 1]


@entrance
def decided(m: World, r: Words, span: Span) -> bool:
    """One of them has ended: whether it is known how they end together; then the handler needs none of the others."""
    needed = m.tables[table_of(m, span) + 1]
    if needed == 0:
        return False
    good = well(m, span)
    if good < needed and good + span.pending >= needed:
        return False
    leave(m, r, span)
    return True


def well(m: World, span: Span) -> int:
    """How many of them have ended well."""
    return m.program[span.pc - network.INSTRUCTION + 2] - span.pending - span.failures


def leave(m: World, r: Words, span: Span) -> None:
    """A handler needs nothing any more of what it does at once."""
    span.confirmed_at = NEVER
    cancels = m.tables[table_of(m, span) + 3]
    child = span.child
    while child:
        following = child.sibling
        if not child.site:
            if child.caller == SETTLED:
                branches.unheard(m, child)
            elif cancels != 0:
                abandon_branch(m, r, child, CANCELLED, True)
            else:
                branches.left(m, r, child)
        child = following
    leave_all(m, r, span)


@entrance
def end(m: World, span: Span) -> int:
    """They are over: how."""
    span.confirmed_at = NEVER
    needed = m.tables[table_of(m, span) + 1]
    if needed == 0 and span.failures == 0:
        return OK
    if needed > 0 and well(m, span) >= needed:
        return OK
    return span.failed_with if span.failed_with != 0 else DEPENDENCY
