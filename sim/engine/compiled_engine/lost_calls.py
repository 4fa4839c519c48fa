"""What becomes of calls when who made them is no more: lose, let be, forget. The readable engine's verbs, in its order."""

from sim.engine.compiled_engine import admission, balancing, budgets, codes, fallbacks, guards, hedge_rows, leaks, whole_calls
from sim.engine.compiled_engine.calendar import then
from sim.engine.compiled_engine.calls import call_back, stop_timer
from sim.engine.compiled_engine.halted import unheard
from sim.engine.compiled_engine.memory import release_span
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.record import outcomes, recorder
from sim.rows import NOWHERE
from sim.shared import Words, rare


def lose(m: World, r: Words, span: Span, outcome: int, tells: bool) -> None:  # noqa: FBT001
    """A handler is no more, for a reason: it is in no fallback, and nobody waits for the calls that it had sent."""
    if span.fallback != 0:
        fallbacks.break_off(m, r, span)
    if m.whole_sites > 0:
        whole_calls.break_off(m, r, span, outcome)
    child = span.child
    while child:
        following = child.sibling
        if child.caller == codes.AWAITED:
            stop_timer(m, child)
            recorder.settled(r, m.now, child.site.edge, child.ident, outcome)
            if child.admitted != 0 or child.held_back:
                hear_of_it(m, r, child, outcome)
            if child.site.view and child.replica:  # its replica has done nothing wrong
                balancing.sent_in_vain(m, r, child)
            if tells and child.site.cancel_stream >= 0 and child.replica:
                call_back(m, r, child)
        elif child.caller == codes.RETRYING and child.site.budget and outcome != outcomes.CRASHED:
            budgets.lapsed(m, r, child)
        child.sibling = NOWHERE
        child.sibling_previous = NOWHERE
        if unheard(m, child):
            hedge_rows.give_no_more(child)
            child.caller = codes.LEFT
        else:
            if child.hedge:
                hedge_rows.drop(m, r, child)
            let_be(m, child)
        child = following
    span.child = NOWHERE
    span.child_last = NOWHERE


def let_be(m: World, span: Span) -> None:
    """Nobody waits for an attempt any more: its row goes when its callee is done, and nothing on the agenda is about it."""
    if span.caller == codes.SETTLED:  # it is on the agenda
        span.caller = codes.LEFT
        then(m, codes.DO_FREE, span.at, 0)
    else:
        span.caller = codes.GONE
        release_span(m, span)


def hear_of_it(m: World, r: Words, child: Span, outcome: int) -> None:
    """The guards of an attempt hear that its caller is no more, and why: it went down, or stopped."""
    if outcome == outcomes.CRASHED:
        guards.give_up(m, r, child)
    else:
        budgets.tell(m, r, child, outcome)


@rare
def forget(m: World, r: Words, replica: Replica) -> None:
    """A replica that crashed knows nothing of its calls any more."""
    admission.forget(m, r, replica)
    guards.forget(m, r, replica)
    budgets.forget(m, r, replica)
    balancing.forget_replicas(m, r, replica)
    hedge_rows.forget(m, replica)
    leaks.restarted(m, r, replica)
