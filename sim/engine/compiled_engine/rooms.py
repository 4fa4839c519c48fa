"""Attempts that wait at a guard: hold back, hand on, forget; asks first. The readable engine's verbs, in its order."""

from sim.engine.compiled_engine.calendar import after, then
from sim.engine.compiled_engine.codes import DO_WENT
from sim.engine.compiled_engine.family_rows import Guard
from sim.engine.compiled_engine.memory import release_row, take_row
from sim.engine.compiled_engine.state import Span, World
from sim.lowering.language import Hook
from sim.policies import waiting
from sim.policies.waiting import Room, Wait
from sim.record import rooms as recorder
from sim.rows import NOWHERE
from sim.scenario.kinds import HOLD
from sim.semantics.hooks import HOLDING
from sim.semantics.order import GUARD_WAIT, rank_of
from sim.shared import Words

admit_next = Hook(tuple(kind.admit_next for kind in HOLDING))
leave = Hook(tuple(kind.leave for kind in HOLDING))


def room_of(guard: Guard, span: Span) -> Room:
    """Where those wait whom the state holds that an attempt meets; none where the guard holds nobody."""
    if guard.has_rooms == 0:
        return NOWHERE
    return guard.rooms[span.parent.replica.number - guard.first if guard.per_caller != 0 else 0]


def hold_back(m: World, r: Words, span: Span, index: int, verdict: int) -> None:
    """A guard keeps an attempt waiting: in its room, or for so many ns."""
    guard = span.site.guards[index]
    one = Wait(m, take_row(m, m.waits))
    one.earlier = span.held_back
    one.span = span.at
    one.index = index
    one.since = m.now
    span.held_back = one
    recorder.held_back(r, m.now, guard.number, guard.room, span.ident, asks_first(span, index))
    one.place = waiting.RESERVED
    lasts = verdict
    if verdict == HOLD:
        one.place = waiting.IN_ROOM
        waiting.join(room_of(guard, span), one)
        lasts = guard.longest_wait
    if lasts >= 0:
        one.ends_at = m.now + lasts
        after(m, lasts, rank_of(GUARD_WAIT, span.ident), span.at)


def asks_first(span: Span, index: int) -> bool:
    """Whether an attempt has asked no guard before; the first one of a call may have asked those outside of the retry."""
    return index == 0 and (span.site.held == 0 or span.number != 1)


def hand_on(m: World, guard: Guard, state: int, room: Room) -> None:
    """A place of a guard may be free: it is for the first of those who wait for one."""
    while room and admit_next(guard.holds, m, guard.settings, state):
        one = room.first
        waiting.leave(room, one)
        one.place = waiting.GRANTED
        then(m, DO_WENT, one.span, Span(m, one.span).ident)


def forget_waits(m: World, span: Span) -> None:
    """No guard of an attempt asks any more since when it had let it go."""
    one = span.held_back
    while one:
        earlier = one.earlier
        release_row(m, m.waits, one.at)
        one = earlier
    span.held_back = NOWHERE
