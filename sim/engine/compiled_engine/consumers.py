"""Consumers: what the readers of logs and of queues have in common."""

from sim.engine.compiled_engine.calls import execution_of
from sim.engine.compiled_engine.state import WORKING, Consumer, Frame, Group, World
from sim.record import recorder
from sim.shared import Words


def hand_over(m: World, r: Words, group: Group, consumer: Consumer, again: int) -> Frame:
    """One execution of the handler for a message begins; ``again`` when the message was handed over before."""
    now = m.now
    f = execution_of(m, consumer.message.trace, group.operation)
    f.replica = consumer.replica
    f.consumer = consumer
    f.state = WORKING
    f.started_at = now
    f.pc = group.operation.entry
    consumer.frame = f
    recorder.delivered(r, now, group.number, f.ident, consumer.offset, again)
    return f
