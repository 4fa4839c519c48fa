"""The queue broker: arrive, deliver, consume, extend, settle, acknowledge, give back, bury, redrive.

The readable engine's verbs, in its order.
"""

from sim.brokers import connections
from sim.brokers import queue as rules
from sim.brokers.queue import Entry
from sim.engine.compiled_engine import deliveries
from sim.engine.compiled_engine.broker_state import Consumer, Group, Message, Queue, Said
from sim.engine.compiled_engine.calendar import after, delay_push, delay_remove, then
from sim.engine.compiled_engine.calls import part_done
from sim.engine.compiled_engine.codes import DO_START, OVER
from sim.engine.compiled_engine.consumers import cut_off, hand_over
from sim.engine.compiled_engine.memory import release_message, release_row, release_span
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.record import queues, recorder
from sim.record.fields.groups import GROUP_APPLIED, GROUP_DROPPED, GROUP_LOST
from sim.record.outcomes import OK
from sim.rows import NOWHERE
from sim.semantics.order import (
    EXTEND,
    EXTENSION,
    OCCURRENCES_MAX,
    REDRIVE,
    VISIBLE,
    identity,
    rank_of,
)
from sim.shared import Words


def first_arrive(m: World, r: Words, message: Message) -> None:
    """The message is in the queue that it was published to."""
    entry = message.entry
    entry.receipt = 0
    entry.settling = 0
    entry.message = message.at
    message.timer.time = 0
    arrive(m, r, message)


def arrive(m: World, r: Words, message: Message) -> None:
    """The message is in its queue, published to it or moved there as a dead letter."""
    queue, now = message.channel.queue, m.now
    answer = rules.room(queue.state, queue.length_max, queue.drops_head != 0)
    if answer == rules.FULL:
        refuse(m, r, queue, message)
        return
    if answer == rules.OUST:
        oust(m, r, queue)
    message.appended_at = now
    message.settled = 0
    rules.arrive(queue.state, message.entry, now)
    queues.message_queued(r, now, queue.number, queue.group, message.ident)
    deliver(m, r, queue)


def has_room(message: Message) -> bool:
    """Whether the broker takes a message."""
    queue = message.channel.queue
    if not queue:
        return True
    return rules.room(queue.state, queue.length_max, queue.drops_head != 0) != rules.FULL


def refuse(m: World, r: Words, queue: Queue, message: Message) -> None:
    """A queue is full: its publisher hears that and fails, if it waits for the confirmation; a relay will publish it again."""
    publisher, relay = message.publisher, message.relay
    if publisher and publisher.ident == message.publisher_ident:
        publisher.failures = 1
    if relay and relay.turn == message.publisher_ident:
        relay.state.refused = 1
    queues.message_refused(r, m.now, queue.number, message.ident)
    if queue.readers:
        part_done(m, r, message.trace, bool(relay) or bool(publisher))
    release_message(m, message)


def oust(m: World, r: Words, queue: Queue) -> None:
    """A queue is full: the message that waits longest is dropped."""
    entry, now = rules.oust(queue.state), m.now
    message = Message(m, entry.message)
    queues.message_ousted(r, now, queue.number, queue.group, message.ident, now - entry.since)
    if queue.readers and message.settled == 0:
        account(m, r, queue.readers, message, GROUP_DROPPED)
    release_message(m, message)


def deliver(m: World, r: Words, queue: Queue) -> None:
    """As long as a message waits and a consumer has room for it, the first one goes to the one whose turn it is."""
    readers, now = queue.readers, m.now
    while queue.open_first and queue.state.waiting.length > 0 and not cut_off(queue.channel):
        consumer = queue.open_first
        close(queue, consumer)
        entry = rules.hand_out(queue.state)
        message = Message(m, entry.message)
        message.keep += 1
        queues.message_handed_out(r, now, queue.number, now - entry.since)
        if readers.before != 0:
            acknowledge(m, r, queue, message, entry.receipt)
        else:
            hide(m, queue, message)
        hold(readers, consumer, message, entry)
        if had(consumer) < readers.prefetch:
            open_again(queue, consumer)
        if consumer.connection:
            deliveries.send(m, readers, consumer, message, entry.receipt)
        elif not consumer.message:
            begin(m, r, readers, consumer)


