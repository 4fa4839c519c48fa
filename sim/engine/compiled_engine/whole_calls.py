"""Calls that guards outside of their retry have let go: hold, over, let go, break off; awaits. The readable engine's verbs.

Each is a span that is no attempt, among the children of its caller: with what those guards want to know of who asks them.
Nothing on the calendar or the agenda is about it.
"""

from sim.engine.compiled_engine.children import add_child, remove_child
from sim.engine.compiled_engine.codes import AWAITED, BY_GUARDS, GONE, WHOLE
from sim.engine.compiled_engine.guards import give_up, tell_guards
from sim.engine.compiled_engine.memory import release_span, take_span
from sim.engine.compiled_engine.state import Span, World
from sim.record.outcomes import CRASHED
from sim.rows import NOWHERE
from sim.shared import Words, rare


def hold(m: World, span: Span) -> None:
    """The guards at the site of a first attempt have let its call go: the call has what they gave, the attempt nothing yet."""
    whole = take_span(m)
    span.trace.references += 1
    whole.trace = span.trace
    whole.ident = span.ident
    whole.key = span.key
    whole.occurrence = span.occurrence
    whole.site = span.site
    whole.parent = span.parent
    whole.caller = WHOLE
    whole.sent_at = span.sent_at
    whole.held_back = span.held_back
    whole.admitted = BY_GUARDS
    add_child(span.parent, whole)
    span.call = whole
    span.held_back = NOWHERE
    span.admitted = 0


def over(m: World, r: Words, whole: Span, outcome: int) -> None:
    """A call has ended: the guards that let it go hear how."""
    tell_guards(m, r, whole, outcome)
    let_go(m, whole)


def let_go(m: World, whole: Span) -> None:
    """Nobody has a call any more."""
    remove_child(whole.parent, whole)
    whole.caller = GONE
    release_span(m, whole)


@rare
def break_off(m: World, r: Words, span: Span, outcome: int) -> None:
    """A handler is no more, for a reason, nor are its calls."""
    child = span.child
    while child:
        following = child.sibling
        if child.caller == WHOLE:
            if outcome == CRASHED:
                give_up(m, r, child)
            else:
                tell_guards(m, r, child, outcome)
            let_go(m, child)
        child = following


@rare
def awaits(span: Span) -> bool:
    """Whether a handler waits for the answer to what it did last."""
    child = span.child
    while child and child.caller == WHOLE:
        child = child.sibling
    if not child:
        return False
    return child.caller == AWAITED
