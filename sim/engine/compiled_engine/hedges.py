"""Hedged calls: due, further, heard, decide. The readable engine's verbs, in its order."""

from sim.engine.compiled_engine import codes
from sim.engine.compiled_engine.calendar import heap_push, then
from sim.engine.compiled_engine.calls import heard_as, send
from sim.engine.compiled_engine.children import remove_child
from sim.engine.compiled_engine.hedge_rows import free, wait
from sim.engine.compiled_engine.left import leave
from sim.engine.compiled_engine.memory import release_span
from sim.engine.compiled_engine.state import Hedged, Span, World
from sim.record import around_calls as recorder
from sim.record.outcomes import OK
from sim.rows import NOWHERE
from sim.semantics.hedging import learn, may_hedge
from sim.semantics.order import HEDGE, rank_of
from sim.shared import Words, entrance


def due(m: World, r: Words, group: Hedged, ident: int) -> None:
    """No good answer came in time."""
    if group.ident != ident or group.due != m.now:
        return
    until = group.parent.replica.halted_until
    if until > m.now:  # it does so when its replica goes on
        group.due = until
        heap_push(m, until, rank_of(HEDGE, ident), group.at)
    else:
        further(m, r, group)


def further(m: World, r: Words, group: Hedged) -> None:
    """It is the turn of one more attempt, if the budget lets it go."""
    parent, spec = group.parent, group.spec
    group.turns += 1
    denied = not may_hedge(group.state, spec.budget)
    recorder.hedged(r, m.now, spec.number, group.ident, denied)
    if not denied:
        m.hedging = group
        send(m, r, parent, parent.trace, spec.site, 0, group.branch, group.deadline)
    wait(m, group)


@entrance
def heard(m: World, r: Words, span: Span, outcome: int) -> None:
    """An attempt has ended: it decides the call when it ended well, or when there is no other one."""
    group = span.hedge
    spec = group.spec
    span.hedge = NOWHERE
    group.live -= 1
    if outcome != OK and spec.failed_next != 0 and group.turns < spec.calls_max:
        further(m, r, group)
    if outcome == OK or group.live == 0:
        decide(m, r, group, span, outcome)
        return
    remove_child(span.parent, span)
    span.caller = codes.GONE
    release_span(m, span)


def decide(m: World, r: Words, group: Hedged, span: Span, outcome: int) -> None:
    """The call is over: its other attempts are left."""
    spec, mille = group.spec, group.spec.mille
    is_first = span.ident == group.ident
    group.live += 1  # it is needed to the end
    if outcome == OK and mille > 0 and is_first:
        learn(group.state, mille, m.now - group.sent_at, True)
    wasted = 0
    child = span.parent.child
    while child:
        following = child.sibling
        if child.hedge.at == group.at:
            if outcome == OK and mille > 0 and child.ident == group.ident and child.caller == codes.AWAITED:
                learn(group.state, mille, m.now - group.sent_at, False)
            child.hedge = NOWHERE
            if leave(m, r, child):
                wasted += 1
        child = following
    span.number = group.number
    span.waited = group.waited
    span.call = group.call
    recorder.hedge_decided(r, spec.number, outcome == OK, is_first, wasted)
    group.live -= 1
    free(m, group)
    then(m, heard_as(span), span.at, outcome)
