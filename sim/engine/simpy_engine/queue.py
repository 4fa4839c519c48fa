"""The queue broker: arrive, deliver, consume, extend, settle, acknowledge, give back, bury, redrive."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, cast

from sim.brokers import connections
from sim.brokers import queue as rules
from sim.brokers.connections import Connection
from sim.engine.simpy_engine import deliveries
from sim.engine.simpy_engine.broker_state import Delivery
from sim.engine.simpy_engine.clock import Process
from sim.engine.simpy_engine.consumers import attend, hand_over
from sim.engine.simpy_engine.traces import part_done
from sim.record import fields, queues, recorder
from sim.record.outcomes import OK
from sim.semantics.order import (
    EXTEND,
    EXTENSION,
    REDRIVE,
    VISIBLE,
    identity,
    rank_of,
)

if TYPE_CHECKING:
    from sim.engine.simpy_engine.broker_state import Consumer, Message, QueueAtWork, QueueReaders
    from sim.engine.simpy_engine.run import Activity, Run
    from sim.engine.simpy_engine.state import Replica, Span


def arrive(run: Run, message: Message) -> None:
    """The message is in its queue, published to it or moved there as a dead letter."""
    queue, now = run.queues[message.channel], run.clock.now
    answer = rules.room(queue.state, queue.spec.length_max, queue.spec.drops_head)
    if answer == rules.FULL:
        refuse(run, queue, message)
        return
    if answer == rules.OUST:
        oust(run, queue)
    message.appended_at = now
    message.settled = False
    rules.arrive(queue.state, entry_of(message), now)
    queues.message_queued(run.r, now, queue.number, queue.group, message.ident)
    deliver(run, queue)


def has_room(run: Run, message: Message) -> bool:
    """Whether the broker takes a message."""
    queue = run.queues.get(message.channel)
    return queue is None or rules.room(queue.state, queue.spec.length_max, queue.spec.drops_head) != rules.FULL


def refuse(run: Run, queue: QueueAtWork, message: Message) -> None:
    """A queue is full: its publisher hears that and fails, if it waits for the confirmation; a relay will publish it again."""
    message.refused = True
    queues.message_refused(run.r, run.clock.now, queue.number, message.ident)
    if queue.readers is not None:
        part_done(run, message.trace, good=message.relayed or message.timer is not None)


def oust(run: Run, queue: QueueAtWork) -> None:
    """A queue is full: the message that waits longest is dropped."""
    entry, now = rules.oust(queue.state), run.clock.now
    message: Message = entry.message  # type: ignore[assignment]
    queues.message_ousted(run.r, now, queue.number, queue.group, message.ident, now - entry.since)
    if queue.readers is not None and not message.settled:
        account(run, queue.readers, message, fields.groups.GROUP_DROPPED)


def entry_of(message: Message) -> rules.Entry:
    """The message's place in its queue, the same in all queues that it comes to."""
    if not hasattr(message, "entry"):
        message.entry = rules.Entry.plain()
        message.entry.message = message
    entry: rules.Entry = message.entry
    return entry


def deliver(run: Run, queue: QueueAtWork) -> None:
    """As long as a message waits and a consumer has room for it, the first one goes to the one whose turn it is."""
    readers, now = queue.readers, run.clock.now
    while readers is not None and readers.open and queue.state.waiting.length > 0 and not run.cut_off(queue.channel):
        consumer = readers.open.popleft()
        entry = rules.hand_out(queue.state)
        message: Message = entry.message  # type: ignore[assignment]
        delivery = Delivery(message, entry.receipt)
        delivery.again = entry.receipt - entry.receipt_before > 1
        queues.message_handed_out(run.r, now, queue.number, now - entry.since)
        if readers.spec.before:
            acknowledge(run, queue, delivery)
        else:
            hide(run, queue, message, entry.receipt)
        held = readers.held[consumer.number]
        held.append(delivery)
        if had(readers, consumer) < readers.spec.prefetch:
            readers.open.append(consumer)
        if consumer.connection is not None:
            deliveries.send(run, readers, consumer, delivery, come)
        elif consumer.delivery is None:
            begin(run, readers, consumer)


