"""What becomes of calls when a replica that has made them goes down: lose, forget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine import around_calls, balancing, guards, hedge_groups
from sim.record import outcomes, recorder

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Replica, Span


def lose(run: Run, span: Span) -> None:
    """A handler is no more: it is in no fallback, and nobody waits for the calls that it had sent."""
    around_calls.break_off(run, span)
    for child in span.children.values():
        child.awaited = False
        del run.awaited[child.ident]
        recorder.settled(run.r, run.clock.now, child.site.edge, child.ident, outcomes.CRASHED)
        if child.admitted:
            guards.give_up(run, child)
        if child.view is not None:
            balancing.sent_in_vain(run, child)
        if child.hedge is not None:
            hedge_groups.drop(run, child)
    span.children.clear()


def forget(run: Run, replica: Replica) -> None:
    """A replica that crashed knows nothing of its calls any more."""
    guards.forget(run, replica)
    balancing.forget_replicas(run, replica)
    hedge_groups.forget(run, replica)
