"""Locks of rows: take, let go, leave: transactions that write a row with a key, and wait for each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simpy.events import Event

from sim.record import stores as recorder
from sim.record.outcomes import DEPENDENCY, OK
from sim.stores import locks as rules
from sim.stores.transactions import GRANTED, RowLock

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run, Steps
    from sim.engine.simpy_engine.state import Span


def take(run: Run, span: Span, which: int) -> Steps:
    """A transaction takes the lock of a row, and waits for it; it fails where it would wait for itself."""
    one, now = span.transaction, run.clock.now
    answer = rules.take(lock_of(run, span, which), one, now)
    if answer == GRANTED:
        return OK
    if answer == rules.DEADLOCK:
        recorder.transaction_deadlocked(run.r, now, one.store, span.ident)
        return DEPENDENCY
    recorder.transaction_locked_out(run.r, now, one.store, span.ident)
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
    """A transaction goes down while it waits for a lock."""
    one, now = span.transaction, run.clock.now
    recorder.transaction_locked(run.r, now, one.store, span.ident, now - one.wants_since)
    rules.leave_line(one)