def hide(m: World, queue: Queue, message: Message) -> None:
    """Nobody else sees a message for the visibility of its queue, from now on."""
    message.timer.of = message.at
    delay_push(m, queue.visibility_delays, message.timer, m.now + queue.visibility, rank_of(VISIBLE, message.ident))


def hold(readers: Group, consumer: Consumer, message: Message, entry: Entry) -> None:
    """A consumer has one more delivery, behind those that it has."""
    one = consumer.held[(consumer.held_first + consumer.held_count) % readers.prefetch]
    one.message = message
    one.receipt = entry.receipt
    one.again = 1 if entry.receipt - entry.receipt_before > 1 else 0
    consumer.held_count += 1


def had(consumer: Consumer) -> int:
    """How many messages a consumer has, as far as its queue knows."""
    unheard = consumer.connection.coming_back if consumer.connection else 0
    return consumer.held_count + unheard + 1 if consumer.message else consumer.held_count + unheard


def come(m: World, r: Words, consumer: Consumer, ident: int) -> None:
    """A delivery comes to its consumer, if that has not gone down since."""
    connection = consumer.connection
    if ident != identity(consumer.number, 0, connection.number & (OCCURRENCES_MAX - 1)):
        return
    if connections.receive(connection, connection.number) and not consumer.message:
        begin(m, r, consumer.group, consumer)


def begin(m: World, r: Words, readers: Group, consumer: Consumer) -> None:
    """A consumer begins with the delivery that it has had longest."""
    one = consumer.held[consumer.held_first]
    consumer.held_first = (consumer.held_first + 1) % readers.prefetch
    consumer.held_count -= 1
    consumer.message = one.message
    consumer.offset = one.receipt
    if consumer.connection:
        connections.take_up(consumer.connection)
    span = hand_over(m, r, readers, consumer, one.again)
    if readers.extend_every > 0:
        beat(m, readers, consumer)
    then(m, DO_START, span.at, 0)


def beat(m: World, readers: Group, consumer: Consumer) -> None:
    """A consumer will ask for more time."""
    consumer.beat.of = consumer.at
    time, rank = m.now + readers.extend_every, rank_of(EXTEND, consumer.span.ident)
    delay_push(m, readers.channel.queue.extension_delays, consumer.beat, time, rank)


def extend(m: World, r: Words, consumer: Consumer) -> None:
    """A consumer that still handles a message asks for more time, until it hears that its time is over."""
    if consumer.connection:
        ask(m, consumer)
    elif prolong(m, r, consumer.group, consumer.message, consumer.offset):
        beat(m, consumer.group, consumer)


def prolong(m: World, r: Words, readers: Group, message: Message, receipt: int) -> bool:
    """The queue hears that a consumer wants more time, unless its broker is down; returns whether it may go on asking."""
    queue = readers.channel.queue
    if cut_off(readers.channel):
        queues.extension_unheard(r, m.now, queue.number)
        return True
    if not rules.extend(message.entry, receipt):
        queues.extension_unheard(r, m.now, queue.number)
        return False
    queues.visibility_extended(r, m.now, queue.number, message.ident)
    stop_timer(m, queue, message)
    hide(m, queue, message)
    return True


def ask(m: World, consumer: Consumer) -> None:
    """A consumer asks for more time, from afar."""
    connection, now, message, readers = consumer.connection, m.now, consumer.message, consumer.group
    if connections.refused(connection, now):
        return
    takes = deliveries.travels(m, readers, message, consumer.offset, readers.extend_stream, connection.asks)
    said = deliveries.say(m, consumer, message, consumer.offset)
    said.span = consumer.span.ident
    message.keep += 1
    after(m, connections.ask(connection, now, takes) - now, rank_of(EXTENSION, said.span), said.at)
    beat(m, readers, consumer)


def asked(m: World, r: Words, said: Said) -> None:
    """The queue hears that a consumer wants more time, and says so, once, if it is too late for that."""
    consumer, message = said.consumer, said.message
    readers, connection = consumer.group, consumer.connection
    if not prolong(m, r, readers, message, said.receipt) and handles(consumer, said.span) and connection.too_late_at == 0:
        takes = deliveries.travels(m, readers, message, said.receipt, readers.delivery_stream, 1)
        connections.refuse(connection, m.now, takes)
    release_message(m, message)
    release_row(m, m.said, said.at)


def handles(consumer: Consumer, ident: int) -> bool:
    """Whether it is this execution with which a consumer handles a message."""
    if not consumer.span:
        return False
    return consumer.span.ident == ident


