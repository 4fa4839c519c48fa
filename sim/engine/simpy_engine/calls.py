"""Calls: call, again, send, held back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpy.events import Event

from sim.draws import bits
from sim.engine.simpy_engine import budgets, hedges
from sim.engine.simpy_engine.attempts import leave_caller, settle
from sim.engine.simpy_engine.clock import Process, Timer
from sim.engine.simpy_engine.guards import ask
from sim.engine.simpy_engine.halted import thaw
from sim.engine.simpy_engine.hedge_groups import Hedged
from sim.engine.simpy_engine.held_back import go_on
from sim.engine.simpy_engine.outer_guards import enter, in_vain, whole_call
from sim.engine.simpy_engine.state import Span
from sim.record import fields, outcomes, recorder
from sim.record.outcomes import OK, unanswered
from sim.scenario.kinds import GO, HOLD, REFUSE
from sim.semantics.hooks import RETRIES
from sim.semantics.order import RETRY, TIMEOUT, rank_of
from sim.semantics.sagas import attempt_failed
from sim.semantics.waiting import due_of

if TYPE_CHECKING:
    from sim.engine.simpy_engine.quorums import Together
    from sim.engine.simpy_engine.run import Activity, Run, Steps
    from sim.engine.simpy_engine.state import Trace
    from sim.network import Site


def call(run: Run, caller: Span | None, trace: Trace, site: Site, together: Together | None = None) -> Steps:
    """Send, wait for the reply or the timeout, retry; gives the outcome of the last attempt.

    ``together``: calls that it left with; when they are over, nobody needs its answer.
    """
    if site.inner >= 0 and caller is not None:
        outcome = yield from whole_call(run, caller, trace, site, together, send, again)
        return int(outcome)
    number, waited, inherited = 1, 0, caller.due if caller is not None else 0
    due = due_of(site.deadline, inherited, run.clock.now) if site.deadline >= 0 else inherited
    while True:
        if site.hedge >= 0 and caller is not None:
            attempt, outcome = yield from hedges.hedged(run, Hedged(run, caller, site, number, due, together), send)
        else:
            attempt = send(run, caller, trace, site, number, due)
            outcome = yield attempt.done
        if (caller is not None or together is not None) and in_vain(caller, together):
            return int(outcome)
        if caller is None:
            trace.answered = attempt.occurrence
        if outcome == OK:
            return OK
        waited = yield from again(run, caller, together, attempt, waited, outcome)
        if waited < 0:
            return int(outcome)
        number += 1


def again(run: Run, caller: Span | None, together: Together | None, attempt: Span, waited: int, outcome: int) -> Steps:
    """An attempt of a call has failed, which had ``waited`` before it: wait for the next one.

    Gives how long; -1: there is none.
    """
    if caller is not None and caller.saga is not None:
        attempt_failed(caller.saga.state, unanswered(outcome))
    delay = delay_before_retry(run, attempt, waited, outcome)
    if delay < 0:
        return -1
    recorder.note(run.r, run.clock.now, fields.facts.FACT_RETRYING, attempt.ident, delay)
    if delay > 0:
        budgets.back_off(run, caller, attempt)
        yield Timer(run.clock, delay, rank_of(RETRY, attempt.ident))
        yield from thaw(run, caller, RETRY, attempt.ident)
        if in_vain(caller, together):
            return -1
        budgets.back(run, caller, attempt)
    return delay


def delay_before_retry(run: Run, attempt: Span, waited: int, outcome: int) -> int:
    """What the retry policy of a call, and its budget, say after an attempt failed: ns to wait, or -1."""
    site = attempt.site
    if not (site.retry_on >> outcome) & 1:
        return -1
    u = bits(run.keys[site.retry_stream], attempt.trace.key, attempt.occurrence)
    delay: int = RETRIES[site.retry].retry(run.settings[site.retry_at], attempt.attempt, waited, u)
    if delay < 0 or (attempt.due != 0 and delay >= attempt.due - run.clock.now):
        return -1
    if site.budget >= 0 and not budgets.may_retry(run, attempt):
        return -1
    return delay


def send(
    run: Run, caller: Span | None, trace: Trace, site: Site, number: int, due: int, group: Hedged | None = None
) -> Span:
    """One attempt leaves for a replica, as soon as its guards let it go. ``due`` is the deadline of the call, 0 without one.

    ``group``: it is one of those of a hedged call.
    """
    clock = run.clock
    now = clock.now
    attempt = Span(trace, site.operation, trace.visit(site.operation, now), caller)
    ident = attempt.ident
    attempt.site = site
    attempt.done = Event(clock)
    attempt.sent_at = now
    attempt.attempt = number = number if group is None or group.turns == 1 else 0
    attempt.due = due
    run.awaited[ident] = attempt
    if group is not None:
        hedges.join(run, group, attempt)
    recorder.sent(run.r, now, site.edge, ident, number)
    if caller is not None:
        caller.children[ident] = attempt
    if site.budget >= 0:
        budgets.attempt_sent(run, attempt, first=number == 1)
    if due != 0 and due <= now:
        settle(run, attempt, outcomes.EXPIRED)
        return attempt
    answer = GO
    if site.guards:
        answer = ask(run, attempt, 0)
        if answer == GO and site.inner >= 0:
            answer = enter(run, attempt)
    if answer == GO:
        leave_caller(run, attempt)
    elif answer == REFUSE:
        settle(run, attempt, outcomes.REJECTED)
    else:
        if attempt.due != 0:
            clock.after(attempt.due - now, rank_of(TIMEOUT, ident), run.expire, attempt)
        Process(clock, held_back(run, attempt))
    return attempt


def held_back(run: Run, attempt: Span) -> Activity:
    """Process: an attempt waits at one guard after another, until the last one lets it go, or one refuses it."""
    answer = HOLD
    while answer == HOLD:
        yield attempt.may_go
        if attempt.held_back is None:  # its caller is gone
            return
        answer = go_on(run, attempt)
    if answer == GO:
        leave_caller(run, attempt)
    else:
        settle(run, attempt, outcomes.REJECTED)
