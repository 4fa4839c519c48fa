"""Attempts whose answer nobody needs any more: leave, left by guards. The readable engine's verbs, in its order."""

from sim.engine.compiled_engine import codes
from sim.engine.compiled_engine.balancing import sent_in_vain
from sim.engine.compiled_engine.calls import remove_child, stop_timer
from sim.engine.compiled_engine.guards import engaged, settle, state_of
from sim.engine.compiled_engine.hedge_rows import drop
from sim.engine.compiled_engine.memory import release_span
from sim.engine.compiled_engine.state import Span, World
from sim.lowering.language import Hook
from sim.record import around_calls as recorder
from sim.record.guards import guard_changed
from sim.semantics.hooks import LEAVING
from sim.shared import Words, entrance

left = Hook(tuple(kind.left for kind in LEAVING))


def leave(m: World, r: Words, span: Span) -> bool:
    """The caller needs no answer of an attempt; returns whether it waited for one.

    One that has ended in this instant is about to be heard of (`hedges.heard`), and one that waits to be tried again is not.
    """
    parent, caller = span.parent, span.caller
    if caller == codes.AWAITED:
        stop_timer(m, span)
        recorder.left(r, m.now, span.site.edge, span.ident)
        if span.admitted != 0:
            left_by_guards(m, r, span)
        if span.site.view and span.replica:
            sent_in_vain(m, r, span)
    remove_child(parent, span)
    if span.hedge:
        drop(m, r, span)
    if caller == codes.SETTLED:
        span.caller = codes.LEFT
        redirect(m, span)
    else:
        span.caller = codes.GONE
        release_span(m, span)
    return caller == codes.AWAITED


def redirect(m: World, span: Span) -> None:
    """Let it be heard in vain how an attempt ended, which stands on the agenda."""
    for place in range(m.agenda_head, m.agenda_tail):
        item = m.agenda[place & m.agenda_mask]
        if item.action == codes.DO_RESUME and item.a == span.at:
            item.action = codes.DO_HEAR


def left_by_guards(m: World, r: Words, span: Span) -> None:
    """The guards that let an attempt go hear that nobody needs its answer; to most that is as if it had ended well."""
    span.admitted = 0
    for index in range(span.site.guard_count):
        guard = span.site.guards[index]
        state = state_of(guard, span)
        before = engaged(guard.code, m, guard.settings, state)
        if guard.leaves < 0:
            settle(guard.code, m, guard.settings, state, m.now, span.sent_at, True)
        else:
            left(guard.leaves, m, guard.settings, state, m.now, span.sent_at)
        recorder.guard_left(r, m.now, guard.number)
        guard_changed(r, m.now, guard.number, before, engaged(guard.code, m, guard.settings, state))


@entrance
def leave_all(m: World, r: Words, span: Span) -> None:
    """A handler needs none of the answers that it waits for."""
    child = span.child
    while child:
        following = child.sibling
        leave(m, r, child)
        child = following
