"""What all brokers have in common: handlers publish messages, and they appear at the broker."""

from sim.engine.compiled_engine import dual_writes, log, outages, queue
from sim.engine.compiled_engine.broker_state import Consumer, Log, Message, Queue, Said, View
from sim.engine.compiled_engine.calendar import after
from sim.engine.compiled_engine.publishing import acknowledged_after, leave
from sim.engine.compiled_engine.state import Span, World
from sim.network import BY_STORE, BY_TRACE, SIZE_AT, WAITS_FOR_BROKER
from sim.rows import NOWHERE
from sim.semantics import order
from sim.semantics.order import ACK, rank_of
from sim.shared import Words, entrance


@entrance
def publish(m: World, r: Words, span: Span, number: int, how: int) -> None:
    """A message leaves for its topic or queue; if it ``WAITS_FOR_BROKER`` the handler goes on when the broker's ack is back."""
    wait = how & WAITS_FOR_BROKER
    message = leave(m, r, span.trace, number, how & BY_TRACE != 0, NOWHERE)
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
    elif kind == order.DELIVERED:
        queue.come(m, r, Consumer(m, a), ident)
    elif kind == order.SETTLED:
        queue.hear(m, r, Said(m, a))
    elif kind == order.EXTENSION:
        queue.asked(m, r, Said(m, a))
    elif kind == order.DUE:
        log.come_due(m, r, View(m, a))
    elif kind == order.RETAINED:
        log.retain(m, r, Log(m, a))
    elif kind == order.REDRIVE:
        if ident & 1 == 0:
            queue.redrive(m, r, Queue(m, a))
        else:
            queue.bring_back(m, r, Queue(m, a))
