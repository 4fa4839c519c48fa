"""Who waits at a replica, for how long, and in which order: decisions of both engines about its queue.

    crowded          it has not been empty for longer than the interval      newest first, and they may wait for less
    waits_at_most    how long one that joins it may have waited when its turn comes
    too_late         why one whose turn has come is not begun

That a queue which has not been empty for an interval (100 ms) stands for overload, and one in it may then wait for a target
(5 ms) instead of the interval, is how Facebook has it: Maurer, Fail at Scale, ACM Queue 13(8), 2015, after CoDel (Nichols and
Jacobson, ACM Queue 10(5), 2012). All times are in ns; a time or limit of 0 is none.
"""

from sim.semantics.rules import FOREVER
from sim.shared import shared

IN_TIME = 0
PAST_ITS_DEADLINE = 1
WAITED_TOO_LONG = 2
"""What is said of a request whose turn has come, see `too_late`."""


@shared
def crowded(waiting: int, empty_at: int, interval: int, now: int) -> bool:
    """Whether the queue has not been empty for longer than the interval; ``empty_at`` is when it was last."""
    return waiting > 0 and now - empty_at > interval


@shared
def waits_at_most(ttl: int, target: int, interval: int, is_crowded: bool) -> int:  # noqa: FBT001
    """Longest wait of a request that joins a queue now: the shorter one of its time to live and of what CoDel says."""
    most = FOREVER if ttl == 0 else ttl
    if target == 0:
        return most
    return min(most, target if is_crowded else interval)


@shared
def too_late(due: int, waited: int, most: int, now: int) -> int:
    """Whether a request is begun whose turn has come: what begins at its deadline cannot end before; a limit may be reached."""
    if due != 0 and due <= now:
        return PAST_ITS_DEADLINE
    return WAITED_TOO_LONG if waited > most else IN_TIME


@shared
def due_of(own: int, inherited: int, now: int) -> int:
    """When a call that begins now must have ended: the sooner one of its own deadline and its caller's; 0: at any time."""
    if own < 0:
        return inherited
    due = now + min(own, FOREVER)
    return due if inherited == 0 else min(due, inherited)


@shared
def stops_waiting_at(timeout: int, due: int, now: int) -> int:
    """When the caller of an attempt stops waiting, if that is at its deadline and not before; 0: its timeout is over first."""
    if due == 0 or (timeout > 0 and now + timeout < due):
        return 0
    return due
