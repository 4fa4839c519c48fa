"""What waits at publishers while a broker is down: the same in both engines.

    down   messages that come to it wait at their publishers' clients, in their order    up   they arrive at once, in that order
             '-- after `delivery_timeout`, or when its replica goes down, a message is given up

What a store publishes by itself waits there for as long as it takes: it reads the log of the store, which is durable. What the
broker keeps stays as it is; consumers get nothing, and their acknowledgements and commits do not reach it.
"""

from sim.brokers.queue import GONE, Entry, Line, join, leave
from sim.rows import Row, inside
from sim.shared import shared

HELD = 3
KEPT = 4
"""Where a message is that waits at its publisher's client, and one that waits in a store."""


class OutageState(Row):
    """Whether a broker is down, what waits for it, and how often a timer was set for the first of that."""

    down: int
    held: "Line" = inside()
    kept: "Line" = inside()
    sequence: int


@shared
def hold(state: OutageState, entry: Entry, now: int) -> bool:
    """A message waits for the broker; returns whether a timer is to be set, as it is the first."""
    entry.place = HELD
    entry.since = now
    join(state.held, entry)
    if state.held.length > 1:
        return False
    state.sequence += 1
    return True


@shared
def keep(state: OutageState, entry: Entry, now: int) -> None:
    """A message waits in a store for the broker, however long that is down."""
    entry.place = KEPT
    entry.since = now
    join(state.kept, entry)


@shared
def first(state: OutageState) -> Entry:
    """The message that waits longest, those of stores first of the same instant; none where none waits."""
    entry, other = state.held.head, state.kept.head
    return other if other and (not entry or other.since <= entry.since) else entry


@shared
def overdue(state: OutageState, timeout: int, now: int) -> bool:
    """Whether the message that waits longest has waited for as long as its client tries."""
    return state.held.length > 0 and state.held.head.since + timeout <= now


@shared
def let_go(state: OutageState, entry: Entry) -> None:
    """A message waits no longer."""
    leave(state.kept if entry.place == KEPT else state.held, entry)
    entry.place = GONE


@shared
def next_timer(state: OutageState) -> bool:
    """Whether a timer is to be set for the message that waits longest now, as the one before is gone."""
    if state.held.length == 0:
        return False
    state.sequence += 1
    return True
