"""Who gets a worker that is free, where handlers want theirs back. The readable engine's verbs."""

from sim.engine.compiled_engine.calendar import then
from sim.engine.compiled_engine.codes import DO_WORK_ON, NEVER
from sim.engine.compiled_engine.state import EventLoop, Replica, Span, World
from sim.engine.compiled_engine.watched import took
from sim.record import event_loops as record
from sim.rows import NOWHERE
from sim.semantics.processors import HERE, resumed_next
from sim.shared import Words, entrance


@entrance
def hand_over(m: World, r: Words, replica: Replica) -> bool:
    """A worker is free: whether a handler has it now that wants one again."""
    loop = replica.loop
    if not loop or not loop.head:
        return False
    first = loop.head
    arrived_at = longest(replica) if replica.queue_length > 0 else 0
    if not resumed_next(loop.resumed, first.place_since, replica.queue_length, arrived_at):
        return False
    want_no_more(loop, first)
    take(m, r, replica, first)
    then(m, DO_WORK_ON, first.at, first.ident)
    return True


def longest(replica: Replica) -> int:
    """When the first of each priority came that waits: the earliest."""
    room = replica.service.room
    if not room:
        return replica.queue_head.arrived_at
    arrived_at = NEVER
    for index in range(room.lines):
        if replica.lines[index].first:
            arrived_at = min(arrived_at, replica.lines[index].first.arrived_at)
    return arrived_at


def take(m: World, r: Words, replica: Replica, span: Span) -> None:
    """A handler has a worker again."""
    replica.busy += 1
    took(m, replica, 1)
    replica.loop.without -= 1
    span.place = HERE
    record.resumed(r, m.now, replica.loop.number, span.ident, m.now - span.place_since)


def want(loop: EventLoop, span: Span) -> None:
    """A handler wants a worker, last of all; they are linked as those in a queue."""
    span.queue_next = NOWHERE
    last = loop.tail
    span.queue_previous = last
    if last:
        last.queue_next = span
    else:
        loop.head = span
    loop.tail = span
    loop.resuming += 1


def want_no_more(loop: EventLoop, span: Span) -> None:
    """A handler wants no worker any more."""
    previous, following = span.queue_previous, span.queue_next
    if previous:
        previous.queue_next = following
    else:
        loop.head = following
    if following:
        following.queue_previous = previous
    else:
        loop.tail = previous
    loop.resuming -= 1
