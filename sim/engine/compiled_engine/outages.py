"""Brokers that go down: break down, hold, give up, lose, recover. The readable engine's verbs, in its order."""

from sim.brokers import outages as rules
from sim.engine.compiled_engine import dual_writes, log, queue
from sim.engine.compiled_engine.broker_state import Broker, Message
from sim.engine.compiled_engine.calendar import after
from sim.engine.compiled_engine.chance import sample
from sim.engine.compiled_engine.codes import NEVER
from sim.engine.compiled_engine.memory import release_message
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.engine.compiled_engine.traces import part_done
from sim.record import brokers as recorder
from sim.record.fields.brokers import BROKER_LOST, BROKER_RESENT, BROKER_UNDELIVERED
from sim.rows import NOWHERE
from sim.semantics.order import ACK, OCCURRENCES_MAX, UNDELIVERED, identity, rank_of
from sim.shared import Words


def break_down(m: World, r: Words, broker: Broker) -> None:
    """A broker is down: it takes nothing, hands out nothing and hears nothing."""
    broker.state.down = 1
    recorder.broker_down(r, m.now, broker.number)


def hold(m: World, r: Words, broker: Broker, message: Message) -> None:
    """A message has come to a broker that is down: it waits at its publisher while that is up, or in a store."""
    now = m.now
    if message.relay:
        turn_back(m, r, broker, message)
        return
    recorder.message_held(r, now, broker.number, message.ident)
    publisher = who_waits(message)
    if publisher:
        publisher.confirmed_at = NEVER
    message.entry.message = message.at
    if not message.sender:
        rules.keep(broker.state, message.entry, now)
        return
    if rules.hold(broker.state, message.entry, now):
        set_timer(m, broker)
    if message.sender.up == 0:
        let_go(m, r, broker, message, BROKER_LOST)
        fail(m, r, message)


def turn_back(m: World, r: Words, broker: Broker, message: Message) -> None:
    """A relay hears that the broker is down: it keeps the row, and will publish it again."""
    if message.relay.turn == message.publisher_ident:
        message.relay.state.refused = 1
    recorder.message_turned_back(r, m.now, broker.number)
    for _ in range(message.channel.group_count):
        part_done(m, r, message.trace, True)
    message.keep = 1
    release_message(m, message)


def set_timer(m: World, broker: Broker) -> None:
    """The message that has waited longest is given up in time."""
    due = broker.state.held.head.since + broker.delivery_timeout
    after(m, due - m.now, rank_of(UNDELIVERED, identity(broker.state.sequence, broker.number, 0)), broker.at)


def give_up(m: World, r: Words, broker: Broker, ident: int) -> None:
    """Messages that have waited for as long as their clients try are given up: what publishes them fails."""
    state = broker.state
    if ident != identity(state.sequence, broker.number, 0):
        return
    while rules.overdue(state, broker.delivery_timeout, m.now):
        message = Message(m, state.held.head.message)
        let_go(m, r, broker, message, BROKER_UNDELIVERED)
        publisher = who_waits(message)
        if publisher:
            publisher.failures = 1
            confirm(m, publisher, 0)
        fail(m, r, message)
    if rules.next_timer(state):
        set_timer(m, broker)


def let_go(m: World, r: Words, broker: Broker, message: Message, how: int) -> None:
    """A message waits no longer at its publisher."""
    rules.let_go(broker.state, message.entry)
    recorder.message_let_go(r, m.now, broker.number, message.ident, how)


def who_waits(message: Message) -> Span:
    """The handler that waits to know what becomes of a message, or none: it may be gone."""
    publisher = message.publisher
    if publisher and publisher.ident != message.publisher_ident:
        return NOWHERE
    return publisher


def confirm(m: World, publisher: Span, back: int) -> None:
    """A handler that waits to know hears of its message, after so many ns."""
    publisher.confirmed_at = m.now + back
    after(m, back, rank_of(ACK, publisher.ident), publisher.at)


def fail(m: World, r: Words, message: Message) -> None:
    """A message will never come to its broker: what fails is the handler that waits for it, or what would have followed."""
    if m.write_at != 0 and message.write:
        dual_writes.arrived(m, r, message, False)
    for _ in range(message.channel.group_count):
        part_done(m, r, message.trace, bool(message.publisher))
    message.keep = 1
    release_message(m, message)


def take(m: World, r: Words, message: Message) -> None:
    """A message has come to its broker, which is up."""
    if m.write_at != 0 and message.write:
        dual_writes.arrived(m, r, message, queue.has_room(message))
    if message.channel.queue:
        queue.first_arrive(m, r, message)
    else:
        log.append(m, r, message)


def lose(m: World, r: Words, replica: Replica) -> None:
    """A replica goes down with the messages that wait at it."""
    for number in range(m.broker_count):
        broker = m.brokers[number]
        if broker.state.down == 0:
            continue
        entry = broker.state.held.head
        while entry:
            following = entry.next
            message = Message(m, entry.message)
            if message.sender == replica:
                let_go(m, r, broker, message, BROKER_LOST)
                fail(m, r, message)
            entry = following


def recover(m: World, r: Words, broker: Broker) -> None:
    """A broker is back: consumers go on, and what waited for it comes to it, in its order."""
    broker.state.down = 0
    recorder.broker_up(r, m.now, broker.number)
    for index in range(broker.channel_count):
        channel = broker.channels[index]
        if channel.queue:
            queue.deliver(m, r, channel.queue)
        else:
            log.go_on(m, r, channel)
    entry = rules.first(broker.state)
    while entry:
        message = Message(m, entry.message)
        let_go(m, r, broker, message, BROKER_RESENT)
        channel = message.channel
        x, ident = message.trace, message.ident
        back = sample(m, channel.latency, channel.ack_stream, x.key, ident % OCCURRENCES_MAX)
        publisher = who_waits(message)
        take(m, r, message)
        if publisher:
            confirm(m, publisher, back)
        entry = rules.first(broker.state)
