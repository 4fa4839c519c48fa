"""Locks that handlers take: take, unlock, unlock failed; give up; leave, break off.

They lie in the shared memory of their service, so that all its replicas see them, and one that goes down lets go of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simpy.events import Event

from sim.record import key_locks as recorder
from sim.record.fields.key_locks import KEY_LOCK_DEADLOCKED, KEY_LOCK_LEFT, KEY_LOCK_TIMED_OUT
from sim.record.outcomes import DEPENDENCY, OK
from sim.semantics.order import LOCK_WAIT, rank_of
from sim.stores import locks as rules
from sim.stores.transactions import GRANTED, LOCKED_OUT, OPEN, RowLock, Transaction

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run, Steps
    from sim.engine.simpy_engine.state import Span


def take(run: Run, span: Span, which: int, wait_max: int) -> Steps:
    """A handler takes a lock, and waits for it; it fails where it would wait for itself. What it has already it has."""
    lock, one, now = lock_of(run, span, which), run.lockers.get(span.ident), run.clock.now
    if one is not None and lock.holder == one:
        return OK
    if one is None:
        one = run.lockers[span.ident] = Transaction.plain()
        one.span, one.place = span, OPEN
    answer = rules.take(lock, one, wait_max, now)
    if answer == GRANTED:
        recorder.taken(run.r, now, which >> 1, span.ident, -1)
        return OK
    if answer in {rules.TIMED_OUT, rules.DEADLOCK}:
        how = KEY_LOCK_TIMED_OUT if answer == rules.TIMED_OUT else KEY_LOCK_DEADLOCKED
        recorder.given_up(run.r, now, which >> 1, span.ident, how, -1)
        forget(run, span)
        return DEPENDENCY
    recorder.wanted(run.r, now, which >> 1, span.ident)
    if wait_max > 0:
        run.clock.after(wait_max, rank_of(LOCK_WAIT, span.ident), give_up, run, one)
    span.connected = Event(run.clock)
    outcome: int = yield span.connected
    return outcome


def lock_of(run: Run, span: Span, which: int) -> Any:
    """A lock, a new one where nobody has it."""
    place = which, span.trace.partition_key if which & 1 else 0
    if place not in run.key_locks:
        run.key_locks[place] = RowLock.plain()
        run.key_locks[place].row, run.key_locks[place].key = place
    return run.key_locks[place]


def forget(run: Run, span: Span) -> None:
    """A handler that has no lock any more, and waits for none, is not kept."""
    if not run.lockers[span.ident].locks:
        del run.lockers[span.ident]


def unlock(run: Run, span: Span, _a: int, _b: int) -> Steps:
    """What was done behind a lock is done: the next one that waits has it."""
    let_go(run, span)
    return OK
    yield


def unlock_failed(run: Run, span: Span, _a: int, _b: int) -> Steps:
    """A step behind a lock failed: it is let go of, and it fails as that step did."""
    let_go(run, span)
    return span.failed_with
    yield


def let_go(run: Run, span: Span) -> None:
    """A handler lets go of the lock that it has taken last."""
    now, lock = run.clock.now, rules.let_go(run.lockers[span.ident])
    following: Any = lock.first
    recorder.released(run.r, now, lock.row >> 1)
    if following:
        recorder.taken(run.r, now, lock.row >> 1, following.span.ident, now - following.wants_since)
        rules.pass_on(lock)
        following.span.connected.succeed(OK)
    else:
        del run.key_locks[lock.row, lock.key]
    forget(run, span)


def give_up(run: Run, one: Any) -> None:
    """A handler has waited for a lock as long as it may, unless it has it, or is no more."""
    if not rules.gives_up(one, run.clock.now):
        return
    span: Span = one.span
    leave(run, span, KEY_LOCK_TIMED_OUT)
    span.connected.succeed(DEPENDENCY)


def leave(run: Run, span: Span, how: int) -> None:
    """A handler waits no longer for a lock, and has not got it."""
    one, now = run.lockers[span.ident], run.clock.now
    recorder.given_up(run.r, now, one.wants.row >> 1, span.ident, how, now - one.wants_since)
    rules.leave_line(one)
    forget(run, span)


def stop_if_waiting(run: Run, span: Span) -> None:
    """An execution that goes down waits for no lock any more."""
    one = run.lockers.get(span.ident)
    if one is not None and one.place == LOCKED_OUT:
        leave(run, span, KEY_LOCK_LEFT)


def break_off(run: Run, span: Span) -> None:
    """A handler is no more: it lets go of all locks that it has."""
    while span.ident in run.lockers:
        let_go(run, span)


def count_locks(run: Run) -> None:
    """Who waits for locks, and which are held, at the horizon."""
    inside = run.recording.inside["key_locks"]
    for lock in run.key_locks.values():
        inside[lock.row >> 1, 1] += 1
    for one in run.lockers.values():
        if one.place == LOCKED_OUT:
            inside[one.wants.row >> 1, 0] += 1
            recorder.still_wanted(run.r, one.wants.row >> 1, run.network.horizon - one.wants_since)
