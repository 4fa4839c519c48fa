"""Versions: who writes by what it has read is refused where that was written since. For rows, and for streams of events.

    A reads row x at version 7          A commits: x is at 8 --> conflict, nothing is written
       B reads x at 7, commits --> x is at 8

Nobody waits for another one, and a refused transaction has changed nothing, so that a conflict causes no other one. A row's
version is kept as long as a transaction under way has read it: what nobody has read, nobody can compare.
"""

from sim.shared import shared
from sim.stores.transactions import RowLock, Transaction, Watch


@shared
def noted(version: int) -> int:
    """What is kept of a version that was read: 0 stays free for what was not read."""
    return version + 1


@shared
def outdated(seen: int, version: int) -> bool:
    """Whether something was written since a version was read."""
    return seen != version + 1


@shared
def watches(one: Transaction, row: RowLock) -> bool:
    """Whether a transaction has read a row already: what it compares is what it has read first."""
    watch = one.watches
    while watch:
        if watch.of == row:
            return True
        watch = watch.next
    return False


@shared
def read(one: Transaction, row: RowLock, watch: Watch) -> None:
    """A transaction reads a row, to write it."""
    watch.of = row
    watch.seen = noted(row.version)
    watch.next = one.watches
    one.watches = watch
    row.watchers += 1


@shared
def up_to_date(one: Transaction) -> bool:
    """Whether nothing of what a transaction has read was written since."""
    watch = one.watches
    while watch:
        if outdated(watch.seen, watch.of.version):
            return False
        watch = watch.next
    return True


@shared
def write(one: Transaction) -> None:
    """A transaction has committed: what it has read and written has a version more."""
    watch = one.watches
    while watch:
        watch.of.version += 1
        watch = watch.next


@shared
def let_go(one: Transaction) -> Watch:
    """A transaction is over, and compares nothing more: the one that it has read last; none: that was all."""
    watch = one.watches
    if watch:
        one.watches = watch.next
        watch.of.watchers -= 1
    return watch