def hide(run: Run, queue: QueueAtWork, message: Message, receipt: int) -> None:
    """Nobody else sees a message for the visibility of its queue, from now on."""
    message.hidden_until = run.clock.now + queue.spec.visibility
    run.clock.after(queue.spec.visibility, rank_of(VISIBLE, message.ident), expire, run, message, receipt)


def had(readers: QueueReaders, consumer: Consumer) -> int:
    """How many messages a consumer has, as far as its queue knows."""
    unheard: int = consumer.connection.coming_back if consumer.connection is not None else 0
    return len(readers.held[consumer.number]) + (consumer.delivery is not None) + unheard


def come(run: Run, readers: QueueReaders, consumer: Consumer, number: int) -> None:
    """A delivery comes to its consumer, if that has not gone down since."""
    if connections.receive(consumer.connection, number) and consumer.delivery is None:
        begin(run, readers, consumer)


def begin(run: Run, readers: QueueReaders, consumer: Consumer) -> None:
    """A consumer begins with the delivery that it has had longest."""
    consumer.delivery = delivery = readers.held[consumer.number].popleft()
    if consumer.connection is not None:
        connections.take_up(consumer.connection)
    span = hand_over(run, readers, consumer, delivery, again=delivery.again)
    if readers.spec.extend_every > 0:
        beat(run, readers, consumer, delivery)
    Process(run.clock, consume(run, readers, consumer, delivery, span))


def beat(run: Run, readers: QueueReaders, consumer: Consumer, delivery: Delivery) -> None:
    """A consumer will ask for more time."""
    span: Any = delivery.span
    run.clock.after(readers.spec.extend_every, rank_of(EXTEND, span.ident), extend, run, readers, consumer, delivery)


def extend(run: Run, readers: QueueReaders, consumer: Consumer, delivery: Delivery) -> None:
    """A consumer that still handles a message asks for more time, until it hears that its time is over."""
    if consumer.delivery is not delivery:
        return
    if consumer.connection is not None:
        ask(run, readers, consumer, delivery)
    elif prolong(run, readers, delivery):
        beat(run, readers, consumer, delivery)


def prolong(run: Run, readers: QueueReaders, delivery: Delivery) -> bool:
    """The queue hears that a consumer wants more time, unless its broker is down; returns whether it may go on asking."""
    queue, message, now = run.queues[readers.spec.channel], delivery.message, run.clock.now
    if run.cut_off(readers.spec.channel):
        queues.extension_unheard(run.r, now, queue.number)
        return True
    if not rules.extend(message.entry, delivery.at):
        queues.extension_unheard(run.r, now, queue.number)
        return False
    queues.visibility_extended(run.r, now, queue.number, message.ident)
    hide(run, queue, message, delivery.at)
    return True


def ask(run: Run, readers: QueueReaders, consumer: Consumer, delivery: Delivery) -> None:
    """A consumer asks for more time, from afar."""
    connection, now = consumer.connection, run.clock.now
    if connections.refused(connection, now):
        return
    takes = deliveries.travels(run, readers, delivery, readers.spec.extend_stream, connection.asks)
    there, span = connections.ask(connection, now, takes), cast("Span", delivery.span)
    run.clock.after(there - now, rank_of(EXTENSION, span.ident), asked, run, readers, consumer, delivery)
    beat(run, readers, consumer, delivery)


def asked(run: Run, readers: QueueReaders, consumer: Consumer, delivery: Delivery) -> None:
    """The queue hears that a consumer wants more time, and says so, once, if it is too late for that."""
    connection = consumer.connection
    if not prolong(run, readers, delivery) and consumer.delivery is delivery and connection.too_late_at == 0:
        takes = deliveries.travels(run, readers, delivery, readers.spec.delivery_stream, 1)
        connections.refuse(connection, run.clock.now, takes)


