"""Locks that handlers take: take, unlock; give up; leave, break off. The readable engine's verbs, in its order.

Those that somebody has lie in a table, by a hash of the lock and the key. Who takes one has a row as a transaction has.
"""

from sim.engine.compiled_engine.calendar import after, then
from sim.engine.compiled_engine.calls import partition_key
from sim.engine.compiled_engine.codes import DO_LOCKED, WAITS
from sim.engine.compiled_engine.memory import release_row, take_row
from sim.engine.compiled_engine.state import Span, World
from sim.record import key_locks as recorder
from sim.record.fields.key_locks import (
    HELD_KEY_HELD,
    HELD_KEY_WAITING,
    KEY_LOCK_DEADLOCKED,
    KEY_LOCK_LEFT,
    KEY_LOCK_TIMED_OUT,
    KEY_LOCKS,
)
from sim.record.outcomes import DEPENDENCY, OK
from sim.rows import NOWHERE
from sim.semantics.order import LOCK_WAIT, rank_of
from sim.semantics.rules import PARTITION_MULTIPLIER
from sim.shared import Words, entrance, rare
from sim.stores import locks as rules
from sim.stores.transactions import GRANTED, LOCKED_OUT, OPEN, RowLock, Transaction

HASHES = 1 << 12
HELD = len(KEY_LOCKS.holdings)


@entrance
def take(m: World, r: Words, span: Span, which: int, wait_max: int) -> int:
    """A handler takes a lock, and waits for it; it fails where it would wait for itself. What it has already it has."""
    lock, one, now = lock_of(m, span, which), span.locker, m.now
    if one and lock.holder == one:
        return OK
    if not one:
        one = Transaction(m, take_row(m, m.transactions))
        one.span = span.at
        one.place = OPEN
        span.locker = one
    answer = rules.take(lock, one, wait_max, now)
    if answer == GRANTED:
        recorder.taken(r, now, which >> 1, span.ident, -1)
        return OK
    if answer == rules.TIMED_OUT or answer == rules.DEADLOCK:  # noqa: PLR1714 - no sets here
        how = KEY_LOCK_TIMED_OUT if answer == rules.TIMED_OUT else KEY_LOCK_DEADLOCKED
        recorder.given_up(r, now, which >> 1, span.ident, how, -1)
        forget(m, span)
        return DEPENDENCY
    recorder.wanted(r, now, which >> 1, span.ident)
    if wait_max > 0:
        after(m, wait_max, rank_of(LOCK_WAIT, span.ident), span.at)
    return WAITS


def place_of(which: int, key: int) -> int:
    """Where locks lie that have this hash."""
    mixed = ((key ^ (key >> 31) ^ (which << 20)) & 0xFFFFFFFF) * PARTITION_MULTIPLIER
    return (mixed >> 16) & (HASHES - 1)


def lock_of(m: World, span: Span, which: int) -> RowLock:
    """A lock, a new one where nobody has it."""
    key = partition_key(m, span.trace) if which & 1 != 0 else 0
    place = place_of(which, key)
    lock = RowLock(m, m.key_lock_table[place])
    while lock and (lock.row != which or lock.key != key):
        lock = lock.next
    if not lock:
        lock = RowLock(m, take_row(m, m.row_locks))
        lock.row = which
        lock.key = key
        lock.next = RowLock(m, m.key_lock_table[place])
        m.key_lock_table[place] = lock.at
    return lock


def drop(m: World, lock: RowLock) -> None:
    """Nobody has a lock any more."""
    place = place_of(lock.row, lock.key)
    before = RowLock(m, m.key_lock_table[place])
    if before == lock:
        m.key_lock_table[place] = lock.next.at
    else:
        while before.next != lock:
            before = before.next
        before.next = lock.next
    release_row(m, m.row_locks, lock.at)


def forget(m: World, span: Span) -> None:
    """A handler that has no lock any more, and waits for none, is not kept."""
    if not span.locker.locks:
        release_row(m, m.transactions, span.locker.at)
        span.locker = NOWHERE


@entrance
def unlock(m: World, r: Words, span: Span, outcome: int) -> int:
    """What was done behind a lock is over, well or not: the next one that waits has it."""
    let_go(m, r, span)
    return outcome


def let_go(m: World, r: Words, span: Span) -> None:
    """A handler lets go of the lock that it has taken last."""
    now, lock = m.now, rules.let_go(span.locker)
    following = lock.first
    recorder.released(r, now, lock.row >> 1)
    if following:
        waiting = Span(m, following.span)
        recorder.taken(r, now, lock.row >> 1, waiting.ident, now - following.wants_since)
        rules.pass_on(lock)
        then(m, DO_LOCKED, waiting.at, waiting.ident)
    else:
        drop(m, lock)
    forget(m, span)


def locked(span: Span, ident: int) -> bool:
    """Whether a handler goes on that got a lock: it may be no more."""
    if span.ident != ident or not span.locker:
        return False
    return span.locker.place == OPEN


def give_up(m: World, r: Words, span: Span, ident: int) -> bool:
    """A handler has waited for a lock as long as it may, unless it has it, or is no more; returns whether it has."""
    one = span.locker
    if span.ident != ident or not one or not rules.gives_up(one, m.now):
        return False
    leave(m, r, span, KEY_LOCK_TIMED_OUT)
    return True


def leave(m: World, r: Words, span: Span, how: int) -> None:
    """A handler waits no longer for a lock, and has not got it."""
    one, now = span.locker, m.now
    recorder.given_up(r, now, one.wants.row >> 1, span.ident, how, now - one.wants_since)
    rules.leave_line(one)
    forget(m, span)


def stop_if_waiting(m: World, r: Words, span: Span) -> None:
    """An execution that goes down waits for no lock any more."""
    if span.locker and span.locker.place == LOCKED_OUT:
        leave(m, r, span, KEY_LOCK_LEFT)


@entrance
def break_off(m: World, r: Words, span: Span) -> None:
    """A handler is no more: it lets go of all locks that it has."""
    while span.locker:
        let_go(m, r, span)


@rare
def count_locks(m: World, r: Words) -> None:
    """Who waits for locks, and which are held, at the horizon."""
    at = m.inside[KEY_LOCKS.number]
    for place in range(HASHES if m.key_lock_count > 0 else 0):
        lock = RowLock(m, m.key_lock_table[place])
        while lock:
            number = lock.row >> 1
            m[at + HELD * number + HELD_KEY_HELD] += 1
            one = lock.first
            while one:
                m[at + HELD * number + HELD_KEY_WAITING] += 1
                recorder.still_wanted(r, number, m.horizon - one.wants_since)
                one = one.next
            lock = lock.next
