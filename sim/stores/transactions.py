"""A store, such as a database, and the transactions in which handlers write to it.

                      .-- waited too long --> refused
    transaction --> waits for one of n connections (FIFO) --> steps, writes --> commit --> committed, or aborted
                                                                 '-- a step fails, the replica goes down --> rolled back

A transaction holds its connection from its first step until it has ended. What it wrote is there when its commit is over, all
of it or nothing: an abort is found out at the end of the commit, whose time it takes, and a replica that goes down before that
leaves nothing behind. Then the store frees the connection at once, as if it had seen the connection break.
"""

from sim.rows import NOWHERE, Row, inside
from sim.shared import shared
from sim.stores.relays import RowLine  # noqa: TC001 - rows are found by their names

OVER = 0
WAITING = 1
OPEN = 2
COMMITTING = 3
LOCKED_OUT = 4
"""Where a transaction is."""

GRANTED = 0
WAITS = 1
REFUSED = 2
"""What a store says to a transaction that wants a connection."""

NO_WAIT_MAX = -1
"""In place of the longest wait: there is none."""


class RowLock(Row):
    """A row that somebody has written, and not committed yet: its lock, or its version."""

    next: "RowLock"  # in its place of the store's table
    row: int  # what is written, by its number
    key: int
    holder: "Transaction"
    other: "RowLock"  # of the same holder
    first: "Transaction"  # of those that wait for it
    last: "Transaction"
    version: int  # how often it was written since it is here
    watchers: int  # that have read it, to write it


class Watch(Row):
    """What a transaction knows of a row that it has read, to write it."""

    next: "Watch"  # of the same transaction
    of: "RowLock"
    seen: int


class Transaction(Row):
    """A transaction of one execution of a handler: first it waits, then it has a connection."""

    next: "Transaction"
    previous: "Transaction"
    span: int  # the execution, as an engine knows it
    store: int  # its number
    place: int
    since: int  # when it began to wait, then when it got its connection, ns
    gives_up_at: int  # when it has waited too long for a connection, or for a lock
    rows: int  # written so far
    outages: int  # of the store, when it began
    aborts: int  # the stream that says whether its commit is aborted
    outbox: "RowLine" = inside()
    locks: "RowLock"  # that it has, the last one first
    wants: "RowLock"  # none: it waits for none
    wants_since: int
    watches: "Watch"  # rows that it has read, where nothing is locked


class StoreState(Row):
    """A store at work: connections in use, and who waits for one, in order."""

    in_use: int
    waiting: int
    pace: int  # of commits, as that of work
    down: int
    outages: int  # so far
    first: "Transaction"
    last: "Transaction"


@shared
def ask(store: StoreState, one: Transaction, connections: int, wait_max: int, now: int) -> int:
    """A transaction wants a connection, and waits for it, at most so long."""
    one.since = now
    one.outages = store.outages
    if store.down != 0:
        one.place = OVER
        return REFUSED
    if store.in_use < connections:
        store.in_use += 1
        one.place = OPEN
        return GRANTED
    if wait_max == 0:
        one.place = OVER
        return REFUSED
    one.place = WAITING
    one.gives_up_at = now + wait_max
    last = store.last
    one.previous = last
    one.next = NOWHERE
    if last:
        last.next = one
    else:
        store.first = one
    store.last = one
    store.waiting += 1
    return WAITS


@shared
def may_commit(store: StoreState, one: Transaction) -> bool:
    """Whether the store has been there all the time since a transaction began."""
    return store.outages == one.outages


@shared
def set_down(store: StoreState, down: int) -> None:
    """A store goes down, or is up again."""
    store.down = down
    store.outages += down


@shared
def leave(store: StoreState, one: Transaction) -> None:
    """A transaction waits no longer."""
    previous, following = one.previous, one.next
    if previous:
        previous.next = following
    else:
        store.first = following
    if following:
        following.previous = previous
    else:
        store.last = previous
    store.waiting -= 1
    one.place = OVER


@shared
def end(store: StoreState, one: Transaction, now: int) -> Transaction:
    """An open transaction is over: returns the one that has its connection now; none where nobody waits."""
    one.place = OVER
    following = store.first
    if not following:
        store.in_use -= 1
        return following
    leave(store, following)
    following.place = OPEN
    following.since = now
    return following


@shared
def end_leaked(store: StoreState, one: Transaction) -> None:
    """An open transaction is over, whose connection leaks: nobody has it now."""
    one.place = OVER
    store.in_use -= 1


@shared
def lose(store: StoreState, count: int) -> None:
    """So many connections are taken by nobody, free ones or those that will be; or they are free again, below 0."""
    store.in_use += count


@shared
def connect(store: StoreState, now: int) -> None:
    """The first transaction that waits has a connection that is free again."""
    following = store.first
    store.in_use += 1
    leave(store, following)
    following.place = OPEN
    following.since = now