def consume(run: Run, readers: QueueReaders, consumer: Consumer, delivery: Delivery, span: Span) -> Activity:
    """Process: a consumer handles one message."""
    outcome = yield from run.handlers[span.operation](run, span)
    if not delivery.dead:
        recorder.consumed(run.r, run.clock.now, readers.number, span.ident, outcome, run.clock.now - span.started_at)
        handled(run, readers, consumer, delivery, outcome)


def handled(run: Run, readers: QueueReaders, consumer: Consumer, delivery: Delivery, outcome: int) -> None:
    """A consumer is done with a message: count it once, acknowledge it or hand it back, and go on with the next."""
    queue, message, spec = run.queues[readers.spec.channel], delivery.message, readers.spec
    consumer.delivery = None
    unsettled = message.channel == spec.channel and not message.settled  # a dead letter is settled here
    if outcome == OK and unsettled:
        account(run, readers, message, fields.groups.GROUP_APPLIED)
    elif outcome == OK:
        recorder.duplicated(run.r, run.clock.now, readers.number, message.ident)
    elif spec.before and unsettled:
        account(run, readers, message, fields.groups.GROUP_DROPPED)
    held, connection = readers.held[consumer.number], consumer.connection
    if connection is not None:
        deliveries.answer(run, readers, consumer, delivery, outcome, hear)
        if len(held) > connection.under_way:
            begin(run, readers, consumer)
        return
    settle(run, readers, delivery, outcome)
    if len(held) == spec.prefetch - 1 and consumer.alive:  # it had no room for another one
        readers.open.append(consumer)
    if held:
        begin(run, readers, consumer)
    deliver(run, queue)


def hear(run: Run, readers: QueueReaders, consumer: Consumer, number: int, delivery: Delivery, outcome: int) -> None:
    """The queue hears what became of a delivery, and that its consumer has a place more, unless that went down since."""
    settle(run, readers, delivery, outcome)
    heard = connections.hear(consumer.connection, number)
    if heard and had(readers, consumer) == readers.spec.prefetch - 1 and consumer.alive:
        readers.open.append(consumer)
    deliver(run, run.queues[readers.spec.channel])


def settle(run: Run, readers: QueueReaders, delivery: Delivery, outcome: int) -> None:
    """A delivery is acknowledged or handed back, unless its broker is down."""
    queue, spec = run.queues[readers.spec.channel], readers.spec
    if spec.before:
        return
    if run.cut_off(spec.channel):
        queues.acknowledgement_unheard(run.r, run.clock.now, queue.number)
    elif outcome == OK:
        acknowledge(run, queue, delivery)
    elif spec.requeue:
        give_back(run, queue, delivery.message, delivery.at, expired=False)


def account(run: Run, readers: QueueReaders, message: Message, field: int) -> None:
    """A message is applied, dropped or lost for the first and only time."""
    message.settled = True
    now = run.clock.now
    recorder.handled(run.r, now, readers.number, message.ident, field, now - message.appended_at)
    part_done(run, message.trace, field == fields.groups.GROUP_APPLIED)


def acknowledge(run: Run, queue: QueueAtWork, delivery: Delivery) -> None:
    """A delivery is acknowledged: the message is gone, unless it was handed out again since."""
    entry, now, ident = delivery.message.entry, run.clock.now, delivery.message.ident
    was = rules.acknowledge(queue.state, entry, delivery.at)
    if was == rules.IN_FLIGHT:
        queues.message_acknowledged(run.r, now, queue.number, queue.group, ident)
    elif was == rules.WAITING:
        queues.message_acknowledged_late(run.r, now, queue.number, queue.group, ident, now - entry.since)
    else:
        queues.acknowledgement_unheard(run.r, now, queue.number)


def expire(run: Run, message: Message, receipt: int) -> None:
    """The visibility of a delivery is over, unless it was extended since."""
    if run.clock.now < message.hidden_until:
        return
    queue = run.queues[message.channel]
    give_back(run, queue, message, receipt, expired=True)
    deliver(run, queue)


