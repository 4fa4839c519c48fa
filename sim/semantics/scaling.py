"""Replicas that come and go: what is known of each place that a replica of such a service may have, and who comes or goes next.

    OUT --start--> STARTING --start_up--> SERVING --leave--> LEAVING --drain--> OUT
                      '-- is wanted no more ------------------------------------^

A replica comes at the first place that is free, and leaves from the last one, those first that do not serve yet or are down:
the places taken are the first ones, but for those that still leave. ``down`` is what faults do to a place, whether a replica
has it or not: one that comes there is down until the fault ends. One that is ``withdrawn`` is to be replaced (a deploy): it
is in no list, and reads nothing, until that is over.
"""

from __future__ import annotations

from sim.rows import Row, Rows
from sim.semantics.order import OCCURRENCES_MAX, identity
from sim.shared import shared

STARTED, STOPPED, SYNC = 0, 1, 2
"""What happens, in the order in which it does in one instant."""
NUMBER_BITS = 28

OUT = 0
STARTING = 1
SERVING = 2
LEAVING = 3
NOBODY = -1

# what an autoscaler takes a replica for
NONE = 0
READY = 1
UNREADY = 2
MISSING = 3


class Life(Row):
    """A place of a replica: what becomes of the one that has it."""

    phase: int
    turn: int  # how often that has changed
    down: int  # whether a fault has it down
    unheard: int  # whether it went down without a word
    withdrawn: int
    up_since: int  # since when it has served, and was up
    held: int  # ns for which its workers were held since the last sync, if those at work now had been so from then on


class Lives(Row):
    """The places of a service, and how many replicas are wanted."""

    places: Rows[Life]
    count: int
    wanted: int
    synced_at: int


@shared
def about(what: int, number: int, turn: int) -> int:
    """What an event is about: a replica, and how many turns its place has had; or an autoscaler."""
    return identity((what << NUMBER_BITS) + number, 0, turn % OCCURRENCES_MAX)


@shared
def turn(life: Life, phase: int) -> None:
    """It is in another phase from now on."""
    life.phase = phase
    life.turn += 1


@shared
def serves(life: Life) -> bool:
    """Whether the replica at a place is up and in service: not starting, leaving, down or withdrawn."""
    return life.phase == SERVING and life.down == 0 and life.withdrawn == 0


@shared
def there(lives: Lives) -> int:
    """How many replicas there are, of those that do not leave."""
    found = 0
    for number in range(lives.count):
        phase = lives.places[number].phase
        if phase == STARTING or phase == SERVING:  # noqa: PLR1714, SIM109 - no sets here
            found += 1
    return found


@shared
def taken(lives: Lives) -> int:
    """How many replicas there are, those that leave too."""
    found = 0
    for number in range(lives.count):
        if lives.places[number].phase != OUT:
            found += 1
    return found


@shared
def running(lives: Lives) -> int:
    """How many replicas there are that do not start up."""
    found = 0
    for number in range(lives.count):
        phase = lives.places[number].phase
        if phase != OUT and phase != STARTING:  # noqa: PLR1714 - no sets here
            found += 1
    return found


@shared
def ready(lives: Lives) -> int:
    """How many replicas serve."""
    found = 0
    for number in range(lives.count):
        if serves(lives.places[number]):
            found += 1
    return found


@shared
def comes(lives: Lives) -> int:
    """Where the next replica comes: the first place that is free, or NOBODY."""
    for number in range(lives.count):
        if lives.places[number].phase == OUT:
            return number
    return NOBODY


@shared
def goes(lives: Lives) -> int:
    """Which replica leaves next: the last that does not serve, or else the last one."""
    found, last = NOBODY, NOBODY
    for number in range(lives.count):
        life = lives.places[number]
        if life.phase == STARTING or (life.phase == SERVING and life.down != 0):
            found = number
        elif life.phase == SERVING:
            last = number
    return found if found != NOBODY else last


@shared
def counts_as(lives: Lives, life: Life, over_time: bool) -> int:  # noqa: FBT001
    """What an autoscaler takes a replica for; ``over_time``: it measures what was since the last sync, and not what is now.

    Then one that has not been up for all that time is not ready.
    """
    if life.phase == OUT or life.phase == LEAVING:  # noqa: PLR1714 - no sets here
        return NONE
    if life.phase == STARTING or life.withdrawn != 0:
        return UNREADY
    if life.down != 0:
        return MISSING if life.unheard != 0 or not over_time else UNREADY
    return UNREADY if over_time and life.up_since > lives.synced_at else READY


@shared
def held_for(lives: Lives, life: Life, busy: int, now: int) -> int:
    """For how many ns workers of a replica were held since the last sync."""
    return life.held + busy * (now - lives.synced_at)


@shared
def took(lives: Lives, life: Life, more: int, now: int) -> None:
    """So many workers more are held from now on, or less."""
    life.held -= more * (now - lives.synced_at)


@shared
def in_thousandths(held: int, time: int) -> int:
    """How many thousandths of a worker were held, of so many worker-ns in so many ns; rounded down."""
    return held // time * 1000 + held % time * 1000 // time
