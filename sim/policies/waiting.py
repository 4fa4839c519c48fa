"""Who waits before an attempt leaves its caller: for a place, in a room with an order; or for a time that is known.

    room    first <-> second <-> ... <-> last        a place that becomes free is for the first
    wait    begins -> goes on, with the guards further in
                  '-> has waited too long            '-> its caller is gone, or has given up

An attempt may wait at one guard after another: its waits lead from the last one back to the first. They say since when the
guards further in have let it go, which they want to know when they hear how it ended.
"""

from sim.rows import NOWHERE, Row
from sim.shared import shared

OVER = 0
IN_ROOM = 1
RESERVED = 2
GRANTED = 3
REFUSED = 4
"""Where a wait is: over; in a room; until the time of a permit that it has; about to go on, with a place, or to fail."""


class Wait(Row):
    """One wait of an attempt at a guard."""

    next: "Wait"  # in the room
    previous: "Wait"
    earlier: "Wait"  # of the same attempt, at a guard further out
    span: int  # the attempt, as an engine knows it
    index: int  # of the guard, among those of the call
    place: int
    since: int  # when it began, ns
    ends_at: int  # when it is over, or has lasted too long
    went_at: int  # when the attempt went on


class Room(Row):
    """Those who wait for a place of one state of a guard, in order."""

    first: "Wait"
    last: "Wait"


@shared
def join(room: Room, one: Wait) -> None:
    """An attempt waits, last in the room."""
    last = room.last
    one.previous = last
    one.next = NOWHERE
    if last:
        last.next = one
    else:
        room.first = one
    room.last = one


@shared
def leave(room: Room, one: Wait) -> None:
    """An attempt is in the room no longer."""
    previous, following = one.previous, one.next
    if previous:
        previous.next = following
    else:
        room.first = following
    if following:
        following.previous = previous
    else:
        room.last = previous


@shared
def let_go_at(last: Wait, index: int, sent_at: int) -> int:
    """When a guard let an attempt go that was sent at ``sent_at``: where it waited last until it came to that guard."""
    one = last
    while one and one.index > index:
        one = one.earlier
    return one.went_at if one else sent_at
