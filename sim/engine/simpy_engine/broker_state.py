"""State of brokers and of those who read from them: messages, partitions, consumers, what they have in hand."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from sim.brokers.outages import OutageState
from sim.brokers.queue import QueueState

if TYPE_CHECKING:

    from sim.engine.simpy_engine.clock import Timer
    from sim.engine.simpy_engine.state import Replica, Span, Trace
    from sim.network import Broker, Group, LogGroup, Queue, QueueGroup


class Message:
    """What was published once; a log keeps it until every group has committed it, a queue until it is acknowledged.

    ``key``: its hash gives the partition. In a queue it has an ``entry``, is ``hidden_until`` its visibility is over, and
    ``settled`` once it was applied, given up or lost there. ``refused``: it was full. ``relayed``: it is a row of an outbox.
    ``write``: of the handler that published it, if that commits transactions too. ``version``: of the event, for projections
    that it feeds, ``published_at`` then. ``bytes``: its size; in a log that keeps a number of them, all that came before.
    ``sender``: the replica that it is from, ``timer``: what its ``publisher`` (an identity) waits for, and ``waiting``: who
    does, while its broker is down.
    """

    __slots__ = (
        "appended_at",
        "bytes",
        "channel",
        "entry",
        "hidden_until",
        "ident",
        "key",
        "published_at",
        "publisher",
        "refused",
        "relayed",
        "sender",
        "settled",
        "timer",
        "trace",
        "version",
        "waiting",
        "write",
    )

    entry: Any
    hidden_until: int
    key: int
    settled: bool

    def __init__(self, trace: Trace, channel: int, ident: int) -> None:
        self.trace = trace
        self.channel = channel
        self.ident = ident
        self.appended_at = 0
        self.version = 0
        self.published_at = 0
        self.bytes = 0
        self.refused = False
        self.relayed = False
        self.write: Any = None
        self.sender: Replica | None = None
        self.timer: Timer | None = None
        self.publisher = 0
        self.waiting: list[Any] = []


class Partition:
    """An ordered piece of a topic: the messages with the offsets ``first`` to ``end - 1``.

    ``watched``: there is a time on the calendar when the first of them is too old. ``bytes``: of all that ever came.
    """

    __slots__ = ("bytes", "first", "messages", "watched")

    def __init__(self) -> None:
        self.first = 0
        self.watched = False
        self.bytes = 0
        self.messages: deque[Message] = deque()

    @property
    def end(self) -> int:
        """The offset that the next message will get."""
        return self.first + len(self.messages)

    def at(self, offset: int) -> Message:
        """The message at an offset that is still kept."""
        return self.messages[offset - self.first]

    def size_at(self, offset: int) -> int:
        """How many bytes the message at an offset has; where they are counted, messages know how many came before."""
        if self.bytes == 0:
            return self.at(offset).bytes
        following = self.at(offset + 1).bytes if offset + 1 < self.end else self.bytes
        return following - self.at(offset).bytes


class Consumer:
    """One consumer thread of a replica, member of one group; it handles one message at a time.

    ``connection``: to its queue, where deliveries take time to come to it.
    """

    __slots__ = ("alive", "connection", "delivery", "group", "incarnation", "number", "replica")

    def __init__(self, number: int, group: int, replica: Replica) -> None:
        self.number = number
        self.group = group
        self.replica = replica
        self.alive = True
        self.incarnation = 0
        self.delivery: Delivery | None = None
        self.connection: Any = None


class Delivery:
    """A message in the hands of a consumer: ``at`` is its offset in a log, or its receipt from a queue.

    ``again``: from a queue, whether it was handed out before.
    """

    __slots__ = ("again", "at", "dead", "message", "span")

    again: bool

    def __init__(self, message: Message, at: int) -> None:
        self.message = message
        self.at = at
        self.span: Span | None = None
        self.dead = False


class LogDelivery(Delivery):
    """A message of a partition, through all its attempts; ``size`` is in bytes."""

    __slots__ = ("partition", "size")

    def __init__(self, message: Message, partition: int, offset: int, size: int) -> None:
        super().__init__(message, offset)
        self.partition = partition
        self.size = size


class Readers:
    """The consumers of a subscription."""

    __slots__ = ("consumers", "number", "spec")

    def __init__(self, number: int, spec: Group) -> None:
        self.number = number
        self.spec: Any = spec
        self.consumers: list[Consumer] = []


class QueueReaders(Readers):
    """Consumers that share a queue: those that have room for a message in ``open``, the one whose turn it is first.

    ``held`` are the deliveries that a consumer has and has not begun with, by its number.
    """

    __slots__ = ("held", "open")

    def __init__(self, number: int, spec: QueueGroup) -> None:
        super().__init__(number, spec)
        self.open: deque[Consumer] = deque()
        self.held: dict[int, deque[Delivery]] = {}


class QueueAtWork:
    """A queue: what waits and what is in flight, who reads it, and how many of its dead letters still go back."""

    __slots__ = ("channel", "group", "number", "readers", "spec", "state", "to_redrive")

    def __init__(self, number: int, channel: int, spec: Queue, readers: QueueReaders | None) -> None:
        self.number = number
        self.channel = channel
        self.spec = spec
        self.readers = readers
        self.group = -1 if readers is None else readers.number
        self.state: Any = QueueState.plain()
        self.to_redrive = 0


class BrokerAtWork:
    """A broker that may be down, and what waits for it."""

    __slots__ = ("channels", "number", "spec", "state")

    def __init__(self, number: int, spec: Broker) -> None:
        self.number = number
        self.spec = spec
        self.channels = spec.channels
        self.state: Any = OutageState.plain()


class ConsumerGroup(Readers):
    """A consumer group at work: who owns which partition, and how far each partition has come.

    Per partition, as offsets: ``position`` is delivered next, ``committed`` would be read again after a crash,
    everything below ``handled`` was applied, dropped or lost, everything below ``delivered`` was handed over once.
    """

    __slots__ = (
        "began",
        "committed",
        "delivered",
        "elapsed",
        "handled",
        "owner",
        "position",
        "rebalancing",
        "sequence",
    )

    def __init__(self, number: int, spec: LogGroup, partitions: int) -> None:
        super().__init__(number, spec)
        self.owner: list[Consumer | None] = [None] * partitions
        self.position = [0] * partitions
        self.committed = [0] * partitions
        self.handled = [0] * partitions
        self.delivered = [0] * partitions
        self.rebalancing = False
        self.began = -1
        self.elapsed = False
        self.sequence = 0
