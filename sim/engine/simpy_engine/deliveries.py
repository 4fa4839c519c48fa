"""What is under way between queues and consumers that are far off: send, travel, answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sim.brokers import connections
from sim.record.outcomes import OK
from sim.semantics.order import DELIVERED, OCCURRENCES_MAX, SETTLED, delivery_drawn, identity, rank_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.engine.simpy_engine.broker_state import Consumer, Delivery, QueueReaders
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Span

    Verb = Callable[..., Any]


def send(run: Run, readers: QueueReaders, consumer: Consumer, delivery: Delivery, come: Verb) -> None:
    """A delivery leaves for its consumer, to ``come`` there."""
    connection, now = consumer.connection, run.clock.now
    there = connections.send(connection, now, travels(run, readers, delivery, readers.spec.delivery_stream, 0))
    rank = rank_of(DELIVERED, identity(consumer.number, 0, connection.number % OCCURRENCES_MAX))
    run.clock.after(there - now, rank, come, run, readers, consumer, connection.number)


def travels(run: Run, readers: QueueReaders, delivery: Delivery, stream: int, asks: int) -> int:
    """How long a delivery takes, or what a consumer says of it; ``asks`` is which of several questions it is."""
    message = delivery.message
    return run.sample(readers.spec.latency, stream, message.trace, delivery_drawn(message.ident, delivery.at, asks))


def answer(
    run: Run, readers: QueueReaders, consumer: Consumer, delivery: Delivery, outcome: int, hear: Verb
) -> None:
    """What a consumer says of a message that it is done with leaves for its queue, and gets there even if it crashes."""
    connection, now, span = consumer.connection, run.clock.now, cast("Span", delivery.span)
    back = connections.answer(connection, now, travels(run, readers, delivery, readers.spec.settle_stream, 0))
    entry = delivery.message.entry
    if entry.receipt == delivery.at and (outcome == OK or readers.spec.requeue):
        entry.settling = delivery.at
    about = (run, readers, consumer, connection.number, delivery, outcome)
    run.clock.after(back - now, rank_of(SETTLED, span.ident), hear, *about)
