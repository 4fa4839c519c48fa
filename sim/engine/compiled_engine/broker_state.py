"""Rows of brokers and of those who read from them: messages, partitions, consumers, what they have in hand.

    Channel -- a topic: Log, Log, ...    <-- View -- Group -- Consumer, Consumer, ...
            '- a queue: Queue  <----------------------'

Rows that they lead to, calls and traces, are in `sim.engine.compiled_engine.state`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.brokers.connections import Connection  # noqa: TC001 - rows are found by their names
from sim.brokers.outages import OutageState  # noqa: TC001 - the same
from sim.brokers.queue import Entry, QueueState  # noqa: TC001 - the same
from sim.engine.compiled_engine.codes import ADDRESS_BITS, CHANNEL_BITS
from sim.engine.compiled_engine.kernel_rows import DelayQueue, Node  # noqa: TC001 - the same
from sim.rows import Ints, Refs, Row, Rows, apart, inside, packed
from sim.stores.dual_writes import DualWrite  # noqa: TC001 - the same

if TYPE_CHECKING:
    from sim.engine.compiled_engine.family_rows import Instance
    from sim.engine.compiled_engine.state import Operation, Replica, Span, Trace


class Channel(Row):
    """What messages are published to: a topic, or a queue."""

    latency: int
    publish_stream: int
    ack_stream: int
    group_count: int
    group_list: Ints
    number: int
    partitions: int  # of a topic, and the following
    by_key: int
    retention: int
    keeps: int  # bytes of each partition, 0: any number
    turn: int
    logs: Rows[Log]
    queue: Queue  # none: a topic
    fed_count: int  # read models that it feeds
    fed: Ints
    broker: Broker  # none: it is never down


class Queue(Row):
    """A queue."""

    state: QueueState = inside()
    channel: Channel
    visibility: int
    visibility_delays: DelayQueue
    length_max: int
    drops_head: int
    deliveries_max: int
    dead_letters: Channel
    redrive_every: int
    redrive_gap: int
    to_redrive: int  # how many of its dead letters still go back
    extension_delays: DelayQueue  # of the consumers that handle its messages
    readers: Group  # none: nobody reads it
    group: int  # their number, or -1
    open_first: Consumer  # those that have room for a message, the one whose turn it is first
    open_last: Consumer
    number: int


class Broker(Row):
    """A broker that may be down."""

    state: OutageState = inside()
    delivery_timeout: int
    channels: Refs[Channel]
    channel_count: int
    number: int


class Log(Row):
    """A partition of a topic."""

    end: int
    tail: Message
    channel: Channel  # where messages grow too old, and the following
    number: int
    watched: int  # whether there is a time on the calendar when the first message is
    bytes: int  # of all that ever came, where a number of them is kept


class Group(Row):
    """The readers of a channel: a consumer group of a topic, or the consumers of a queue."""

    channel: Channel
    operation: Operation
    before: int
    prefetch: int  # of a queue, and the following
    requeue: int
    extend_every: int
    latency: int  # of deliveries, where consumers have connections, and the following
    delivery_stream: int
    settle_stream: int
    extend_stream: int
    every: int  # of a topic, and the following
    session: int
    pause: int
    retry: int
    retry_at: int
    retry_stream: int
    then: Channel  # none: what fails for good is dropped
    delay: int
    rebalancing: int
    elapsed: int
    sequence: int
    consumers: Rows[Consumer]
    consumer_count: int
    partitions: Rows[View]
    number: int
    began: int
    busy: int  # consumers with a message


class View(Row):
    """A group's view of a partition."""

    owner: Consumer
    position: int
    committed: int
    handled: int
    delivered: int
    position_message: Message
    committed_message: Message
    number: int
    ready_next: View  # of the same owner, with something to deliver, by the age of that
    ready_previous: View


class Consumer(Row):
    """A consumer: a thread of a replica, member of a group or reader of a queue."""

    group: Group
    replica: Replica
    alive: int
    incarnation: int
    message: Message  # none: idle
    offset: int  # of the message, or its receipt from a queue
    open_next: Consumer  # of a queue, and the following: who has room too, and whose turn comes later
    open_previous: Consumer
    held: Rows[Held]  # as many as it may have: a ring of those that it has and has not begun with
    held_first: int  # place of the longest had one, and how many there are
    held_count: int
    beat: Node = inside()  # when it asks for more time
    connection: Connection  # none: deliveries take no time to come to it
    partition: int  # of a topic, and the following
    attempt: int
    waited: int  # before it
    size: int  # of the message
    span: Span
    number: int
    first: int  # the partitions that it owns
    owned: int
    ready_first: View  # of them, that with the oldest message to deliver
    ready_last: View


class Held(Row):
    """A delivery from a queue that a consumer has not begun with."""

    message: Message
    receipt: int
    again: int  # whether the message was handed out before


class Said(Row):
    """What a consumer has said of a message, and its queue has not heard: that it is done with it, or wants more time."""

    message: Message
    receipt: int
    consumer: Consumer
    connection: int  # its number, over which it was said
    outcome: int
    span: int  # identity of the execution


class Message(Row):
    """A message in a log, or in a queue."""

    trace: Trace = packed(ADDRESS_BITS)
    channel: Channel = packed(CHANNEL_BITS)
    ident: int
    appended_at: int
    next: Message = packed(ADDRESS_BITS)
    keep: int = packed(27)  # groups that have not committed it, or the queue that has it, and deliveries that hold it
    by_trace: int = packed(1)  # whether each trace has a key of its own, whose hash gives the partition
    # from here on only where there are queues, or brokers that may be down
    settled: int  # whether it was applied, given up or lost in this one
    publisher: Span  # who waits for the confirmation, and its identity: the row may be another's by then
    publisher_ident: int
    relay: Instance  # or a relay, and its turn in place of the identity
    timer: Node = inside()  # of its visibility
    entry: Entry = inside()
    sender: Replica  # that it is from
    write: DualWrite = apart("write_at")  # of the handler that published it, if that commits transactions too
    version: int = apart("version_at")  # of the event, for read models that it feeds, and when it was published
    published_at: int = apart("version_at")
    bytes: int = apart("bytes_at")  # how large it is; in a log that keeps so many, how many came before it
