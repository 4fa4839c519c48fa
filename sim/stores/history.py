"""What a store may lose: its latest commits, kept as long as a failover could reach back to them.

    oldest  a  b  c  d  e  newest       no failover reaches a any more: forgotten      a failover: e and d are lost

A commit that is lost had been acknowledged. The rows that it wrote are gone, the events that it appended, and what it wrote to
an outbox. What was published of it is not: others have heard of what is not there. An aggregate is as it was before the first
append that is lost; a snapshot that holds a lost event is lost with it, and the one before it is the latest again.
"""

from sim.rows import NOWHERE, Row
from sim.shared import shared
from sim.stores.dual_writes import DualWrite  # noqa: TC001 - rows are found by their names
from sim.stores.streams import Aggregate, settle


class Commit(Row):
    """A transaction that committed."""

    next: "Commit"
    previous: "Commit"
    since: int  # when, ns
    ident: int  # of the execution
    rows: int
    writes: "DualWrite"  # of the execution, the first of them
    aggregate: "Aggregate"  # to which it appended; none: to none
    stream: int
    events: int
    snapshot: int  # the latest one of the aggregate before it


class History(Row):
    """The latest commits of a store, in order."""

    first: "Commit"
    last: "Commit"


@shared
def remember(history: History, one: Commit, now: int) -> None:
    """A transaction has committed."""
    last = history.last
    one.since = now
    one.previous = last
    one.next = NOWHERE
    if last:
        last.next = one
    else:
        history.first = one
    history.last = one


@shared
def forget(history: History, until: int) -> Commit:
    """The oldest commit, if it is of a time up to which none can be lost any more: it is taken out; else none."""
    one = history.first
    if one and one.since > until:
        one = NOWHERE
    if one:
        history.first = one.next
        if one.next:
            one.next.previous = NOWHERE
        else:
            history.last = NOWHERE
    return one


@shared
def lose(history: History, after: int) -> Commit:
    """The newest commit, if it is later than what is kept: it is lost, and taken out; else none."""
    one = history.last
    if one and one.since <= after:
        one = NOWHERE
    if one:
        history.last = one.previous
        if one.previous:
            one.previous.next = NOWHERE
        else:
            history.first = NOWHERE
    return one


@shared
def undo(one: Commit, now: int) -> None:
    """An append is lost, the newest that is there: the aggregate is as it was before it."""
    aggregate = one.aggregate
    settle(aggregate, now)
    aggregate.version -= one.events
    if aggregate.written_at > 0 and aggregate.written > aggregate.version:
        aggregate.written_at = 0
    if aggregate.snapshot > aggregate.version:
        aggregate.snapshot = one.snapshot
