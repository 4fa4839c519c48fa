"""Attempts whose answer nobody needs any more: leave, left by guards. The readable engine's verbs, in its order."""

from sim.engine.compiled_engine import codes
from sim.engine.compiled_engine.balancing import sent_in_vain
from sim.engine.compiled_engine.budgets import attempt_ended, lapsed
from sim.engine.compiled_engine.calls import call_back, stop_timer
from sim.engine.compiled_engine.children import remove_child
from sim.engine.compiled_engine.guards import engaged, leave_room, settle, state_of
from sim.engine.compiled_engine.halted import unheard
from sim.engine.compiled_engine.hedge_rows import drop, give_no_more
from sim.engine.compiled_engine.lost_calls import let_be
from sim.engine.compiled_engine.rooms import forget_waits, hand_on, room_of
from sim.engine.compiled_engine.state import Span, World
from sim.engine.compiled_engine.whole_calls import let_go
from sim.lowering.language import Hook
from sim.policies.waiting import let_go_at
from sim.record import around_calls as recorder
from sim.record.guards import guard_changed
from sim.record.outcomes import OK
from sim.semantics.hooks import LEAVING
from sim.shared import Words, entrance, rare

left = Hook(tuple(kind.left for kind in LEAVING))


def leave(m: World, r: Words, span: Span) -> bool:
    """The caller needs no answer of an attempt, whose callee hears so, if the call says that; whether it waited for one.

    One that has ended in this instant is about to be heard of, in vain, and one that waits to be tried again is not.
    """
    caller = span.caller
    if caller == codes.AWAITED:
        stop_timer(m, span)
        recorder.left(r, m.now, span.site.edge, span.ident)
        if span.admitted & codes.BY_GUARDS != 0:
            left_by_guards(m, r, span)
        elif span.held_back:
            leave_room(m, r, span, OK)
        if span.admitted & codes.WITH_BUDGET != 0:
            attempt_ended(m, r, span, True)
        span.admitted = 0
        if span.site.view and span.replica:
            sent_in_vain(m, r, span)
    elif caller == codes.RETRYING and span.site.budget:
        lapsed(m, r, span)
    remove_child(span.parent, span)
    if unheard(m, span):
        give_no_more(span)
        span.caller = codes.LEFT
        return False
    if span.hedge:
        drop(m, r, span)
    if caller == codes.AWAITED and span.site.cancel_stream >= 0 and span.replica:
        call_back(m, r, span)
    let_be(m, span)
    return caller == codes.AWAITED


def left_by_guards(m: World, r: Words, span: Span) -> None:
    """The guards that let an attempt go hear that nobody needs its answer; to most that is as if it had ended well."""
    for index in range(span.site.guard_count):
        guard = span.site.guards[index]
        state = state_of(guard, span)
        before = engaged(guard.code, m, guard.settings, state)
        let_go = let_go_at(span.held_back, index, span.sent_at)
        if guard.leaves < 0:
            settle(guard.code, m, guard.settings, state, m.now, let_go, True)
        else:
            left(guard.leaves, m, guard.settings, state, m.now, let_go)
        recorder.guard_left(r, m.now, guard.number)
        hand_on(m, guard, state, room_of(guard, span))
        guard_changed(r, m.now, guard.owner, before, engaged(guard.code, m, guard.settings, state))
    forget_waits(m, span)


@rare
def leave_whole_calls(m: World, r: Words, span: Span) -> None:
    """The same of its calls that guards outside of their retry have let go."""
    child = span.child
    while child:
        following = child.sibling
        if child.caller == codes.WHOLE:
            left_by_guards(m, r, child)
            let_go(m, child)
        child = following


@entrance
def leave_all(m: World, r: Words, span: Span) -> None:
    """A handler needs none of the answers that it waits for."""
    if m.whole_sites > 0:
        leave_whole_calls(m, r, span)
    child = span.child
    while child:
        following = child.sibling
        leave(m, r, child)
        child = following
