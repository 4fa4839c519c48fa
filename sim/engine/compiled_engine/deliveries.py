"""What is under way between queues and consumers that are far off: send, travel, say, answer.

The readable engine's verbs, in its order.
"""

from sim.brokers import connections
from sim.engine.compiled_engine.broker_state import Consumer, Group, Message, Said
from sim.engine.compiled_engine.calendar import after
from sim.engine.compiled_engine.chance import sample
from sim.engine.compiled_engine.memory import take_row
from sim.engine.compiled_engine.state import World
from sim.record.outcomes import OK
from sim.semantics.order import DELIVERED, OCCURRENCES_MAX, SETTLED, delivery_drawn, identity, rank_of


def send(m: World, readers: Group, consumer: Consumer, message: Message, receipt: int) -> None:
    """A delivery leaves for its consumer."""
    connection, now = consumer.connection, m.now
    takes = travels(m, readers, message, receipt, readers.delivery_stream, 0)
    there = connections.send(connection, now, takes)
    rank = rank_of(DELIVERED, identity(consumer.number, 0, connection.number & (OCCURRENCES_MAX - 1)))
    after(m, there - now, rank, consumer.at)


def travels(m: World, readers: Group, message: Message, receipt: int, stream: int, asks: int) -> int:
    """How long a delivery takes, or what a consumer says of it; ``asks`` is which of several questions it is."""
    return sample(m, readers.latency, stream, message.trace.key, delivery_drawn(message.ident, receipt, asks))


def say(m: World, consumer: Consumer, message: Message, receipt: int) -> Said:
    """A consumer says something of a message."""
    said = Said(m, take_row(m, m.said))
    said.message = message
    said.receipt = receipt
    said.consumer = consumer
    said.connection = consumer.connection.number
    return said


def answer(m: World, consumer: Consumer, message: Message, receipt: int, outcome: int, ident: int) -> None:
    """What a consumer says of a message that it is done with leaves for its queue, and gets there even if it crashes."""
    connection, now, readers = consumer.connection, m.now, consumer.group
    back = connections.answer(connection, now, travels(m, readers, message, receipt, readers.settle_stream, 0))
    said = say(m, consumer, message, receipt)
    said.outcome = outcome
    if message.entry.receipt == receipt and (outcome == OK or readers.requeue != 0):
        message.entry.settling = receipt
    after(m, back - now, rank_of(SETTLED, ident), said.at)
