"""Branches of handlers: begin, over, left, deepest, gone: what they do in parallel that is no plain call.

Each is a span without a site among the children of its handler, and linked at its replica as residents are. It has no worker.
The readable engine's verbs.
"""

from sim.engine.compiled_engine.calendar import then
from sim.engine.compiled_engine.calls import execution_of
from sim.engine.compiled_engine.children import add_child, remove_child
from sim.engine.compiled_engine.codes import DO_BRANCH_OVER, DO_FREE, FORKED, GONE, LEFT, OVER, SETTLED, WORKING
from sim.engine.compiled_engine.memory import release_span
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.record import branches as recorder
from sim.record.fields.branches import BRANCHES
from sim.record.outcomes import CANCELLED
from sim.rows import NOWHERE
from sim.semantics.order import OCCURRENCE_BITS, PLACES_MAX
from sim.shared import Words, entrance, rare

BRANCHES_HELD = len(BRANCHES.holdings)


@entrance
def begin(m: World, r: Words, span: Span, at: int) -> Span:
    """A branch of a handler begins, which the instruction at an address says."""
    number = m.program[at + 1]
    one = execution_of(m, span.trace, m.branches[number])
    one.operation = span.operation
    one.replica = span.replica
    one.state = WORKING
    one.pc = m.program[at + 2]
    one.parent = span
    one.caller = FORKED
    one.due = span.due
    one.started_at = m.now
    add_child(span, one)
    last = span.replica.branch_last
    one.resident_previous = last
    if last:
        last.resident_next = one
    else:
        span.replica.branch_first = one
    span.replica.branch_last = one
    recorder.begun(r, m.now, number, one.ident, span.ident)
    return one


def number_of(m: World, one: Span) -> int:
    """Which of the declared branches it is one of."""
    return ((one.ident >> OCCURRENCE_BITS) & (PLACES_MAX - 1)) - m.first_branch


def ended(m: World, r: Words, one: Span, outcome: int) -> None:
    """A branch is at its replica no more."""
    wasted = one.caller != FORKED or outcome == CANCELLED
    recorder.ended(r, m.now, number_of(m, one), one.ident, outcome, m.now - one.started_at, wasted)
    previous, following = one.resident_previous, one.resident_next
    if previous:
        previous.resident_next = following
    else:
        one.replica.branch_first = following
    if following:
        following.resident_previous = previous
    else:
        one.replica.branch_last = previous


def over(m: World, r: Words, one: Span, outcome: int) -> None:
    """The steps of a branch have ended, well or not."""
    ended(m, r, one, outcome)
    one.state = OVER
    if one.caller == FORKED:
        one.caller = SETTLED
        then(m, DO_BRANCH_OVER, one.at, outcome)
    else:
        release_span(m, one)


def left(m: World, r: Words, one: Span) -> None:
    """A branch is not needed any more, and goes on."""
    remove_child(one.parent, one)
    one.caller = GONE
    one.parent = NOWHERE
    recorder.left(r, m.now, number_of(m, one), one.ident)


@rare
def deepest(span: Span) -> Span:
    """The first branch below a handler, or a branch, that has none itself; or that one, if it has none."""
    child = span.child
    while child:
        if child.site:
            child = child.sibling
        else:
            span = child
            child = span.child
    return span


def unheard(m: World, one: Span) -> None:
    """A branch has ended, in this instant, and nobody will hear of it."""
    remove_child(one.parent, one)
    one.caller = LEFT
    then(m, DO_FREE, one.at, 0)


@rare
def count_branches(m: World, r: Words, at: int, replica: Replica) -> None:
    """Branches that are under way at a replica when the books are closed."""
    one = replica.branch_first
    while one:
        number = number_of(m, one)
        m[at + BRANCHES_HELD * number] += 1
        recorder.still_running(r, number, m.horizon - one.started_at)
        one = one.resident_next
