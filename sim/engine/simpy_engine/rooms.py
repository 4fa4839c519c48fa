"""Attempts that wait at a guard: hold back, hand on; asks first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpy.events import Event

from sim.engine.simpy_engine.clock import Timer
from sim.policies import waiting
from sim.record import rooms as recorder
from sim.scenario.kinds import GO, HOLD
from sim.semantics.order import GUARD_WAIT, rank_of

if TYPE_CHECKING:
    from sim.engine.simpy_engine.guards import GuardStates
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Span


def hold_back(run: Run, attempt: Span, index: int, verdict: int) -> None:
    """A guard keeps an attempt waiting: in its room, or for so many ns."""
    clock, guard = run.clock, run.guards[attempt.site.guards[index]]
    one = waiting.Wait.plain()
    one.earlier, one.span, one.index, one.since = attempt.held_back, attempt, index, clock.now
    attempt.held_back = one
    recorder.held_back(run.r, clock.now, guard.number, guard.spec.room, attempt.ident, asks_first(attempt, index))
    rank = rank_of(GUARD_WAIT, attempt.ident)
    if verdict != HOLD:
        one.place = waiting.RESERVED
        attempt.may_go = Timer(clock, verdict, rank)
        return
    one.place = waiting.IN_ROOM
    waiting.join(guard.rooms[guard.place_of(attempt)], one)
    attempt.may_go = Event(clock)
    if guard.spec.longest_wait >= 0:
        clock.after(guard.spec.longest_wait, rank, run.over, run, attempt, one)


def asks_first(attempt: Span, index: int) -> bool:
    """Whether an attempt has asked no guard before; the first one of a call may have asked those outside of the retry."""
    return index == 0 and not (attempt.site.held and attempt.attempt == 1)


def hand_on(guard: GuardStates, place: int) -> None:
    """A place of a guard may be free: it is for the first of those who wait for one."""
    if guard.kind.admit_next is None:
        return
    room = guard.rooms[place]
    while guard.kind.admit_next(guard.settings, guard.states[place]):
        one = room.first
        waiting.leave(room, one)
        one.place = waiting.GRANTED
        one.span.may_go.succeed(GO)
