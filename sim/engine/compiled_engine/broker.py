"""What all brokers have in common: messages are published, cross the network, and appear at the broker."""

from sim.engine.compiled_engine import dual_writes, log, outages, projections, queue
from sim.engine.compiled_engine.broker_state import Consumer, Log, Message, Queue
from sim.engine.compiled_engine.calendar import after
from sim.engine.compiled_engine.calls import sample, visit
from sim.engine.compiled_engine.memory import take_message
from sim.engine.compiled_engine.state import Span, Trace, World
from sim.network import BY_STORE, BY_TRACE, SIZE_AT, WAITS_FOR_BROKER
from sim.record import recorder
from sim.record.fields.facts import FACT_PUBLISHED
from sim.rows import NOWHERE
from sim.semantics import order
from sim.semantics.order import ACK, APPEND, OCCURRENCES_MAX, identity, rank_of
from sim.semantics.rules import there_and_back
from sim.shared import Words, entrance


@entrance
def publish(m: World, r: Words, span: Span, number: int, how: int) -> None:
    """A message leaves for its topic or queue; if it ``WAITS_FOR_BROKER`` the handler goes on when the broker's ack is back."""
    wait = how & WAITS_FOR_BROKER
    message = leave(m, r, span.trace, number, how & BY_TRACE != 0)
    if m.bytes_at != 0:
        message.bytes = how >> SIZE_AT
    if span.writes:
        dual_writes.sent(span, message)
    if message.channel.queue or message.channel.broker:
        message.sender = NOWHERE if how & BY_STORE != 0 else span.replica
        message.publisher = span if wait != 0 else NOWHERE
        message.publisher_ident = span.ident
    if wait != 0:
        span.failures = 0
        back = acknowledged_after(m, message)
        span.confirmed_at = m.now + back
        after(m, back, rank_of(ACK, span.ident), span.at)


def leave(m: World, r: Words, x: Trace, number: int, by_trace: bool) -> Message:  # noqa: FBT001
    """A message leaves for its topic or queue."""
    channel = m.channels[number]
    place = m.operation_count + number
    occurrence = visit(m, x, place)
    message = take_message(m)
    ident = identity(x.number, place, occurrence)
    x.references += 1
    message.trace = x  # what shares a word is written together
    message.channel = channel
    message.ident = ident
    message.next = NOWHERE
    message.keep = max(channel.group_count, 1)
    message.by_trace = by_trace
    if channel.fed_count > 0:
        message.version = projections.publish(m, r, x, channel)
        message.published_at = m.now
    if m.write_at != 0:
        message.write = NOWHERE
    if m.bytes_at != 0:
        message.bytes = 0
    if channel.queue or channel.broker:
        message.sender = NOWHERE
        message.publisher = NOWHERE
        message.relay = NOWHERE
    if x.closed == 0:
        x.open += channel.group_count
    recorder.note(r, m.now, FACT_PUBLISHED, ident, number)
    after(m, travels(m, message, channel.publish_stream), rank_of(APPEND, ident), message.at)
    return message


def travels(m: World, message: Message, stream: int) -> int:
    """How long a message, or the ack for it, takes between its publisher and the broker."""
    return sample(m, message.channel.latency, stream, message.trace.key, message.ident & (OCCURRENCES_MAX - 1))


def acknowledged_after(m: World, message: Message) -> int:
    """How long it takes until the broker's ack for a message that leaves is back."""
    channel = message.channel
    return there_and_back(travels(m, message, channel.publish_stream), travels(m, message, channel.ack_stream))


@entrance
def appear(m: World, r: Words, message: Message) -> None:
    """A message is at its broker."""
    broker = message.channel.broker
    if broker and broker.state.down != 0:
        outages.hold(m, r, broker, message)
    else:
        outages.take(m, r, message)


@entrance
def consumed(m: World, r: Words, span: Span, outcome: int) -> Span:
    """An execution for a message ends; returns the span that goes on at once (a message handled again), or none."""
    if span.consumer.group.channel.queue:
        return queue.consumed(m, r, span, outcome)
    return log.consumed(m, r, span, outcome)


def broker_event(m: World, r: Words, kind: int, ident: int, a: int) -> None:
    """Do what an event of this kind is about, that happens at a broker by itself; ``a`` is the row it concerns."""
    if kind == order.VISIBLE:
        queue.expire(m, r, Message(m, a))
    elif kind == order.EXTEND:
        queue.extend(m, r, Consumer(m, a))
    elif kind == order.RETAINED:
        log.retain(m, r, Log(m, a))
    elif kind == order.REDRIVE:
        if ident & 1 == 0:
            queue.redrive(m, r, Queue(m, a))
        else:
            queue.bring_back(m, r, Queue(m, a))
