"""Between a queue and one of its consumers: deliveries take time to come there, and what the consumer says to come back.

    queue --delivery--> under way --> in the consumer's hands --> handled
      ^                                                              |
      '-- heard: a place is free <-- coming back <-- acknowledged, handed back, or more time asked for

Each way keeps its order, as the channel of an AMQP connection does (AMQP 0-9-1, section 4.7): what leaves later comes no
sooner. A queue counts all against ``prefetch`` that it has not heard of, as RabbitMQ counts what is unacknowledged
(rabbitmq.com/docs/consumer-prefetch). When a consumer goes down its connection ends: what is under way to it comes to nobody,
and its next connection has all places. What it had sent comes to the queue all the same, and frees none of them.
"""

from sim.rows import Row
from sim.shared import shared


class Connection(Row):
    """A consumer's connection to its queue; times in ns."""

    number: int  # how many there were before it
    under_way: int  # deliveries that have left the queue and are not there yet
    coming_back: int  # messages that the consumer is done with, of which the queue has not heard
    there_at: int  # when what left the queue last is there
    back_at: int  # when what left the consumer last is there
    asks: int  # how often the consumer has asked for more time for the message that it handles
    too_late_at: int  # when it hears that its time was over, and asks no more; 0: never


@shared
def send(connection: Connection, now: int, takes: int) -> int:
    """A delivery leaves the queue; returns when it is there."""
    connection.under_way += 1
    connection.there_at = max(connection.there_at, now + takes)
    return connection.there_at


@shared
def receive(connection: Connection, number: int) -> bool:
    """A delivery is there: whether over this connection, or over one that is no more."""
    if connection.number != number:
        return False
    connection.under_way -= 1
    return True


@shared
def answer(connection: Connection, now: int, takes: int) -> int:
    """The consumer is done with a message and says so; returns when its queue hears it."""
    connection.coming_back += 1
    connection.back_at = max(connection.back_at, now + takes)
    return connection.back_at


@shared
def hear(connection: Connection, number: int) -> bool:
    """The queue hears that a consumer is done with a message: whether that frees a place of the connection that it has now."""
    if connection.number != number:
        return False
    connection.coming_back -= 1
    return True


@shared
def take_up(connection: Connection) -> None:
    """The consumer begins with another message."""
    connection.asks = 0
    connection.too_late_at = 0


@shared
def ask(connection: Connection, now: int, takes: int) -> int:
    """The consumer asks for more time for what it handles; returns when its queue hears it."""
    connection.asks += 1
    connection.back_at = max(connection.back_at, now + takes)
    return connection.back_at


@shared
def refuse(connection: Connection, now: int, takes: int) -> None:
    """The queue says that the consumer's time was over, for the first time."""
    connection.there_at = max(connection.there_at, now + takes)
    connection.too_late_at = connection.there_at


@shared
def refused(connection: Connection, now: int) -> bool:
    """Whether the consumer has heard that its time was over."""
    return 0 < connection.too_late_at <= now


@shared
def break_off(connection: Connection) -> None:
    """The consumer went down; what comes next is another connection."""
    connection.number += 1
    connection.under_way = 0
    connection.coming_back = 0
    connection.there_at = 0
    connection.back_at = 0
    connection.asks = 0
    connection.too_late_at = 0
