"""Dual writes: a handler that commits a transaction and publishes by itself does two things, and may do one of them only.

    committed, and its message never came to the broker    lost: the store knows of it, and nobody will hear of it
    at the broker, and its transaction never committed      phantom: others hear of what is not there

That is judged for each execution of a handler, and each topic that it both has transactions for and publishes to, when the
execution is over and all that it published has come to the broker or was refused. A handler that ended well, and did only one
of the two as its steps say so (in one branch of a choice), has torn nothing. An execution that is repeated by a retry or a
redelivery is judged by itself: what the store holds twice, others should hear of twice. What is judged may come out otherwise
later, where the store fails over and loses the commit: what was whole is a phantom then (`sim.stores.history`).
"""

from sim.rows import NOWHERE, Row
from sim.shared import shared

UNDER_WAY = 0
WELL = 1
FAILED = 2
"""How the execution ended."""

WHOLE = 0
LOST = 1
PHANTOM = 2
"""What came of the two writes."""


class DualWrite(Row):
    """What one execution has done of both writes."""

    next: "DualWrite"  # of all that are under way
    previous: "DualWrite"
    other: "DualWrite"  # of the same execution, to another topic
    number: int  # which pair of writes it is
    channel: int
    begun: int  # transactions that it wanted
    committed: int
    sent: int  # messages that left
    taken: int  # and came to the broker
    travelling: int
    over: int
    ident: int  # of the execution
    judged: int
    commits: int  # of the execution, that may still be lost


class OpenWrites(Row):
    """All that are under way."""

    first: "DualWrite"


@shared
def open_write(writes: OpenWrites, one: DualWrite) -> None:
    """An execution is under way that will write twice."""
    following = writes.first
    one.previous = NOWHERE
    one.next = following
    if following:
        following.previous = one
    writes.first = one


@shared
def close_write(writes: OpenWrites, one: DualWrite) -> None:
    """It is judged."""
    previous, following = one.previous, one.next
    if previous:
        previous.next = following
    else:
        writes.first = following
    if following:
        following.previous = previous


@shared
def write_to(one: DualWrite, channel: int) -> DualWrite:
    """That of an execution which is about a topic; none where no transaction has to do with it."""
    while one and one.channel != channel:
        one = one.other
    return one


@shared
def verdict(one: DualWrite) -> int:
    """What came of both writes, when nothing more can."""
    if one.committed > 0 and one.taken == 0 and (one.sent > 0 or one.over == FAILED):
        return LOST
    if one.taken > 0 and one.committed == 0 and (one.begun > 0 or one.over == FAILED):
        return PHANTOM
    return WHOLE


@shared
def undo(one: DualWrite) -> bool:
    """A commit of the execution is lost: returns whether that leaves a phantom of what was whole when it was judged."""
    one.committed -= 1
    one.commits -= 1
    return one.judged == 1 and one.committed == 0 and one.taken > 0
