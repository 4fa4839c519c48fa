"""Attempts whose answer nobody needs any more: leave, left by guards. Their callees work on, in vain, unless they hear so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine import budgets
from sim.engine.simpy_engine.balancing import sent_in_vain
from sim.engine.simpy_engine.calling_back import call_back, has_left
from sim.engine.simpy_engine.guards import leave_room
from sim.engine.simpy_engine.hedge_groups import drop
from sim.engine.simpy_engine.rooms import hand_on
from sim.engine.simpy_engine.whole_calls import taken
from sim.policies.waiting import let_go_at
from sim.record import around_calls as recorder
from sim.record.guards import guard_changed
from sim.record.outcomes import OK

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Span


def leave(run: Run, attempt: Span) -> None:
    """The caller stops waiting for an attempt whose answer it does not need; its callee hears so, if the call says that."""
    attempt.awaited = False
    del run.awaited[attempt.ident]
    assert attempt.parent is not None  # noqa: S101 - only handlers leave what they have called
    del attempt.parent.children[attempt.ident]
    recorder.left(run.r, run.clock.now, attempt.site.edge, attempt.ident)
    has_gone = has_left(attempt)
    if not has_gone:
        leave_room(run, attempt)
    elif attempt.admitted:
        left_by_guards(run, attempt)
    if attempt.site.budget >= 0:
        budgets.attempt_ended(run, attempt, first=attempt.attempt == 1, good=True)
    if attempt.view is not None:
        sent_in_vain(run, attempt)
    if attempt.hedge is not None:
        drop(run, attempt)
    if has_gone:
        call_back(run, attempt)


def left_by_guards(run: Run, attempt: Span) -> None:
    """The guards that let an attempt go hear that nobody needs its answer; to most that is as if it had ended well."""
    now = run.clock.now
    attempt.admitted = False
    for index, number in enumerate(attempt.site.guards):
        guard = run.guards[number]
        state = guard.state_for(attempt)
        before = guard.engaged(state)
        let_go = let_go_at(attempt.held_back, index, attempt.sent_at)
        if guard.kind.left is None:
            guard.kind.settle(guard.settings, state, now, let_go, True)
        else:
            guard.kind.left(guard.settings, state, now, let_go)
        recorder.guard_left(run.r, now, number)
        hand_on(guard, guard.place_of(attempt))
        guard_changed(run.r, now, guard.spec.owner, before, guard.engaged(state))
    attempt.held_back = None


def leave_all(run: Run, span: Span) -> int:
    """A handler needs none of the answers that it waits for; returns how many there were."""
    for whole in taken(run, span):
        left_by_guards(run, whole)
    attempts = list(span.children.values())
    for attempt in attempts:
        leave(run, attempt)
    budgets.lapse(run, span, OK)
    return len(attempts)
