"""What all brokers have in common: messages are published, cross the network, and appear at the broker."""

from sim.engine.compiled_engine import log, projections, queue
from sim.engine.compiled_engine.calls import sample, visit
from sim.engine.compiled_engine.memory import after, take_message
from sim.engine.compiled_engine.state import Message, Span, World
from sim.record import recorder
from sim.record.fields import FACT_PUBLISHED
from sim.rows import NOWHERE
from sim.semantics.order import ACK, APPEND, identity, rank_of
from sim.semantics.rules import there_and_back
from sim.shared import Words


def publish(m: World, r: Words, span: Span, number: int, wait: int) -> None:
    """A message leaves for its topic or queue; with ``wait`` the handler goes on when the broker's ack is back."""
    channel = m.channels[number]
    x = span.trace
    place = m.operation_count + number
    occurrence = visit(m, x, place)
    message = take_message(m)
    ident = identity(x.number, place, occurrence)
    x.references += 1
    message.trace = x
    message.ident = ident
    message.next = NOWHERE
    message.channel = channel
    message.keep = max(channel.group_count, 1)
    message.version = projections.publish(m, r, x, channel) if channel.fed_count > 0 else 0
    if channel.queue:
        message.publisher = span if wait != 0 else NOWHERE
        message.publisher_ident = span.ident
    if x.closed == 0:
        x.open += channel.group_count
    recorder.note(r, m.now, FACT_PUBLISHED, ident, number)
    there = sample(m, channel.latency, channel.publish_stream, x.key, occurrence)
    after(m, there, rank_of(APPEND, ident), message.at)
    if wait != 0:
        span.failures = 0
        back = sample(m, channel.latency, channel.ack_stream, x.key, occurrence)
        after(m, there_and_back(there, back), rank_of(ACK, span.ident), span.at)


def appear(m: World, r: Words, message: Message) -> None:
    """A message is at its broker."""
    if message.channel.queue:
        queue.first_arrive(m, r, message)
    else:
        log.append(m, r, message)


def consumed(m: World, r: Words, span: Span, outcome: int) -> Span:
    """An execution for a message ends; returns the span that goes on at once (a message handled again), or none."""
    if span.consumer.group.channel.queue:
        return queue.consumed(m, r, span, outcome)
    return log.consumed(m, r, span, outcome)