def stop_beat(m: World, consumer: Consumer) -> None:
    """A consumer is done with a message, or went down: it asks for no more time."""
    if consumer.beat.time != 0:
        delay_remove(m, consumer.group.channel.queue.extension_delays, consumer.beat)
        consumer.beat.time = 0


def consumed(m: World, r: Words, span: Span, outcome: int) -> Span:
    """An execution for a message ends; nothing goes on at once."""
    consumer = span.consumer
    recorder.consumed(r, m.now, consumer.group.number, span.ident, outcome, m.now - span.started_at)
    ident = span.ident
    span.state = OVER
    release_span(m, span)
    handled(m, r, consumer.group, consumer, outcome, ident)
    return NOWHERE


def handled(m: World, r: Words, readers: Group, consumer: Consumer, outcome: int, ident: int) -> None:
    """A consumer is done with a message: count it once, acknowledge it or hand it back, and go on with the next."""
    channel, message, receipt, connection = readers.channel, consumer.message, consumer.offset, consumer.connection
    queue = channel.queue
    stop_beat(m, consumer)
    consumer.message = NOWHERE
    consumer.span = NOWHERE
    unsettled = message.channel == channel and message.settled == 0  # a dead letter is settled here
    if outcome == OK and unsettled:
        account(m, r, readers, message, GROUP_APPLIED)
    elif outcome == OK:
        recorder.duplicated(r, m.now, readers.number, message.ident)
    elif readers.before != 0 and unsettled:
        account(m, r, readers, message, GROUP_DROPPED)
    if connection:
        deliveries.answer(m, consumer, message, receipt, outcome, ident)
        if consumer.held_count > connection.under_way:
            begin(m, r, readers, consumer)
        return
    settle(m, r, readers, message, receipt, outcome)
    release_message(m, message)
    if consumer.held_count == readers.prefetch - 1 and consumer.alive != 0:  # it had no room for another one
        open_again(queue, consumer)
    if consumer.held_count > 0:
        begin(m, r, readers, consumer)
    deliver(m, r, queue)


def hear(m: World, r: Words, said: Said) -> None:
    """The queue hears what became of a delivery, and that its consumer has a place more, unless that went down since."""
    consumer, message, number = said.consumer, said.message, said.connection
    readers = consumer.group
    settle(m, r, readers, message, said.receipt, said.outcome)
    release_message(m, message)
    release_row(m, m.said, said.at)
    if connections.hear(consumer.connection, number) and had(consumer) == readers.prefetch - 1 and consumer.alive != 0:
        open_again(readers.channel.queue, consumer)
    deliver(m, r, readers.channel.queue)


def settle(m: World, r: Words, readers: Group, message: Message, receipt: int, outcome: int) -> None:
    """A delivery is acknowledged or handed back, unless its broker is down."""
    queue = readers.channel.queue
    if readers.before != 0:
        return
    if cut_off(readers.channel):
        queues.acknowledgement_unheard(r, m.now, queue.number)
    elif outcome == OK:
        acknowledge(m, r, queue, message, receipt)
    elif readers.requeue != 0:
        give_back(m, r, queue, message, receipt, False)


def account(m: World, r: Words, readers: Group, message: Message, field: int) -> None:
    """A message is applied, dropped or lost for the first and only time."""
    message.settled = 1
    now = m.now
    recorder.handled(r, now, readers.number, message.ident, field, now - message.appended_at)
    part_done(m, r, message.trace, field == GROUP_APPLIED)


def acknowledge(m: World, r: Words, queue: Queue, message: Message, receipt: int) -> None:
    """A delivery is acknowledged: the message is gone, unless it was handed out again since."""
    now, number, group, entry = m.now, queue.number, queue.group, message.entry
    was = rules.acknowledge(queue.state, entry, receipt)
    if was == rules.GONE:
        queues.acknowledgement_unheard(r, now, number)
        return
    if was == rules.IN_FLIGHT:
        queues.message_acknowledged(r, now, number, group, message.ident)
        stop_timer(m, queue, message)
    else:
        queues.message_acknowledged_late(r, now, number, group, message.ident, now - entry.since)
    release_message(m, message)


def stop_timer(m: World, queue: Queue, message: Message) -> None:
    """Take the end of a delivery's visibility off its fixed-delay queue."""
    if message.timer.time != 0:
        delay_remove(m, queue.visibility_delays, message.timer)
        message.timer.time = 0


