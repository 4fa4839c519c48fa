"""The books of brokers: what is in queues, in the hands of consumers, and what groups have not handled."""

from sim.brokers.queue import IN_FLIGHT, Line
from sim.engine.compiled_engine.broker_state import Group, Message, Queue
from sim.engine.compiled_engine.codes import WORKING
from sim.engine.compiled_engine.state import World
from sim.record import closing, fields
from sim.record.queues import still_queued, still_stranded, still_there, still_tried
from sim.shared import Words


def count_group(m: World, r: Words, at: int, group: Group) -> None:
    """Messages that a group has not committed, deliveries at work and at rest, messages that it has not handled."""
    horizon, number = m.horizon, group.number
    if group.channel.queue:
        count_readers(m, r, at, group)
        return
    logs = group.channel.logs
    for partition in range(group.channel.partitions):
        p = group.partitions[partition]
        m[at + fields.groups.HELD_LAG] += logs[partition].end - p.committed
        again = p.position if p.owner else p.committed
        closing.still_repeated(r, number, max(0, p.handled - again))
        offset, message = p.committed, p.committed_message
        while message:
            if offset >= p.handled:
                count_message(m, r, at, number, message)
            offset += 1
            message = message.next
    for index in range(group.consumer_count):
        consumer = group.consumers[index]
        if not consumer.message:
            continue
        span = consumer.span
        if span.state == WORKING:
            m[at + fields.groups.HELD_CONSUMING] += 1
            closing.still_consuming(r, number, horizon - span.started_at)
        else:
            m[at + fields.groups.HELD_RESTING] += 1
        p = group.partitions[consumer.partition]
        offset = consumer.offset
        closing.still_repeated(r, number, 1 if offset < p.handled else 0)
        if offset >= p.handled and offset < p.committed:
            count_message(m, r, at, number, consumer.message)


def count_readers(m: World, r: Words, at: int, group: Group) -> None:
    """The same of the readers of a queue."""
    state = group.channel.queue.state
    m[at + fields.groups.HELD_LAG] += state.waiting.length + state.in_flight.length
    count_line(m, r, at, group.number, state.waiting)
    count_line(m, r, at, group.number, state.in_flight)
    still_stranded(r, group.channel.queue.number, state.in_flight.length)
    for index in range(group.consumer_count):
        consumer = group.consumers[index]
        message = consumer.message
        if message:
            m[at + fields.groups.HELD_CONSUMING] += 1
            closing.still_consuming(r, group.number, m.horizon - consumer.span.started_at)
            entry = message.entry
            stale = group.before == 0 and (entry.place != IN_FLIGHT or entry.receipt != consumer.offset)
            closing.still_repeated(r, group.number, 1 if stale else 0)
            count_delivery(m, r, at, group, message, consumer.offset)
        for place in range(consumer.held_count):
            one = consumer.held[(consumer.held_first + place) % group.prefetch]
            count_delivery(m, r, at, group, one.message, one.receipt)


def count_delivery(m: World, r: Words, at: int, group: Group, message: Message, receipt: int) -> None:
    """A delivery that a consumer has: a first one is not in vain yet; what was acknowledged before is in no line."""
    entry = message.entry
    if entry.place == IN_FLIGHT and entry.receipt == receipt:
        still_stranded(r, group.channel.queue.number, -1)
    if message.settled != 0:
        return
    if group.before != 0:
        count_message(m, r, at, group.number, message)
    if entry.place == IN_FLIGHT and entry.receipt == receipt and receipt - entry.receipt_before == 1:
        still_tried(r, group.channel.queue.number, -1)


def count_line(m: World, r: Words, at: int, group: int, line: Line) -> None:
    """Messages that wait or are in flight and are not handled, and those of them that were handed out before."""
    entry = line.head
    while entry:
        message = Message(m, entry.message)
        if entry.place == IN_FLIGHT and entry.settling == entry.receipt:
            still_stranded(r, message.channel.queue.number, -1)
        if message.settled == 0:
            still_tried(r, message.channel.queue.number, 1 if entry.receipt > entry.receipt_before else 0)
            count_message(m, r, at, group, message)
        else:
            still_there(r, message.channel.queue.number)
        entry = entry.next


def count_queue(m: World, r: Words, at: int, queue: Queue) -> None:
    """Messages that wait in a queue, and for how long, and those in flight."""
    m[at + fields.queues.HELD_QUEUED] += queue.state.waiting.length
    m[at + fields.queues.HELD_IN_FLIGHT] += queue.state.in_flight.length
    entry = queue.state.waiting.head
    while entry:
        still_queued(r, queue.number, m.horizon - entry.since)
        entry = entry.next


def count_message(m: World, r: Words, at: int, number: int, message: Message) -> None:
    """A message that a group has not handled."""
    m[at + fields.groups.HELD_UNHANDLED] += 1
    since = message.appended_at
    closing.still_unhandled(r, number, since, m.horizon - since)