def give_back(run: Run, queue: QueueAtWork, message: Message, receipt: int, *, expired: bool) -> None:
    """A delivery failed or took too long: unless it is not the latest, the message waits again, or is a dead letter."""
    now = run.clock.now
    follows = rules.give_back(queue.state, message.entry, receipt, queue.spec.deliveries_max, now)
    if follows == rules.AGAIN:
        queues.delivery_over(run.r, now, queue.number, message.ident, expired)
    elif follows == rules.DEAD:
        queues.message_dead(run.r, now, queue.number, queue.group, message.ident, expired)
        bury(run, queue, message)


def bury(run: Run, queue: QueueAtWork, message: Message) -> None:
    """A message was handed out in vain too often: it moves to the queue of dead letters, at once."""
    trace, dead = message.trace, run.queues[queue.spec.dead_letters]
    if not trace.closed and dead.readers is not None:
        trace.open += 1
    if queue.readers is not None and not message.settled:
        account(run, queue.readers, message, fields.groups.GROUP_DROPPED)
    message.channel, message.relayed = queue.spec.dead_letters, False
    arrive(run, message)


# -- redrive


def redrive(run: Run, queue: QueueAtWork) -> None:
    """The dead letters that are there go back to their queue, one after the other, with those that do so already."""
    going, every = queue.to_redrive > 0, queue.spec.redrive_every
    queue.to_redrive = run.queues[queue.spec.dead_letters].state.waiting.length
    if every > 0:
        run.clock.after(every, rank_of(REDRIVE, identity(0, queue.number, 0)), redrive, run, queue)
    if not going:
        bring_back(run, queue)


def bring_back(run: Run, queue: QueueAtWork) -> None:
    """The dead letter that has been one longest goes back, if its queue is there and has room; the next follows at the rate."""
    dead, now = run.queues[queue.spec.dead_letters], run.clock.now
    queue.to_redrive = min(queue.to_redrive, dead.state.waiting.length)
    if queue.to_redrive == 0:
        return
    full = rules.room(queue.state, queue.spec.length_max, queue.spec.drops_head) == rules.FULL
    if not full and not run.cut_off(queue.channel):
        entry = rules.oust(dead.state)
        message: Message = entry.message  # type: ignore[assignment]
        queues.message_redriven(run.r, now, dead.number, queue.number, message.ident, now - entry.since)
        if not message.trace.closed:
            message.trace.open += 1
        message.channel = queue.channel
        arrive(run, message)
        queue.to_redrive -= 1
    if queue.to_redrive > 0:
        run.clock.after(queue.spec.redrive_gap, rank_of(REDRIVE, identity(0, queue.number, 1)), bring_back, run, queue)


# -- consumers


def open_queue(run: Run, readers: QueueReaders) -> None:
    """At the start all consumers have room, and redrives have their times."""
    attend(run, readers)
    readers.held = {one.number: deque() for one in readers.consumers}
    for one in readers.consumers if readers.spec.latency >= 0 else ():
        one.connection = Connection.plain()
    readers.open.extend(one for one in readers.consumers if one.alive)
    queue = run.queues[readers.spec.channel]
    if queue.spec.redrive_first > 0:
        run.clock.after(queue.spec.redrive_first, rank_of(REDRIVE, identity(0, queue.number, 0)), redrive, run, queue)


def lose(run: Run, readers: QueueReaders, message: Message) -> None:
    """A consumer went down with a message: it is lost if it had been acknowledged before."""
    if readers.spec.before and not message.settled:
        account(run, readers, message, fields.groups.GROUP_LOST)


def break_off(consumer: Consumer) -> None:
    """A consumer went down, and its connection with it."""
    if consumer.connection is not None:
        connections.break_off(consumer.connection)


def come_back(run: Run, readers: QueueReaders, replica: Replica) -> None:
    """The consumers of a replica that is up again have room."""
    readers.open.extend(one for one in replica.consumers if one.group == readers.number)
    deliver(run, run.queues[readers.spec.channel])
