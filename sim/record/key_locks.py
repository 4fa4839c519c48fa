"""The recorder's verbs about locks that handlers take: until they have it, have waited too long, or are no more.

    asked --free--> taken --> released                   deadlocked: it would have waited for itself
      '-- waits ------^   '-> timed out, or left
"""

from sim.record.fields.facts import FACT_KEY_LOCK_GIVEN_UP, FACT_KEY_LOCK_TAKEN, FACT_KEY_LOCK_WAITING
from sim.record.fields.key_locks import (
    KEY_LOCK_ASKED,
    KEY_LOCK_HELD_MAX,
    KEY_LOCK_RELEASED,
    KEY_LOCK_TAKEN,
    KEY_LOCK_WAITED,
    KEY_LOCK_WAITING_MAX,
    KEY_LOCK_WAITS,
    KEY_LOCKS,
    LEVEL_KEY_HELD,
    LEVEL_KEY_OPEN_WAITED,
    LEVEL_KEY_WAITING,
)
from sim.record.recorder import advance, note
from sim.shared import Words, shared


@shared
def levels_of_lock(r: Words, lock: int) -> int:
    """The address of a lock's levels."""
    return r[KEY_LOCKS.level_at] + lock * r[KEY_LOCKS.levels_at]


@shared
def wanted(r: Words, now: int, lock: int, ident: int) -> None:
    """A handler waits for a lock."""
    w = advance(r, now, KEY_LOCKS.at, lock)
    level = levels_of_lock(r, lock) + LEVEL_KEY_WAITING
    r[w + KEY_LOCK_ASKED] += 1
    r[level] += 1
    r[w + KEY_LOCK_WAITING_MAX] = max(r[w + KEY_LOCK_WAITING_MAX], r[level])
    note(r, now, FACT_KEY_LOCK_WAITING, ident, lock)


@shared
def taken(r: Words, now: int, lock: int, ident: int, waited: int) -> None:
    """A handler has a lock after so many ns, or at once (-1)."""
    w = advance(r, now, KEY_LOCKS.at, lock)
    if waited < 0:
        r[w + KEY_LOCK_ASKED] += 1
    else:
        waits_no_longer(r, w, lock, waited)
    level = levels_of_lock(r, lock) + LEVEL_KEY_HELD
    r[level] += 1
    r[w + KEY_LOCK_TAKEN] += 1
    r[w + KEY_LOCK_HELD_MAX] = max(r[w + KEY_LOCK_HELD_MAX], r[level])
    note(r, now, FACT_KEY_LOCK_TAKEN, ident, waited)


@shared
def waits_no_longer(r: Words, w: int, lock: int, waited: int) -> None:
    """A handler does not wait any more."""
    r[w + KEY_LOCK_WAITS] += 1
    r[w + KEY_LOCK_WAITED] += waited
    r[levels_of_lock(r, lock) + LEVEL_KEY_WAITING] -= 1


@shared
def given_up(r: Words, now: int, lock: int, ident: int, how: int, waited: int) -> None:
    """A handler does not get a lock, after so many ns or without a wait (-1): ``how`` is the counter."""
    w = advance(r, now, KEY_LOCKS.at, lock)
    if waited < 0:
        r[w + KEY_LOCK_ASKED] += 1
    else:
        waits_no_longer(r, w, lock, waited)
    r[w + how] += 1
    note(r, now, FACT_KEY_LOCK_GIVEN_UP, ident, how)


@shared
def released(r: Words, now: int, lock: int) -> None:
    """A handler lets go of a lock."""
    r[advance(r, now, KEY_LOCKS.at, lock) + KEY_LOCK_RELEASED] += 1
    r[levels_of_lock(r, lock) + LEVEL_KEY_HELD] -= 1


@shared
def still_wanted(r: Words, lock: int, elapsed: int) -> None:
    """A handler waits for a lock when the books are closed."""
    r[levels_of_lock(r, lock) + LEVEL_KEY_OPEN_WAITED] += elapsed
