"""Who leaves before the end: expire, call back, cancel; abandon, also branches; give way.

    caller   --- request ------------>  callee             the callee works on when the caller gives up,
             timeout, or down           waits or works     unless the call says that it is told so
             --- cancellation ------->  stops              it leaves the queue, or its worker, and tells its own callees
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpy.events import Event

from sim.engine.simpy_engine import admission, branches, caches, leaks, pace, sagas, stores, waiting
from sim.engine.simpy_engine.attempts import hand_on, settle
from sim.engine.simpy_engine.calling_back import call_back, has_left
from sim.engine.simpy_engine.guards import leave_room
from sim.engine.simpy_engine.halted import cancels_later
from sim.engine.simpy_engine.lost_calls import lose
from sim.engine.simpy_engine.projections import stop_waiting
from sim.record import outcomes, recorder
from sim.record import waiting as waits
from sim.record.outcomes import OK
from sim.semantics.processors import AWAY, HANGS, WANTS_WORKER

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run, Steps
    from sim.engine.simpy_engine.state import Replica, Span


def expire(run: Run, attempt: Span) -> None:
    """The timeout of an attempt runs out, or the deadline of its call: the caller gives up, and the callee may hear so."""
    if attempt.awaited:
        left = has_left(attempt)
        if not left:
            leave_room(run, attempt, outcomes.TIMEOUT)
        settle(run, attempt, outcomes.TIMEOUT)
        if left:
            call_back(run, attempt)


def cancel(run: Run, attempt: Span) -> None:
    """A cancellation comes to the callee, which stops. One that is over has nothing to stop, one on its way is not let in.

    One that hangs does not hear it.
    """
    if cancels_later(run, attempt):
        return
    if attempt.ident not in attempt.replica.residents:
        attempt.called_back = True
    elif attempt.place != HANGS:
        stop(run, attempt)


def stop(run: Run, attempt: Span) -> None:
    """A request stops where it is: its place in the queue, or its worker, is free, and nobody waits for what it had called."""
    replica, now, service = attempt.replica, run.clock.now, attempt.replica.service
    del replica.residents[attempt.ident]
    if attempt.running:
        recorder.ended(run.r, now, service, attempt.ident, outcomes.CANCELLED, now - attempt.started_at, 1)
        if replica.at_work:
            waiting.over(run, attempt)
    else:
        waiting.leave(run, attempt)
        record_waiting(run, attempt, outcomes.CANCELLED)
    holds = attempt.running and attempt.place not in {AWAY, WANTS_WORKER}
    abandon(run, attempt, outcomes.CANCELLED, tells=True)
    if holds:
        replica.busy -= 1
        hand_on(run, replica)


def record_waiting(run: Run, attempt: Span, outcome: int) -> None:
    """A request that waits ends: one that was not begun, or one whose worker another one has."""
    now, service, waited = run.clock.now, attempt.replica.service, run.clock.now - attempt.arrived_at
    if attempt.preempted:
        held = attempt.arrived_at - attempt.started_at
        waits.ended_preempted(run.r, now, service, attempt.ident, outcome, held, waited, int(not attempt.awaited))
    elif outcome == outcomes.CRASHED:
        recorder.killed_waiting(run.r, now, service, attempt.ident, waited)
    else:
        waits.left_queue(run.r, now, service, attempt.ident, outcome, waited)


def abandon(run: Run, span: Span, outcome: int, *, tells: bool) -> None:
    """A handler is no more: nor are its branches, nobody waits for the calls it had sent, its transaction is rolled back.

    ``outcome`` is why. It ``tells`` its callees, unless its replica went down silently.
    """
    if span.ident in run.branches_of:
        for one in branches.below(run, span):
            branches.gone(run, one, outcome)
            end_all(run, one, outcome, tells=tells)
    end_all(run, span, outcome, tells=tells)


def abandon_branch(run: Run, one: Span, outcome: int, *, tells: bool) -> None:
    """The same of a branch alone, which its handler does not need any more; or of one that was left, and goes down."""
    for inner in branches.below(run, one):
        branches.gone(run, inner, outcome)
        end_all(run, inner, outcome, tells=tells)
    branches.gone(run, one, outcome)
    end_all(run, one, outcome, tells=tells)


def lose_branches(run: Run, replica: Replica, *, tells: bool) -> None:
    """A replica goes down: so do the branches there that nobody needs."""
    while here := branches.here(run, replica):
        abandon_branch(run, here[0], outcomes.CRASHED, tells=tells)


def end_all(run: Run, span: Span, outcome: int, *, tells: bool) -> None:
    """What an execution has under way ends: what it waits for, its transaction, its locks, its read, its calls."""
    span.dead = True
    leaks.killed(run, span)
    sagas.leave(span)
    admission.left(run, span, outcome)
    pace.leave(run, span)
    stores.break_off(run, span)
    if span.replica.service in run.caches_of:
        caches.break_off(run, span)
    stop_waiting(run, span)
    lose(run, span, outcome, tells=tells)


def give_way(run: Run, span: Span, _a: int, _b: int) -> Steps:
    """A handler is about to work: a request of higher priority that waits has the worker first."""
    replica = span.replica
    has_worker = span.ident in replica.residents  # the handler of a message has none of the replica's
    if has_worker and any(replica.lines[: run.network.flows[span.trace.flow].rank]):
        span.has_worker = Event(run.clock)
        waiting.suspend(run, span)
        hand_on(run, replica)
        yield span.has_worker
    return OK
