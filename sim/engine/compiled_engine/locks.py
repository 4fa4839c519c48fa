"""Locks of two-phase commits: one for each service and key. The readable engine's verbs, in its order."""

from sim.engine.compiled_engine.calendar import then
from sim.engine.compiled_engine.chance import partition_key
from sim.engine.compiled_engine.codes import DO_GO_ON
from sim.engine.compiled_engine.memory import release_row, take_row
from sim.engine.compiled_engine.state import Lock, Saga, Span, World
from sim.record import fields
from sim.record import locks as recorder
from sim.record.outcomes import OK
from sim.rows import NOWHERE
from sim.semantics.rules import PARTITION_MULTIPLIER
from sim.shared import Words

WAITS = -1
LOCK_HASHES = 1 << 12


def lock(m: World, r: Words, span: Span, service: int) -> int:
    """A coordinator wants the lock of a service for the key of its trace, unless it has it."""
    saga = span.saga
    key = partition_key(m, saga.trace)
    one = m.lock_table[hash_of(service, key)]
    while one and (one.service != service or one.key != key):
        one = one.next
    if one and one.holder == saga:
        return OK
    recorder.lock_asked(r, m.now, saga.spec.number)
    saga.wanted_since = m.now
    if not one:
        one = Lock(m, take_row(m, m.locks))
        one.service = service
        one.key = key
        one.next = m.lock_table[hash_of(service, key)]
        m.lock_table[hash_of(service, key)] = one
        grant(m, r, one, saga)
        return OK
    wait(one, saga)
    return WAITS


def hash_of(service: int, key: int) -> int:
    """Where locks that have this service and key, or others with the same hash, begin."""
    mixed = ((key ^ (service << 20)) & 0xFFFFFFFF) * PARTITION_MULTIPLIER
    return (mixed >> 16) & (LOCK_HASHES - 1)


def grant(m: World, r: Words, one: Lock, saga: Saga) -> None:
    """A saga has a lock."""
    one.holder = saga
    one.since = m.now
    one.before = saga.locks
    saga.locks = one
    recorder.lock_granted(r, m.now, saga.spec.number, m.now - saga.wanted_since)


def give_back(m: World, r: Words, saga: Saga) -> None:
    """A saga has ended: whoever waits first for a lock of it has that now, the last one that it got first."""
    while saga.locks:
        one = saga.locks
        saga.locks = one.before
        recorder.lock_released(r, m.now, saga.spec.number, m.now - one.since)
        following = one.first
        if following:
            stop_waiting(following)
            grant(m, r, one, following)
            then(m, DO_GO_ON, following.span.at, OK)
        else:
            remove(m, one)


def remove(m: World, one: Lock) -> None:
    """Nobody has a lock any more."""
    at = hash_of(one.service, one.key)
    other = m.lock_table[at]
    if other == one:
        m.lock_table[at] = one.next
    else:
        while other.next != one:
            other = other.next
        other.next = one.next
    release_row(m, m.locks, one.at)


def wait(one: Lock, saga: Saga) -> None:
    """A saga waits for a lock, last of all."""
    saga.wanted = one
    saga.wanted_next = NOWHERE
    last = one.last
    saga.wanted_previous = last
    if last:
        last.wanted_next = saga
    else:
        one.first = saga
    one.last = saga


def stop_waiting(saga: Saga) -> None:
    """A saga waits no more for the lock that it wanted."""
    one, previous, following = saga.wanted, saga.wanted_previous, saga.wanted_next
    if previous:
        previous.wanted_next = following
    else:
        one.first = following
    if following:
        following.wanted_previous = previous
    else:
        one.last = previous
    saga.wanted = NOWHERE


def leave_lock(m: World, r: Words, saga: Saga) -> None:
    """A saga waits for no lock any more."""
    if saga.wanted:
        stop_waiting(saga)
        recorder.lock_left(r, m.now, saga.spec.number, m.now - saga.wanted_since)


def count_locks(m: World, r: Words, at: int, saga: Saga) -> None:
    """What a saga has, and waits for, at the horizon."""
    one = saga.locks
    while one:
        recorder.lock_still_held(r, saga.spec.number, m.horizon - one.since)
        m[at + fields.sagas.HELD_LOCKS] += 1
        one = one.before
    if saga.wanted:
        recorder.lock_still_wanted(r, saga.spec.number, m.horizon - saga.wanted_since)
        m[at + fields.sagas.HELD_LOCK_WAITING] += 1
