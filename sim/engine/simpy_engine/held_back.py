"""How attempts that wait at a guard go on: go on, over; count held back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine.guards import ask, take_back
from sim.engine.simpy_engine.outer_guards import enter
from sim.policies import waiting
from sim.record import rooms as recorder
from sim.record.outcomes import REJECTED
from sim.scenario.kinds import GO, HOLD, REFUSE
from sim.semantics.order import TIMEOUT, rank_of

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Span


def go_on(run: Run, attempt: Span) -> int:
    """A guard lets an attempt go that has waited, or has refused it; those further in are asked. Gives GO, REFUSE or HOLD."""
    one, now = attempt.held_back, run.clock.now
    guard = run.guards[attempt.site.guards[one.index]]
    if one.place == waiting.REFUSED:
        take_back(run, attempt, one.index, REJECTED)
        return REFUSE
    one.place = waiting.OVER
    one.went_at = now
    recorder.went_on(run.r, now, guard.number, guard.spec.room, attempt.ident, now - one.since)
    answer, due = ask(run, attempt, one.index + 1), attempt.due
    if answer == GO and attempt.site.inner >= 0:
        answer = enter(run, attempt)
        if answer == HOLD and attempt.due != due:
            run.clock.after(attempt.due - now, rank_of(TIMEOUT, attempt.ident), run.expire, attempt)
    return answer


def over(run: Run, attempt: Span, one: waiting.Wait) -> None:
    """An attempt has waited as long as it may, unless it has its place, or is over."""
    if one.place != waiting.IN_ROOM:
        return
    guard, now = run.guards[attempt.site.guards[one.index]], run.clock.now
    waiting.leave(guard.rooms[guard.place_of(attempt)], one)
    guard.kind.leave(guard.settings, guard.state_for(attempt))
    recorder.timed_out(run.r, now, guard.number, guard.spec.room, attempt.ident, now - one.since)
    one.place = waiting.REFUSED
    attempt.may_go.succeed(REFUSE)


def count_held_back(run: Run, attempt: Span) -> None:
    """An attempt still waits at a guard at the horizon; those further out have let it go."""
    one = attempt.held_back
    guard = run.guards[attempt.site.guards[one.index]]
    run.recording.inside["rooms"][guard.spec.room, 0] += 1
    recorder.still_held_back(run.r, guard.spec.room, run.network.horizon - one.since)
    for number in attempt.site.guards[: one.index]:
        run.recording.inside["guards"][number, 0] += 1
