"""Locks of rows: whoever writes a row with a key holds its lock until the transaction has ended, and others wait in line.

    A holds x, B holds y      A writes y: waits for B      B writes x: would wait for A, who waits for B --> B is rolled back

A transaction waits for one lock at a time and a lock has one holder, so that whoever would wait follows one chain: from the
holder to the lock that it waits for, to the holder of that. A chain that comes back is a deadlock. It is found at once, and the
one that would have closed it is the one that fails (as InnoDB and PostgreSQL find cycles, though they may choose another one).
Who has waited for a lock as long as the store lets it fails, too; where no wait is allowed, at once (as ``nowait`` does).
"""

from sim.rows import NOWHERE
from sim.shared import shared
from sim.stores.transactions import GRANTED, LOCKED_OUT, NO_WAIT_MAX, OPEN, WAITS, RowLock, Transaction

DEADLOCK = 2
TIMED_OUT = 3


@shared
def take(lock: RowLock, one: Transaction, wait_max: int, now: int) -> int:
    """A transaction wants a lock: it has it, waits for it at most so long, may not wait, or would wait for itself."""
    if not lock.holder:
        hold(lock, one)
        return GRANTED
    other = lock.holder
    if other == one:
        return GRANTED
    if wait_max == 0:
        return TIMED_OUT
    while other and other != one:
        other = other.wants.holder if other.wants else NOWHERE
    if other:
        return DEADLOCK
    last = lock.last
    one.previous = last
    one.next = NOWHERE
    if last:
        last.next = one
    else:
        lock.first = one
    lock.last = one
    one.wants = lock
    one.place = LOCKED_OUT
    one.wants_since = now
    one.gives_up_at = now + wait_max if wait_max > 0 else NO_WAIT_MAX
    return WAITS


@shared
def gives_up(one: Transaction, now: int) -> bool:
    """Whether a transaction has waited for a lock as long as it may; it may have it by now, or wait for another one."""
    return one.place == LOCKED_OUT and one.gives_up_at == now


@shared
def hold(lock: RowLock, one: Transaction) -> None:
    """A transaction has a lock."""
    lock.holder = one
    lock.other = one.locks
    one.locks = lock


@shared
def leave_line(one: Transaction) -> None:
    """A transaction waits no longer for a lock."""
    lock = one.wants
    previous, following = one.previous, one.next
    if previous:
        previous.next = following
    else:
        lock.first = following
    if following:
        following.previous = previous
    else:
        lock.last = previous
    one.wants = NOWHERE
    one.place = OPEN


@shared
def let_go(one: Transaction) -> RowLock:
    """A transaction lets go of the lock that it has taken last; none: it has none any more."""
    lock = one.locks
    if lock:
        one.locks = lock.other
        lock.other = NOWHERE
        lock.holder = NOWHERE
    return lock


@shared
def pass_on(lock: RowLock) -> Transaction:
    """The first that waits for a lock that was let go of has it; none where nobody waits."""
    following = lock.first
    if following:
        leave_line(following)
        hold(lock, following)
    return following
