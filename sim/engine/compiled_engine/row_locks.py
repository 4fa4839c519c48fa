"""Locks of rows: take, give up, let go, leave. The readable engine's verbs, in its order.

Those that somebody has lie in a table of the store, with twice as many places as there are connections, or more.
"""

from sim.engine.compiled_engine.calendar import after, then
from sim.engine.compiled_engine.chance import partition_key
from sim.engine.compiled_engine.codes import DO_CONNECTED
from sim.engine.compiled_engine.family_rows import Store
from sim.engine.compiled_engine.memory import release_row, take_row
from sim.engine.compiled_engine.state import Span, World
from sim.record import stores as recorder
from sim.record.outcomes import DEPENDENCY, OK
from sim.semantics.order import LOCK_WAIT, rank_of
from sim.shared import Words
from sim.stores import locks as rules
from sim.stores.transactions import GRANTED, RowLock

WAITS = -1


def take(m: World, r: Words, span: Span, which: int) -> int:
    """A transaction takes the lock of a row, and waits for it; it fails where it would wait for itself."""
    one, now = span.transaction, m.now
    wait_max = m.stores[one.store].lock_wait_max
    answer = rules.take(lock_of(m, span, which), one, wait_max, now)
    if answer == GRANTED:
        return OK
    if answer == rules.TIMED_OUT:
        recorder.lock_timed_out(r, now, one.store, span.ident)
        return DEPENDENCY
    if answer == rules.DEADLOCK:
        recorder.transaction_deadlocked(r, now, one.store, span.ident)
        return DEPENDENCY
    recorder.transaction_locked_out(r, now, one.store, span.ident)
    if wait_max > 0:
        after(m, wait_max, rank_of(LOCK_WAIT, span.ident), span.at)
    return WAITS


def lock_of(m: World, span: Span, which: int) -> RowLock:
    """The lock of a row, a new one where nobody has it."""
    store, row = m.stores[span.transaction.store], which >> 1
    key = partition_key(m, span.trace) if which & 1 != 0 else 0
    place = place_of(store, row, key)
    lock = store.locks[place]
    while lock and (lock.row != row or lock.key != key):
        lock = lock.next
    if not lock:
        lock = RowLock(m, take_row(m, m.row_locks))
        lock.row = row
        lock.key = key
        lock.next = store.locks[place]
        store.locks[place] = lock
    return lock


def place_of(store: Store, row: int, key: int) -> int:
    """Where in the table a lock lies."""
    mixed = (key ^ (key >> 31) ^ (row << 7)) & 0xFFFFFFFF
    return ((mixed * 40503) >> 8) & (store.places - 1)


def drop(m: World, store: Store, lock: RowLock) -> None:
    """Nobody has a lock any more."""
    place = place_of(store, lock.row, lock.key)
    before = store.locks[place]
    if before == lock:
        store.locks[place] = lock.next
    else:
        while before.next != lock:
            before = before.next
        before.next = lock.next
    release_row(m, m.row_locks, lock.at)


def give_up(m: World, r: Words, span: Span, ident: int) -> bool:
    """A transaction has waited for a lock as long as it may, unless it has it, or is over; returns whether it has."""
    one = span.transaction
    if span.ident != ident or not one or not rules.gives_up(one, m.now):
        return False
    recorder.lock_timed_out(r, m.now, one.store, span.ident)
    leave(m, r, span)
    return True


def let_go(m: World, r: Words, span: Span) -> None:
    """A transaction is over: the locks that it has go to those that wait for them."""
    one, now = span.transaction, m.now
    lock = rules.let_go(one)
    while lock:
        following = lock.first
        if following:
            waiting = Span(m, following.span)
            recorder.transaction_locked(r, now, one.store, waiting.ident, now - following.wants_since)
            rules.pass_on(lock)
            then(m, DO_CONNECTED, waiting.at, waiting.ident)
        else:
            drop(m, m.stores[one.store], lock)
        lock = rules.let_go(one)


def leave(m: World, r: Words, span: Span) -> None:
    """A transaction waits no longer for a lock, and has not got it."""
    one, now = span.transaction, m.now
    recorder.transaction_locked(r, now, one.store, span.ident, now - one.wants_since)
    rules.leave_line(one)
