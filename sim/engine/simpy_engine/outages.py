"""Brokers that go down: break down, hold, give up, lose, recover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.brokers import outages as rules
from sim.engine.simpy_engine import log, queue
from sim.engine.simpy_engine.clock import Timer
from sim.engine.simpy_engine.dual_writes import arrived
from sim.engine.simpy_engine.traces import part_done
from sim.network import Queue
from sim.record import brokers as recorder
from sim.record.fields.brokers import BROKER_LOST, BROKER_RESENT, BROKER_UNDELIVERED
from sim.semantics.order import ACK, OCCURRENCES_MAX, UNDELIVERED, identity, rank_of

if TYPE_CHECKING:
    from sim.engine.simpy_engine.broker_state import BrokerAtWork, Message
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Replica
    from sim.network import ScheduledFault


def break_down(run: Run, fault: ScheduledFault) -> None:
    """A broker is down: it takes nothing, hands out nothing and hears nothing."""
    broker = run.brokers[fault.number]
    broker.state.down = 1
    recorder.broker_down(run.r, run.clock.now, broker.number)


def hold(run: Run, broker: BrokerAtWork, message: Message) -> None:
    """A message has come to a broker that is down: it waits at its publisher while that is up, or in a store."""
    now = run.clock.now
    if message.relayed:
        turn_back(run, broker, message)
        return
    recorder.message_held(run.r, now, broker.number, message.ident)
    if message.timer is not None:
        message.waiting, message.timer.callbacks = message.timer.callbacks, []
    if message.sender is None:
        rules.keep(broker.state, queue.entry_of(message), now)
        return
    if rules.hold(broker.state, queue.entry_of(message), now):
        set_timer(run, broker)
    if not message.sender.up:
        let_go(run, broker, message, BROKER_LOST)
        fail(run, message)


def turn_back(run: Run, broker: BrokerAtWork, message: Message) -> None:
    """A relay hears that the broker is down: it keeps the row, and will publish it again."""
    message.refused = True
    recorder.message_turned_back(run.r, run.clock.now, broker.number)
    for _ in run.network.channels[message.channel].groups:
        part_done(run, message.trace, good=True)


def set_timer(run: Run, broker: BrokerAtWork) -> None:
    """The message that has waited longest is given up in time."""
    sequence = broker.state.sequence
    due = broker.state.held.head.since + broker.spec.delivery_timeout
    rank = rank_of(UNDELIVERED, identity(sequence, broker.number, 0))
    run.clock.after(due - run.clock.now, rank, give_up, run, broker, sequence)


def give_up(run: Run, broker: BrokerAtWork, sequence: int) -> None:
    """Messages that have waited for as long as their clients try are given up: what publishes them fails."""
    now, state = run.clock.now, broker.state
    if sequence != state.sequence:
        return
    while rules.overdue(state, broker.spec.delivery_timeout, now):
        message: Message = state.held.head.message
        let_go(run, broker, message, BROKER_UNDELIVERED)
        message.refused = True
        confirm(run, message, 0)
        fail(run, message)
    if rules.next_timer(state):
        set_timer(run, broker)


def let_go(run: Run, broker: BrokerAtWork, message: Message, how: int) -> None:
    """A message waits no longer at its publisher."""
    rules.let_go(broker.state, message.entry)
    recorder.message_let_go(run.r, run.clock.now, broker.number, message.ident, how)


def confirm(run: Run, message: Message, back: int) -> None:
    """A handler that waits to know hears of its message, after so many ns."""
    if message.timer is not None:
        timer = Timer(run.clock, back, rank_of(ACK, message.publisher))
        timer.callbacks, message.waiting = message.waiting, []


def fail(run: Run, message: Message) -> None:
    """A message will never come to its broker: what fails is the handler that waits for it, or what would have followed."""
    if message.write is not None:
        arrived(run, message, taken=False)
    for _ in run.network.channels[message.channel].groups:
        part_done(run, message.trace, good=message.timer is not None)


def take(run: Run, message: Message) -> None:
    """A message has come to its broker, which is up."""
    if message.write is not None:
        arrived(run, message, taken=queue.has_room(run, message))
    if isinstance(run.network.channels[message.channel], Queue):
        queue.arrive(run, message)
    else:
        log.append(run, message)


def lose(run: Run, replica: Replica) -> None:
    """A replica goes down with the messages that wait at it."""
    for broker in run.brokers:
        if broker.state.down == 0:
            continue
        entry = broker.state.held.head
        while entry:
            following = entry.next
            if entry.message.sender is replica:
                let_go(run, broker, entry.message, BROKER_LOST)
                fail(run, entry.message)
            entry = following


def recover(run: Run, fault: ScheduledFault) -> None:
    """A broker is back: consumers go on, and what waited for it comes to it, in its order."""
    broker, network = run.brokers[fault.number], run.network
    broker.state.down = 0
    recorder.broker_up(run.r, run.clock.now, broker.number)
    for number in broker.channels:
        if isinstance(network.channels[number], Queue):
            queue.deliver(run, run.queues[number])
        else:
            log.go_on(run, number)
    entry = rules.first(broker.state)
    while entry:
        message: Message = entry.message  # type: ignore[assignment]
        let_go(run, broker, message, BROKER_RESENT)
        spec = network.channels[message.channel]
        take(run, message)
        confirm(run, message, run.sample(spec.latency, spec.ack_stream, message.trace, message.ident % OCCURRENCES_MAX))
        entry = rules.first(broker.state)