def expire(m: World, r: Words, message: Message) -> None:
    """The visibility of a delivery is over."""
    queue = message.channel.queue
    give_back(m, r, queue, message, message.entry.receipt, True)
    deliver(m, r, queue)


def give_back(m: World, r: Words, queue: Queue, message: Message, receipt: int, expired: bool) -> None:  # noqa: FBT001
    """A delivery failed or took too long: unless it is not the latest, the message waits again, or is a dead letter."""
    now = m.now
    follows = rules.give_back(queue.state, message.entry, receipt, queue.deliveries_max, now)
    if follows == rules.STALE:
        return
    stop_timer(m, queue, message)
    if follows == rules.AGAIN:
        queues.delivery_over(r, now, queue.number, message.ident, expired)
    else:
        queues.message_dead(r, now, queue.number, queue.group, message.ident, expired)
        bury(m, r, queue, message)


def bury(m: World, r: Words, queue: Queue, message: Message) -> None:
    """A message was handed out in vain too often: it moves to the queue of dead letters, at once."""
    x, dead = message.trace, queue.dead_letters.queue
    if x.closed == 0 and dead.readers:
        x.open += 1
    if message.settled == 0:
        account(m, r, queue.readers, message, GROUP_DROPPED)
    message.channel = queue.dead_letters
    message.publisher = NOWHERE
    message.relay = NOWHERE
    arrive(m, r, message)


# -- redrive


def redrive(m: World, r: Words, queue: Queue) -> None:
    """The dead letters that are there go back to their queue, one after the other, with those that do so already."""
    going = queue.to_redrive > 0
    queue.to_redrive = queue.dead_letters.queue.state.waiting.length
    if queue.redrive_every > 0:
        after(m, queue.redrive_every, rank_of(REDRIVE, identity(0, queue.number, 0)), queue.at)
    if not going:
        bring_back(m, r, queue)


def bring_back(m: World, r: Words, queue: Queue) -> None:
    """The dead letter that has been one longest goes back, if its queue is there and has room; the next follows at the rate."""
    dead, now = queue.dead_letters.queue, m.now
    queue.to_redrive = min(queue.to_redrive, dead.state.waiting.length)
    if queue.to_redrive == 0:
        return
    full = rules.room(queue.state, queue.length_max, queue.drops_head != 0) == rules.FULL
    if not full and not cut_off(queue.channel):
        entry = rules.oust(dead.state)
        message = Message(m, entry.message)
        queues.message_redriven(r, now, dead.number, queue.number, message.ident, now - entry.since)
        if message.trace.closed == 0:
            message.trace.open += 1
        message.channel = queue.channel
        arrive(m, r, message)
        queue.to_redrive -= 1
    if queue.to_redrive > 0:
        after(m, queue.redrive_gap, rank_of(REDRIVE, identity(0, queue.number, 1)), queue.at)


# -- consumers


def open_again(queue: Queue, consumer: Consumer) -> None:
    """A consumer has room for a message; its turn comes after the others'."""
    last = queue.open_last
    consumer.open_previous = last
    consumer.open_next = NOWHERE
    if last:
        last.open_next = consumer
    else:
        queue.open_first = consumer
    queue.open_last = consumer


def close(queue: Queue, consumer: Consumer) -> None:
    """A consumer gets a message, or went down."""
    previous, following = consumer.open_previous, consumer.open_next
    if previous:
        previous.open_next = following
    else:
        queue.open_first = following
    if following:
        following.open_previous = previous
    else:
        queue.open_last = previous


def lose(m: World, r: Words, readers: Group, message: Message) -> None:
    """A consumer went down with a message: it is lost if it had been acknowledged before."""
    if readers.before != 0 and message.settled == 0:
        account(m, r, readers, message, GROUP_LOST)
    release_message(m, message)


def break_off(consumer: Consumer) -> None:
    """A consumer went down, and its connection with it."""
    if consumer.connection:
        connections.break_off(consumer.connection)


def come_back(m: World, r: Words, readers: Group, replica: Replica) -> None:
    """The consumers of a replica that is up again have room."""
    queue = readers.channel.queue
    for index in range(replica.consumer_count):
        if replica.consumers[index].group == readers:
            open_again(queue, replica.consumers[index])
    deliver(m, r, queue)
