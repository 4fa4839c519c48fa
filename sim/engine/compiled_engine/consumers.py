"""Consumers: what the readers of logs and of queues have in common."""

from sim.engine.compiled_engine.broker_state import Channel, Consumer, Group
from sim.engine.compiled_engine.codes import WORKING
from sim.engine.compiled_engine.state import Span, World
from sim.engine.compiled_engine.traces import execution_of
from sim.record import recorder
from sim.shared import Words


def cut_off(channel: Channel) -> bool:
    """Whether the broker of a channel is down."""
    if not channel.broker:
        return False
    return channel.broker.state.down != 0


def hand_over(m: World, r: Words, group: Group, consumer: Consumer, again: int) -> Span:
    """One execution of the handler for a message begins; ``again`` when the message was handed over before."""
    now = m.now
    span = execution_of(m, consumer.message.trace, group.operation)
    span.replica = consumer.replica
    span.consumer = consumer
    span.state = WORKING
    span.started_at = now
    span.pc = group.operation.entry
    consumer.span = span
    recorder.delivered(r, now, group.number, span.ident, consumer.offset, again)
    return span
