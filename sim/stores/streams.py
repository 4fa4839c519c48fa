"""Streams of events, one for each aggregate: what a load has to replay, and when an append conflicts.

    events    1 2 3 4 5 6 7 | 8 9 10        version 10; a load begins with the snapshot, and replays 8, 9, 10
    snapshot              ^ 7               the next one is begun when there are `every` events since; there `write` later

A handler loads an aggregate, and knows its version from then on; its append is refused if another append came in between,
which is found out at the end of the commit. Who was refused has not changed anything, so that a conflict causes no other one.
A snapshot is written beside the traffic, without a connection; while one is being written no other one is begun.
"""

from sim.rows import Row
from sim.shared import shared


class Aggregate(Row):
    """What is known of the events of one aggregate; numbers of events."""

    version: int  # how many there are
    snapshot: int  # how many of them the latest snapshot has; 0: there is none
    written: int  # how many the one has that is being written
    written_at: int  # when that one is there, ns; 0: none is being written


@shared
def settle(one: Aggregate, now: int) -> None:
    """A snapshot that has been written by now is the latest one."""
    if one.written_at > 0 and one.written_at <= now:
        one.snapshot = one.written
        one.written_at = 0


@shared
def to_replay(one: Aggregate, now: int) -> int:
    """How many events a load has to replay that begins now."""
    settle(one, now)
    return one.version - one.snapshot


@shared
def append(one: Aggregate, events: int, every: int, write: int, now: int) -> bool:
    """So many events more; returns whether that begins a snapshot. ``every`` is 0 without snapshots."""
    settle(one, now)
    one.version += events
    if every == 0 or one.written_at > 0 or one.version - one.snapshot < every:
        return False
    if write == 0:
        one.snapshot = one.version
    else:
        one.written = one.version
        one.written_at = now + write
    return True
