"""What becomes of calls when a replica that made them goes down: lose, forget. The readable engine's verbs, in its order."""

from sim.engine.compiled_engine import balancing, fallbacks, guards, hedge_rows
from sim.engine.compiled_engine.calls import stop_timer
from sim.engine.compiled_engine.codes import AWAITED, GONE
from sim.engine.compiled_engine.memory import release_span
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.record import recorder
from sim.record.outcomes import CRASHED
from sim.rows import NOWHERE
from sim.shared import Words, rare


@rare
def lose(m: World, r: Words, span: Span) -> None:
    """A handler is no more: it is in no fallback, and nobody waits for the calls that it had sent."""
    fallbacks.break_off(m, r, span)
    child = span.child
    while child:
        following = child.sibling
        if child.caller == AWAITED:
            stop_timer(m, child)
            recorder.settled(r, m.now, child.site.edge, child.ident, CRASHED)
            if child.admitted != 0:
                guards.give_up(m, r, child)
            if child.site.view and child.replica:
                balancing.sent_in_vain(m, r, child)
        child.sibling = NOWHERE
        child.sibling_previous = NOWHERE
        if child.hedge:
            hedge_rows.drop(m, r, child)
        child.caller = GONE
        release_span(m, child)
        child = following
    span.child = NOWHERE
    span.child_last = NOWHERE


@rare
def forget(m: World, r: Words, replica: Replica) -> None:
    """A replica that crashed knows nothing of its calls any more."""
    guards.forget(m, r, replica)
    balancing.forget_replicas(m, r, replica)
    hedge_rows.forget(m, replica)
