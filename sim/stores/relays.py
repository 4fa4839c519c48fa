"""An outbox and its relay: rows that were written with a commit, and are published after it.

    committed --delay of a tailed log--> waiting, in the order of commits --claimed by an instance, up to a batch--> held
                                            ^                                     |
                                            '-- given back: it went down, or      `-- all published --> marked, and gone
                                                the broker refused one

An instance publishes what it has claimed one after the other, each when the one before was confirmed, and marks all that it
published at the end. What it had published and not marked when it went down waits again, and is published again. Rows that are
given back wait at their old places. With ``leader`` an instance claims nothing while another one holds rows, so that rows are
published in their order; otherwise several publish at once, each rows that no other has (as ``for update skip locked`` does).
A store that fails over (`sim.stores.history`) may lose rows and marks. An instance that holds a lost row learns of it when it
marks its run, and may have published it until then.
"""

from sim.rows import NOWHERE, Row, inside
from sim.shared import shared

DOWN = 0
IDLE = 1
PUBLISHING = 2
MARKING = 3
WOKEN = 4
"""What an instance of a relay does."""

FIXED_DELAY = 0
FIXED_RATE = 1
WHILE_FULL = 2
"""When a poll follows a run: so long after its end, so long after its start, or at once after a full batch."""

UNHEARD = 1
HEARD = 2
"""What others know of a row that its store has lost: nothing, or it was published."""


class OutboxRow(Row):
    """A row of an outbox: what a transaction wrote, to be published."""

    next: "OutboxRow"
    previous: "OutboxRow"
    trace: int  # of whom it is, as an engine knows it
    channel: int
    ident: int  # of the execution that wrote it
    sequence: int  # its place among all commits
    since: int  # when it was committed, ns
    confirmed: int  # whether the broker has confirmed it once
    sent: int  # how often it has left for the broker
    out: int  # whether it left, and was not refused: others have heard of it, or may have
    lost: int  # whether its store has lost it
    marked_at: int
    undone: int  # the dual write that it counts for when it is lost, and one more


class RowLine(Row):
    """Rows one after the other."""

    head: "OutboxRow"
    tail: "OutboxRow"
    length: int


class RelayState(Row):
    """What a relay has before it: committed rows that its log does not show yet, and rows that nobody has claimed."""

    unseen: "RowLine" = inside()
    waiting: "RowLine" = inside()
    done: "RowLine" = inside()  # marked rows of which the mark may be lost
    abandoned: int  # lost rows that instances hold
    sequence: int
    holding: int  # instances that hold rows
    idle: "InstanceState"  # the first of those that wait for rows


class InstanceState(Row):
    """One instance of a relay: the rows that it holds, and how far it is with them."""

    held: "RowLine" = inside()
    current: "OutboxRow"  # the row that is being published
    place: int
    due: int  # when its next step is, ns
    interval: int  # between polls, now
    started: int  # when its run began
    claimed: int  # rows of its run
    refused: int  # whether the broker refused the row that is being published
    next: "InstanceState"  # of those that wait for rows
    previous: "InstanceState"
    instance: int  # whose state it is, as an engine knows it


@shared
def commit_row(relay: RelayState, row: OutboxRow, now: int) -> None:
    """A row is committed; the relay does not see it yet."""
    row.sequence = relay.sequence
    relay.sequence += 1
    row.since = now
    join(relay.unseen, row)


@shared
def see(relay: RelayState, until: int) -> bool:
    """The relay sees the first row that it did not see yet, if it was committed by a time; it may have been lost since."""
    row = relay.unseen.head
    if not row or row.since > until:
        return False
    leave(relay.unseen, row)
    join(relay.waiting, row)
    return True


@shared
def rest(relay: RelayState, one: InstanceState, due: int) -> None:
    """An instance waits for rows, and looks for them when it is due."""
    one.place = IDLE
    one.due = due
    following = relay.idle
    one.previous = NOWHERE
    one.next = following
    if following:
        following.previous = one
    relay.idle = one


@shared
def rise(relay: RelayState, one: InstanceState, place: int) -> None:
    """An instance that waited for rows waits no longer."""
    previous, following = one.previous, one.next
    if previous:
        previous.next = following
    else:
        relay.idle = following
    if following:
        following.previous = previous
    one.place = place


@shared
def wake(relay: RelayState, now: int) -> InstanceState:
    """The instance that waits since last looks for rows now; none where all are at work."""
    one = relay.idle
    if one:
        rise(relay, one, WOKEN)
        one.due = now
    return one


@shared
def looks(relay: RelayState, one: InstanceState, now: int) -> bool:
    """Whether an instance that was to look for rows now does so: it has not since, and is not down."""
    if one.due != now:
        return False
    if one.place == IDLE:
        rise(relay, one, WOKEN)
    return one.place == WOKEN


