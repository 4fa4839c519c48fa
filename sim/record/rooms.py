"""The recorder's verbs about attempts that wait at a guard: until they go on, have waited too long, or are no more.

    asked --> waits --> went on, and the guard has let it go
                 |-- timed out: the guard has refused it
                 '-- left: its caller went down, or gave up
"""

from sim.record.fields.facts import FACT_HELD_BACK, FACT_KEPT_BACK, FACT_WENT_ON
from sim.record.fields.guards import GUARD_ADMITTED, GUARD_ATTEMPTS, GUARD_REFUSED, GUARDS, LEVEL_OUT
from sim.record.fields.rooms import (
    LEVEL_HELD_BACK,
    LEVEL_ROOM_OPEN_WAITED,
    ROOM_LEFT,
    ROOM_TIMED_OUT,
    ROOM_WAITED,
    ROOM_WAITING_MAX,
    ROOM_WAITS,
    ROOM_WENT,
    ROOMS,
)
from sim.record.recorder import advance, note
from sim.shared import Words, shared


@shared
def levels_of_room(r: Words, room: int) -> int:
    """The address of a room's levels."""
    return r[ROOMS.level_at] + room * r[ROOMS.levels_at]


@shared
def held_back(r: Words, now: int, guard: int, room: int, ident: int, outermost: bool) -> None:  # noqa: FBT001
    """An attempt begins to wait at a guard; the outermost one is asked first."""
    if outermost:
        r[advance(r, now, GUARDS.at, guard) + GUARD_ATTEMPTS] += 1
    w = advance(r, now, ROOMS.at, room)
    level = levels_of_room(r, room) + LEVEL_HELD_BACK
    r[level] += 1
    r[w + ROOM_WAITS] += 1
    r[w + ROOM_WAITING_MAX] = max(r[w + ROOM_WAITING_MAX], r[level])
    note(r, now, FACT_HELD_BACK, ident, guard)


@shared
def waits_no_longer(r: Words, now: int, room: int, how: int, waited: int) -> None:
    """An attempt does not wait any more: ``how`` is the counter."""
    w = advance(r, now, ROOMS.at, room)
    r[levels_of_room(r, room) + LEVEL_HELD_BACK] -= 1
    r[w + how] += 1
    r[w + ROOM_WAITED] += waited


@shared
def went_on(r: Words, now: int, guard: int, room: int, ident: int, waited: int) -> None:
    """A guard lets an attempt go that has waited."""
    waits_no_longer(r, now, room, ROOM_WENT, waited)
    r[advance(r, now, GUARDS.at, guard) + GUARD_ADMITTED] += 1
    r[r[GUARDS.level_at] + guard * r[GUARDS.levels_at] + LEVEL_OUT] += 1
    note(r, now, FACT_WENT_ON, ident, guard)


@shared
def timed_out(r: Words, now: int, guard: int, room: int, ident: int, waited: int) -> None:
    """A guard refuses an attempt that has waited as long as it may."""
    waits_no_longer(r, now, room, ROOM_TIMED_OUT, waited)
    r[advance(r, now, GUARDS.at, guard) + GUARD_REFUSED] += 1
    note(r, now, FACT_KEPT_BACK, ident, guard)


@shared
def left(r: Words, now: int, room: int, waited: int) -> None:
    """The caller of an attempt that waits went down, or has given up."""
    waits_no_longer(r, now, room, ROOM_LEFT, waited)


@shared
def still_held_back(r: Words, room: int, elapsed: int) -> None:
    """An attempt still waits when the books are closed."""
    r[levels_of_room(r, room) + LEVEL_ROOM_OPEN_WAITED] += elapsed
