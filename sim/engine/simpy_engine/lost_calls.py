"""What becomes of calls when the handler, or the replica, that has made them is no more: lose, forget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine import admission, around_calls, balancing, budgets, guards, hedge_groups, leaks, whole_calls
from sim.engine.simpy_engine.calling_back import call_back, has_left
from sim.record import outcomes, recorder

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Replica, Span


def lose(run: Run, span: Span, outcome: int, *, tells: bool) -> None:
    """A handler is no more, for a reason: it is in no fallback, and nobody waits for the calls that it had sent."""
    around_calls.break_off(run, span)
    whole_calls.break_off(run, span, outcome)
    for child in span.children.values():
        child.awaited = False
        del run.awaited[child.ident]
        recorder.settled(run.r, run.clock.now, child.site.edge, child.ident, outcome)
        left, asked = has_left(child), child.admitted or child.held_back is not None
        if asked and outcome == outcomes.CRASHED:
            guards.give_up(run, child)
        elif asked:
            guards.tell_guards(run, child, outcome)
        if child.site.budget >= 0 and outcome != outcomes.CRASHED:
            budgets.attempt_ended(run, child, first=child.attempt == 1, good=False)
        if child.view is not None:  # its replica has done nothing wrong
            balancing.sent_in_vain(run, child)
        if child.hedge is not None:
            hedge_groups.drop(run, child)
        if tells and left:
            call_back(run, child)
    budgets.lapse(run, span, outcome)
    span.children.clear()


def forget(run: Run, replica: Replica) -> None:
    """A replica that crashed knows nothing of its calls any more."""
    admission.forget(run, replica)
    guards.forget(run, replica)
    budgets.forget(run, replica)
    balancing.forget_replicas(run, replica)
    hedge_groups.forget(run, replica)
    leaks.restarted(run, replica)