@shared
def claim(relay: RelayState, one: InstanceState, batch: int, leader: bool, now: int) -> int:  # noqa: FBT001
    """An instance claims the first rows that nobody has claimed; returns how many."""
    one.started = now
    one.claimed = 0
    if leader and relay.holding > 0:
        return 0
    while one.claimed < batch and relay.waiting.length > 0:
        row = relay.waiting.head
        leave(relay.waiting, row)
        join(one.held, row)
        one.claimed += 1
    if one.claimed > 0:
        relay.holding += 1
        one.current = one.held.head
    return one.claimed


@shared
def take_marked(one: InstanceState) -> OutboxRow:
    """The next row that an instance published in this run is gone: those before the one that it is at; none: that was all."""
    row = one.held.head
    if row == one.current:
        row = NOWHERE
    if row:
        leave(one.held, row)
    return row


@shared
def give_back(relay: RelayState, one: InstanceState) -> None:
    """A run is over: what the instance still holds waits again, each row where it was."""
    if one.claimed > 0:
        relay.holding -= 1
        one.claimed = 0
    while one.held.length > 0:
        row = one.held.tail
        leave(one.held, row)
        put_back(relay, row)
    one.current = NOWHERE


@shared
def put_back(relay: RelayState, row: OutboxRow) -> None:
    """A row waits again where it was."""
    following = relay.waiting.head
    while following and following.sequence < row.sequence:
        following = following.next
    join_before(relay.waiting, row, following)


@shared
def keep(relay: RelayState, row: OutboxRow, now: int) -> None:
    """A row is marked, and kept as long as its mark may be lost."""
    row.marked_at = now
    join(relay.done, row)


@shared
def forget(relay: RelayState, until: int) -> OutboxRow:
    """The row that was marked first, if that was at a time up to which no mark can be lost any more: it is gone; else none."""
    row = relay.done.head
    if row and row.marked_at > until:
        row = NOWHERE
    if row:
        leave(relay.done, row)
    return row


@shared
def unmark(relay: RelayState, after: int) -> OutboxRow:
    """The row that was marked last, if that was later than what its store has kept; else none."""
    row = relay.done.tail
    if row and row.marked_at <= after:
        row = NOWHERE
    if row:
        leave(relay.done, row)
    return row


@shared
def lose(line: RowLine, after: int) -> OutboxRow:
    """The row of a line in order that was committed last, if that was later than what its store has kept; else none."""
    row = line.tail
    if row and row.since <= after:
        row = NOWHERE
    if row:
        leave(line, row)
    return row


@shared
def publishes(one: InstanceState, row: OutboxRow) -> bool:
    """Whether an instance waits for the broker to confirm a row."""
    return one.place == PUBLISHING and one.current == row


@shared
def adapted(interval: int, claimed: int, batch: int, least: int, most: int) -> int:
    """The interval after a poll that found so many rows: half after a full batch, twice after a quarter of one or less."""
    if claimed >= batch:
        return max(least, interval // 2)
    if 4 * claimed <= batch:
        return min(most, 2 * interval)
    return interval


@shared
def pause(relay: RelayState, one: InstanceState, batch: int, timing: int, wakes: bool, every: int, now: int) -> int:  # noqa: FBT001
    """How long an instance waits after its run, in ns: not at all where it hears of rows, and there are some."""
    if one.refused:
        return every
    if wakes and one.claimed > 0 and relay.waiting.length > 0:
        return 0
    return pause_after(timing, one.interval, one.started, now, one.claimed >= batch)


@shared
def pause_after(timing: int, interval: int, started: int, now: int, full: bool) -> int:  # noqa: FBT001
    """How long after the end of a run the next poll is, in ns."""
    if timing == WHILE_FULL and full:
        return 0
    if timing == FIXED_RATE:
        return max(0, started + interval - now)
    return interval


@shared
def join(line: RowLine, row: OutboxRow) -> None:
    """A row is the last of a line."""
    join_before(line, row, NOWHERE)


@shared
def join_before(line: RowLine, row: OutboxRow, following: OutboxRow) -> None:
    """A row joins a line before another one; at the end, where that is none."""
    previous = following.previous if following else line.tail
    row.previous = previous
    row.next = following
    if previous:
        previous.next = row
    else:
        line.head = row
    if following:
        following.previous = row
    else:
        line.tail = row
    line.length += 1


@shared
def leave(line: RowLine, row: OutboxRow) -> None:
    """A row leaves its line."""
    previous, following = row.previous, row.next
    if previous:
        previous.next = following
    else:
        line.head = following
    if following:
        following.previous = previous
    else:
        line.tail = previous
    line.length -= 1
