"""Locks of rows: take, give up, let go, leave: transactions that write a row with a key, and wait for each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simpy.events import Event

from sim.record import stores as recorder
from sim.record.outcomes import DEPENDENCY, OK
from sim.semantics.order import LOCK_WAIT, rank_of
from sim.stores import locks as rules
from sim.stores.transactions import GRANTED, RowLock

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run, Steps
    from sim.engine.simpy_engine.state import Span


def take(run: Run, span: Span, which: int) -> Steps:
    """A transaction takes the lock of a row, and waits for it; it fails where it would wait for itself."""
    one, now = span.transaction, run.clock.now
    wait_max = run.stores[one.store].spec.lock_wait_max
    answer = rules.take(lock_of(run, span, which), one, wait_max, now)
    if answer == GRANTED:
        return OK
    if answer == rules.TIMED_OUT:
        recorder.lock_timed_out(run.r, now, one.store, span.ident)
        return DEPENDENCY
    if answer == rules.DEADLOCK:
        recorder.transaction_deadlocked(run.r, now, one.store, span.ident)
        return DEPENDENCY
    recorder.transaction_locked_out(run.r, now, one.store, span.ident)
    if wait_max > 0:
        run.clock.after(wait_max, rank_of(LOCK_WAIT, span.ident), give_up, run, one)
    span.connected = Event(run.clock)
    outcome: int = yield span.connected
    return outcome


def lock_of(run: Run, span: Span, which: int) -> Any:
    """The lock of a row, a new one where nobody has it."""
    locks = run.stores[span.transaction.store].locks
    place = which >> 1, span.trace.partition_key if which & 1 else 0
    if place not in locks:
        locks[place] = RowLock.plain()
        locks[place].row, locks[place].key = place
    return locks[place]


def give_up(run: Run, one: Any) -> None:
    """A transaction has waited for a lock as long as it may, unless it has it, or is over."""
    if not rules.gives_up(one, run.clock.now):
        return
    span: Span = one.span
    recorder.lock_timed_out(run.r, run.clock.now, one.store, span.ident)
    leave(run, span)
    span.connected.succeed(DEPENDENCY)


def let_go(run: Run, span: Span) -> None:
    """A transaction is over: the locks that it has go to those that wait for them."""
    one, now = span.transaction, run.clock.now
    lock: Any = rules.let_go(one)
    while lock:
        following: Any = lock.first
        if following:
            recorder.transaction_locked(run.r, now, one.store, following.span.ident, now - following.wants_since)
            rules.pass_on(lock)
            following.span.connected.succeed(OK)
        else:
            del run.stores[one.store].locks[lock.row, lock.key]
        lock = rules.let_go(one)


def leave(run: Run, span: Span) -> None:
    """A transaction waits no longer for a lock, and has not got it."""
    one, now = span.transaction, run.clock.now
    recorder.transaction_locked(run.r, now, one.store, span.ident, now - one.wants_since)
    rules.leave_line(one)
