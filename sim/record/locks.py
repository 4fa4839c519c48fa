"""The recorder's verbs about the locks of two-phase commits: who waits for one, who has it, and for how long.

    asked --free, or given back--> granted --the saga has ended--> released        left: it waits no more
"""

from sim.record.fields.sagas import (
    LEVEL_LOCK_OPEN_HELD,
    LEVEL_LOCK_OPEN_WAITED,
    LEVEL_LOCK_WAITING,
    LEVEL_LOCKS,
    SAGA_LOCK_ASKED,
    SAGA_LOCK_GRANTED,
    SAGA_LOCK_HELD,
    SAGA_LOCK_LEFT,
    SAGA_LOCK_RELEASED,
    SAGA_LOCK_WAITED,
    SAGAS,
)
from sim.record.recorder import advance
from sim.record.sagas import saga_levels
from sim.shared import Words, shared


@shared
def lock_asked(r: Words, now: int, saga: int) -> None:
    """A coordinator wants a lock, and waits for it, if only for this instant."""
    w = advance(r, now, SAGAS.at, saga)
    r[w + SAGA_LOCK_ASKED] += 1
    r[saga_levels(r, saga) + LEVEL_LOCK_WAITING] += 1


@shared
def lock_granted(r: Words, now: int, saga: int, waited: int) -> None:
    """It has the lock, after so many ns."""
    w = advance(r, now, SAGAS.at, saga)
    level = saga_levels(r, saga)
    r[w + SAGA_LOCK_GRANTED] += 1
    r[w + SAGA_LOCK_WAITED] += waited
    r[level + LEVEL_LOCK_WAITING] -= 1
    r[level + LEVEL_LOCKS] += 1


@shared
def lock_left(r: Words, now: int, saga: int, waited: int) -> None:
    """It waits no more, and has not got it."""
    w = advance(r, now, SAGAS.at, saga)
    r[w + SAGA_LOCK_LEFT] += 1
    r[w + SAGA_LOCK_WAITED] += waited
    r[saga_levels(r, saga) + LEVEL_LOCK_WAITING] -= 1


@shared
def lock_released(r: Words, now: int, saga: int, held: int) -> None:
    """It gives the lock back, after so many ns."""
    w = advance(r, now, SAGAS.at, saga)
    r[w + SAGA_LOCK_RELEASED] += 1
    r[w + SAGA_LOCK_HELD] += held
    r[saga_levels(r, saga) + LEVEL_LOCKS] -= 1


@shared
def lock_still_wanted(r: Words, saga: int, waited: int) -> None:
    """It waits for a lock when the books are closed."""
    r[saga_levels(r, saga) + LEVEL_LOCK_OPEN_WAITED] += waited


@shared
def lock_still_held(r: Words, saga: int, held: int) -> None:
    """It has a lock when the books are closed."""
    r[saga_levels(r, saga) + LEVEL_LOCK_OPEN_HELD] += held
