"""How attempts that wait at a guard go on: went, go on, over; still held back. The readable engine's verbs, in its order."""

from sim.engine.compiled_engine.calendar import heap_push, then
from sim.engine.compiled_engine.calls import settle, went_on
from sim.engine.compiled_engine.codes import AWAITED, DO_WENT
from sim.engine.compiled_engine.guards import ask, state_of, take_back
from sim.engine.compiled_engine.outer_guards import enter
from sim.engine.compiled_engine.rooms import leave, room_of
from sim.engine.compiled_engine.state import Span, World
from sim.policies import waiting
from sim.record import fields, outcomes
from sim.record import rooms as recorder
from sim.scenario.kinds import GO, HOLD, REFUSE
from sim.semantics.order import TIMEOUT, rank_of
from sim.shared import Words

GUARDS_HELD, ROOMS_HELD = len(fields.guards.GUARDS.holdings), len(fields.rooms.ROOMS.holdings)


def went(m: World, r: Words, span: Span, ident: int) -> None:
    """An attempt goes on that got a place, or fails that has waited too long for one, unless its caller is gone since."""
    if span.ident != ident or not span.held_back:
        return
    if span.held_back.place == waiting.GRANTED:
        go_on(m, r, span)
    elif span.held_back.place == waiting.REFUSED:
        take_back(m, r, span, span.held_back.index, outcomes.REJECTED)
        settle(m, r, span, outcomes.REJECTED)


def go_on(m: World, r: Words, span: Span) -> None:
    """A guard lets an attempt go that has waited; those further in are asked."""
    one = span.held_back
    guard = span.site.guards[one.index]
    one.place = waiting.OVER
    one.went_at = m.now
    recorder.went_on(r, m.now, guard.number, guard.room, span.ident, m.now - one.since)
    answer, due = ask(m, r, span, one.index + 1), span.due
    if answer == GO and span.site.inner:
        answer = enter(m, r, span)
        if answer == HOLD and span.due != due:
            heap_push(m, span.due, rank_of(TIMEOUT, span.ident), span.at)
    if answer == GO:
        went_on(m, r, span)
    elif answer == REFUSE:
        settle(m, r, span, outcomes.REJECTED)


def over(m: World, r: Words, span: Span, ident: int) -> None:
    """The wait of an attempt is over: its permit is there, or it has waited too long for a place."""
    one = span.held_back
    if span.ident != ident or span.caller != AWAITED or not one or one.ends_at != m.now:
        return
    if one.place == waiting.RESERVED:
        go_on(m, r, span)
    elif one.place == waiting.IN_ROOM:
        guard = span.site.guards[one.index]
        waiting.leave(room_of(guard, span), one)
        leave(guard.holds, m, guard.settings, state_of(guard, span))
        recorder.timed_out(r, m.now, guard.number, guard.room, ident, m.now - one.since)
        one.place = waiting.REFUSED
        then(m, DO_WENT, span.at, ident)


def count_held_back(m: World, r: Words, span: Span) -> None:
    """An attempt still waits at a guard at the horizon; those further out have let it go."""
    one = span.held_back
    guard = span.site.guards[one.index]
    m[m.inside[fields.rooms.ROOMS.number] + ROOMS_HELD * guard.room + fields.rooms.HELD_BACK] += 1
    recorder.still_held_back(r, guard.room, m.horizon - one.since)
    for index in range(one.index):
        held = m.inside[fields.guards.GUARDS.number] + GUARDS_HELD * span.site.guards[index].number
        m[held + fields.guards.HELD_OUT] += 1
