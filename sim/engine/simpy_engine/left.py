"""Attempts whose answer nobody needs any more: leave, left by guards. Their callees work on, in vain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine.balancing import sent_in_vain
from sim.engine.simpy_engine.hedge_groups import drop
from sim.record import around_calls as recorder
from sim.record.guards import guard_changed

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Span


def leave(run: Run, attempt: Span) -> None:
    """The caller stops waiting for an attempt whose answer it does not need."""
    attempt.awaited = False
    del run.awaited[attempt.ident]
    assert attempt.parent is not None  # noqa: S101 - only handlers leave what they have called
    del attempt.parent.children[attempt.ident]
    recorder.left(run.r, run.clock.now, attempt.site.edge, attempt.ident)
    if attempt.admitted:
        left_by_guards(run, attempt)
    if attempt.view is not None:
        sent_in_vain(run, attempt)
    if attempt.hedge is not None:
        drop(run, attempt)


def left_by_guards(run: Run, attempt: Span) -> None:
    """The guards that let an attempt go hear that nobody needs its answer; to most that is as if it had ended well."""
    now = run.clock.now
    attempt.admitted = False
    for number in attempt.site.guards:
        guard = run.guards[number]
        state = guard.state_for(attempt)
        before = guard.engaged(state)
        if guard.kind.left is None:
            guard.kind.settle(guard.settings, state, now, attempt.sent_at, True)
        else:
            guard.kind.left(guard.settings, state, now, attempt.sent_at)
        recorder.guard_left(run.r, now, number)
        guard_changed(run.r, now, number, before, guard.engaged(state))


def leave_all(run: Run, span: Span) -> int:
    """A handler needs none of the answers that it waits for; returns how many there were."""
    attempts = list(span.children.values())
    for attempt in attempts:
        leave(run, attempt)
    return len(attempts)
