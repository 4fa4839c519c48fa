"""The recorder's verbs about stores: who waits for a connection, who has one, and how transactions end.

    asked --> waiting --> begun --> committed, aborted, conflicted (a row was written in between), rolled back (a step
                 |                  failed), or broken off (the replica went down)
                 |-- refused: waited too long
                 '-- left: the replica went down
"""

from sim.record.fields.facts import (
    FACT_DEADLOCK,
    FACT_LOCK_TIMEOUT,
    FACT_LOCKED,
    FACT_LOCKED_OUT,
    FACT_TRANSACTION_BEGUN,
    FACT_TRANSACTION_ENDED,
    FACT_TRANSACTION_REFUSED,
    FACT_TRANSACTION_WAITING,
)
from sim.record.fields.stores import (
    LEVEL_IN_USE,
    LEVEL_LOCKED_OUT,
    LEVEL_OPEN_LOCKED_OUT,
    LEVEL_STORE_OPEN_HELD,
    LEVEL_STORE_OPEN_WAITED,
    LEVEL_STORE_WAITING,
    STORE_ASKED,
    STORE_BEGUN,
    STORE_COMMITTED,
    STORE_DEADLOCKS,
    STORE_HELD,
    STORE_IN_USE_MAX,
    STORE_LEFT,
    STORE_LOCK_TIMEOUTS,
    STORE_LOCK_WAITED,
    STORE_LOCK_WAITS,
    STORE_REFUSED,
    STORE_ROWS,
    STORE_WAIT_MOST,
    STORE_WAITED,
    STORE_WAITING_MAX,
    STORE_WAITING_OLDEST,
    STORES,
)
from sim.record.recorder import advance, note
from sim.shared import Words, shared


@shared
def levels_of(r: Words, store: int) -> int:
    """The address of a store's levels."""
    return r[STORES.level_at] + store * r[STORES.levels_at]


@shared
def transaction_begun(r: Words, now: int, store: int, ident: int) -> None:
    """A transaction found a free connection."""
    w = advance(r, now, STORES.at, store)
    r[w + STORE_ASKED] += 1
    one_more_open(r, w, store)
    note(r, now, FACT_TRANSACTION_BEGUN, ident, 0)


@shared
def transaction_waiting(r: Words, now: int, store: int, ident: int) -> None:
    """A transaction waits for a connection."""
    w = advance(r, now, STORES.at, store)
    level = levels_of(r, store)
    r[w + STORE_ASKED] += 1
    r[level + LEVEL_STORE_WAITING] += 1
    r[w + STORE_WAITING_MAX] = max(r[w + STORE_WAITING_MAX], r[level + LEVEL_STORE_WAITING])
    note(r, now, FACT_TRANSACTION_WAITING, ident, r[level + LEVEL_STORE_WAITING])


@shared
def transaction_refused(r: Words, now: int, store: int, ident: int) -> None:
    """A transaction found no free connection, and does not wait for one."""
    w = advance(r, now, STORES.at, store)
    r[w + STORE_ASKED] += 1
    r[w + STORE_REFUSED] += 1
    note(r, now, FACT_TRANSACTION_REFUSED, ident, 0)


@shared
def transaction_connected(r: Words, now: int, store: int, ident: int, waited: int) -> None:
    """A transaction got a connection after so many ns."""
    w = advance(r, now, STORES.at, store)
    r[w + STORE_WAITED] += waited
    r[w + STORE_WAIT_MOST] = max(r[w + STORE_WAIT_MOST], waited)
    r[levels_of(r, store) + LEVEL_STORE_WAITING] -= 1
    one_more_open(r, w, store)
    note(r, now, FACT_TRANSACTION_BEGUN, ident, waited)


@shared
def one_more_open(r: Words, w: int, store: int) -> None:
    """One connection more is in use."""
    level = levels_of(r, store)
    r[w + STORE_BEGUN] += 1
    r[level + LEVEL_IN_USE] += 1
    r[w + STORE_IN_USE_MAX] = max(r[w + STORE_IN_USE_MAX], r[level + LEVEL_IN_USE])


@shared
def transaction_gave_up(r: Words, now: int, store: int, ident: int, waited: int, how: int) -> None:
    """A transaction no longer waits for a connection, after so many ns: refused, or left; ``how`` is the counter."""
    w = advance(r, now, STORES.at, store)
    r[w + how] += 1
    r[w + STORE_WAITED] += waited
    r[w + STORE_WAIT_MOST] = max(r[w + STORE_WAIT_MOST], waited)
    r[levels_of(r, store) + LEVEL_STORE_WAITING] -= 1
    note(r, now, FACT_TRANSACTION_REFUSED if how != STORE_LEFT else FACT_TRANSACTION_ENDED, ident, how)


@shared
def transaction_ended(r: Words, now: int, store: int, ident: int, held: int, how: int, rows: int) -> None:
    """A transaction is over, and had its connection for so many ns; ``how`` is the counter."""
    w = advance(r, now, STORES.at, store)
    r[w + how] += 1
    r[w + STORE_HELD] += held
    if how == STORE_COMMITTED:
        r[w + STORE_ROWS] += rows
    r[levels_of(r, store) + LEVEL_IN_USE] -= 1
    note(r, now, FACT_TRANSACTION_ENDED, ident, how)


@shared
def still_open(r: Words, store: int, waiting: bool, elapsed: int) -> None:  # noqa: FBT001
    """A transaction waits for a connection when the books are closed, or has one, and has for so many ns."""
    r[levels_of(r, store) + (LEVEL_STORE_OPEN_WAITED if waiting else LEVEL_STORE_OPEN_HELD)] += elapsed
    if waiting:
        w = r[STORES.window_at] + store * r[STORES.fields_at]
        r[w + STORE_WAITING_OLDEST] = max(r[w + STORE_WAITING_OLDEST], elapsed)


@shared
def transaction_locked_out(r: Words, now: int, store: int, ident: int) -> None:
    """An open transaction waits for the lock of a row."""
    w = advance(r, now, STORES.at, store)
    r[w + STORE_LOCK_WAITS] += 1
    r[levels_of(r, store) + LEVEL_LOCKED_OUT] += 1
    note(r, now, FACT_LOCKED_OUT, ident, store)


@shared
def transaction_locked(r: Words, now: int, store: int, ident: int, waited: int) -> None:
    """It waits no longer, after so many ns: it has the lock, has waited too long, or goes down."""
    w = advance(r, now, STORES.at, store)
    r[w + STORE_LOCK_WAITED] += waited
    r[levels_of(r, store) + LEVEL_LOCKED_OUT] -= 1
    note(r, now, FACT_LOCKED, ident, waited)


@shared
def transaction_deadlocked(r: Words, now: int, store: int, ident: int) -> None:
    """A write would have waited for its own transaction, and fails."""
    w = advance(r, now, STORES.at, store)
    r[w + STORE_DEADLOCKS] += 1
    note(r, now, FACT_DEADLOCK, ident, store)


@shared
def lock_timed_out(r: Words, now: int, store: int, ident: int) -> None:
    """A write has waited for a lock as long as it may, or may not wait, and fails."""
    w = advance(r, now, STORES.at, store)
    r[w + STORE_LOCK_TIMEOUTS] += 1
    note(r, now, FACT_LOCK_TIMEOUT, ident, store)


@shared
def still_locked_out(r: Words, store: int, elapsed: int) -> None:
    """A transaction waits for a lock when the books are closed, and has for so many ns."""
    r[levels_of(r, store) + LEVEL_OPEN_LOCKED_OUT] += elapsed
