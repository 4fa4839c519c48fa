"""How a message leaves for its topic or queue, whoever publishes it: a handler, a relay, or a consumer that hands it on.

The readable engine's verb.
"""

from sim.engine.compiled_engine import projections
from sim.engine.compiled_engine.broker_state import Message
from sim.engine.compiled_engine.calendar import after
from sim.engine.compiled_engine.chance import sample
from sim.engine.compiled_engine.memory import take_message
from sim.engine.compiled_engine.state import Trace, World
from sim.engine.compiled_engine.traces import visit
from sim.record import recorder
from sim.record.fields.facts import FACT_PUBLISHED
from sim.rows import NOWHERE
from sim.semantics.order import APPEND, OCCURRENCES_MAX, identity, rank_of
from sim.semantics.rules import there_and_back
from sim.shared import Words


def leave(m: World, r: Words, x: Trace, number: int, by_trace: bool, failed: Message) -> Message:  # noqa: FBT001
    """A message leaves for its topic or queue.

    It may carry on what ``failed`` elsewhere: that is no new event of a read model.
    """
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
    if channel.fed_count > 0 and failed:
        message.version = failed.version
        message.published_at = failed.published_at
    elif channel.fed_count > 0:
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
