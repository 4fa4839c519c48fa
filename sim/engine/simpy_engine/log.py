"""The log broker: append, retain, overflow, deliver, consume, hand on, commit, rebalance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.brokers import retry_topics as rules
from sim.draws import bits
from sim.engine.simpy_engine.broker_state import Consumer, ConsumerGroup, LogDelivery, Message
from sim.engine.simpy_engine.clock import Process, Timer
from sim.engine.simpy_engine.consumers import attend, hand_over
from sim.engine.simpy_engine.publishing import leave
from sim.engine.simpy_engine.rebuilds import keep
from sim.engine.simpy_engine.traces import part_done
from sim.record import fields, recorder
from sim.record.outcomes import OK
from sim.semantics.hooks import RETRIES
from sim.semantics.order import ACK, DUE, REBALANCED, RETAINED, RETRY, identity, rank_of
from sim.semantics.rules import assigned_to, partition_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from simpy.events import Event

    from sim.engine.simpy_engine.run import Activity, Run
    from sim.engine.simpy_engine.state import Span


def append(run: Run, message: Message) -> None:
    """The message is in the log: every group has one more to handle."""
    topic, now = message.channel, run.clock.now
    spec: Any = run.network.channels[topic]
    number = message.key if spec.by_key else run.topic_turns[topic]
    run.topic_turns[topic] += 1
    number = partition_of(number, spec.partitions, spec.by_key)
    partition = run.partitions[topic][number]
    message.appended_at = now
    if message.version:
        keep(run, message)
    offset = partition.end
    if spec.keeps > 0:
        message.bytes, partition.bytes = partition.bytes, partition.bytes + message.bytes
    if spec.groups:
        partition.messages.append(message)
        if spec.retention > 0 and not partition.watched:
            watch(run, topic, number)
    for group in spec.groups:
        recorder.appended(run.r, now, group, message.ident, offset)
        delay = run.groups[group].spec.delay
        if delay > 0:
            run.clock.after(delay, rank_of(DUE, identity(offset, group, number)), come_due, run, run.groups[group], number)
        else:
            come_due(run, run.groups[group], number)
    if spec.keeps > 0 and spec.groups:
        overflow(run, topic, number)


def come_due(run: Run, group: ConsumerGroup, number: int) -> None:
    """A message of a partition may be handled from now on."""
    owner = group.owner[number]
    if owner is not None:
        deliver(run, group, owner)


def watch(run: Run, topic: int, number: int) -> None:
    """Put on the calendar when the first message of a partition is too old."""
    partition = run.partitions[topic][number]
    spec: Any = run.network.channels[topic]
    partition.watched = True
    left = partition.messages[0].appended_at + spec.retention - run.clock.now
    run.clock.after(left, rank_of(RETAINED, identity(number, topic, 0)), retain, run, topic, number)


def retain(run: Run, topic: int, number: int) -> None:
    """What is as old as a topic's retention is gone from a partition, whoever has not read it."""
    partition, now = run.partitions[topic][number], run.clock.now
    spec: Any = run.network.channels[topic]
    stop = partition.first
    while stop < partition.end and partition.at(stop).appended_at + spec.retention <= now:
        stop += 1
    for group in spec.groups:
        miss(run, run.groups[group], number, stop)
    partition.watched = False
    if partition.messages:
        watch(run, topic, number)


def overflow(run: Run, topic: int, number: int) -> None:
    """The oldest messages are gone from a partition until it has no more bytes than it may."""
    partition = run.partitions[topic][number]
    spec: Any = run.network.channels[topic]
    stop = partition.first
    while stop < partition.end and partition.bytes - partition.at(stop).bytes > spec.keeps:
        stop += 1
    for group in spec.groups if stop > partition.first else ():
        miss(run, run.groups[group], number, stop)


def miss(run: Run, group: ConsumerGroup, number: int, stop: int) -> None:
    """A group goes on from an offset on: it missed what it has not handled before that, but for what a consumer has in hand."""
    log, owner = run.partitions[group.spec.channel][number], group.owner[number]
    given: Any = None if owner is None else owner.delivery
    in_hand = given.at if given is not None and given.partition == number else -1
    for offset in range(max(group.committed[number], group.handled[number]), stop):
        if offset != in_hand:
            settle(run, group, log.at(offset), fields.groups.GROUP_EXPIRED)
    group.position[number] = max(group.position[number], stop)
    if stop > group.committed[number]:
        advance(run, group, number, stop)


def deliver(run: Run, group: ConsumerGroup, consumer: Consumer) -> None:
    """A free consumer takes the message that waits longest at the head of one of its partitions, if it is due."""
    if consumer.delivery is not None or not consumer.alive or group.rebalancing or run.cut_off(group.spec.channel):
        return
    partitions = run.partitions[group.spec.channel]
    chosen, oldest = -1, 0
    for number, owner in enumerate(group.owner):
        if owner is consumer and group.position[number] < partitions[number].end:
            appended_at = partitions[number].at(group.position[number]).appended_at
            if chosen < 0 or appended_at < oldest:
                chosen, oldest = number, appended_at
    if chosen < 0 or not rules.due(oldest, group.spec.delay, run.clock.now):
        return
    offset, log = group.position[chosen], partitions[chosen]
    group.position[chosen] = offset + 1
    consumer.delivery = delivery = LogDelivery(log.at(offset), chosen, offset, log.size_at(offset))
    if group.spec.before:
        commit(run, group, chosen, offset + 1)
    span = begin(run, group, consumer, delivery)
    Process(run.clock, consume(run, group, consumer, delivery, span))


def go_on(run: Run, topic: int) -> None:
    """The broker is back: free consumers take what there is."""
    for number in run.network.channels[topic].groups:
        group: Any = run.groups[number]
        for consumer in group.consumers:
            deliver(run, group, consumer)


def begin(run: Run, group: ConsumerGroup, consumer: Consumer, delivery: LogDelivery) -> Span:
    """One execution of the group's handler for a message begins."""
    again = delivery.at < group.delivered[delivery.partition]
    group.delivered[delivery.partition] = max(group.delivered[delivery.partition], delivery.at + 1)
    return hand_over(run, group, consumer, delivery, again=again)


def consume(run: Run, group: ConsumerGroup, consumer: Consumer, delivery: LogDelivery, span: Span) -> Activity:
    """Process: a consumer handles one message, in place again when that fails and the policy says so; then it hands it on."""
    number, spec, clock = 1, group.spec, run.clock
    while True:
        outcome = yield from run.handlers[span.operation](run, span)
        if delivery.dead:
            return
        recorder.consumed(run.r, clock.now, group.number, span.ident, outcome, clock.now - span.started_at)
        delivery.span = None
        delay = pause_after(run, group, span, number, outcome)
        follows = rules.follows(outcome == OK, delay, spec.then >= 0)
        if follows == rules.HAND_ON:
            taken = yield from hand_on(run, group, delivery, span)
            if delivery.dead or taken:
                break
            number = 0
        elif follows != rules.AGAIN:
            break
        else:
            recorder.resting(run.r, clock.now, group.number, span.ident, delay)
            if delay > 0:
                yield Timer(clock, delay, rank_of(RETRY, span.ident))
                if delivery.dead:
                    return
                recorder.rested(run.r, clock.now, group.number)
        number += 1
        span = begin(run, group, consumer, delivery)
        span.attempt = number
    if not delivery.dead:
        handled(run, group, consumer, delivery, outcome)


def pause_after(run: Run, group: ConsumerGroup, span: Span, number: int, outcome: int) -> int:
    """How long a message rests before its next attempt, in ns; -1 when there is none."""
    if outcome == OK:
        return -1
    u = bits(run.keys[group.spec.retry_stream], span.trace.key, span.occurrence)
    pause: int = RETRIES[group.spec.retry].retry(run.settings[group.spec.retry_at], number, u)
    return pause


def hand_on(run: Run, group: ConsumerGroup, delivery: LogDelivery, span: Span) -> Generator[Event, Any, bool]:
    """What a consumer fails at leaves for the topic of such messages; gives whether its broker has it."""
    recorder.handing_on(run.r, run.clock.now, group.number)
    message, back = leave(run, span.trace, group.spec.then, delivery.message)
    message.key, message.bytes = delivery.message.key, delivery.size
    message.sender, message.publisher = span.replica, span.ident
    message.timer = timer = Timer(run.clock, back, rank_of(ACK, span.ident))
    yield timer
    if delivery.dead:
        return False
    recorder.note(run.r, run.clock.now, fields.facts.FACT_ACKNOWLEDGED, span.ident, int(message.refused))
    recorder.rested(run.r, run.clock.now, group.number)
    return not message.refused


def handled(run: Run, group: ConsumerGroup, consumer: Consumer, delivery: LogDelivery, outcome: int) -> None:
    """A consumer is done with a message: count it once, commit, take the next."""
    consumer.delivery = None
    partition, offset = delivery.partition, delivery.at
    if offset >= group.handled[partition]:
        account(run, group, delivery, became(group, outcome))
    elif outcome == OK:
        recorder.duplicated(run.r, run.clock.now, group.number, delivery.message.ident)
    elif group.spec.then >= 0:
        recorder.handed_on_again(run.r, run.clock.now, group.number, delivery.message.ident)
    if not group.spec.before and offset + 1 - group.committed[partition] >= group.spec.every:
        commit(run, group, partition, offset + 1)
    if group.rebalancing:
        share_out(run, group)
    else:
        deliver(run, group, consumer)


def became(group: ConsumerGroup, outcome: int) -> int:
    """What became of a message, as a column of the record."""
    if outcome == OK:
        return fields.groups.GROUP_APPLIED
    return fields.groups.GROUP_HANDED_ON if group.spec.then >= 0 else fields.groups.GROUP_DROPPED


def account(run: Run, group: ConsumerGroup, delivery: LogDelivery, field: int) -> None:
    """A message in hand is applied, handed on, dropped, lost or expired for the first and only time."""
    group.handled[delivery.partition] = delivery.at + 1
    settle(run, group, delivery.message, field)


def settle(run: Run, group: ConsumerGroup, message: Message, field: int) -> None:
    """Nothing more becomes of a message, as far as a group goes."""
    now = run.clock.now
    recorder.handled(run.r, now, group.number, message.ident, field, now - message.appended_at)
    readers = len(run.network.channels[group.spec.then].groups) if group.spec.then >= 0 else 0
    good = rules.good(field == fields.groups.GROUP_APPLIED, field == fields.groups.GROUP_HANDED_ON, readers)
    part_done(run, message.trace, good)


def commit(run: Run, group: ConsumerGroup, partition: int, offset: int) -> None:
    """Move the committed offset on, unless the broker is down."""
    if offset > group.committed[partition] and not run.cut_off(group.spec.channel):
        advance(run, group, partition, offset)


def advance(run: Run, group: ConsumerGroup, partition: int, offset: int) -> None:
    """A group is further on, by its commit or as the log forgot what was before; what all have behind them is dropped."""
    count = offset - group.committed[partition]
    group.committed[partition] = offset
    recorder.committed(run.r, run.clock.now, group.number, partition, offset, count)
    log = run.partitions[group.spec.channel][partition]
    kept_from = min(run.groups[g].committed[partition] for g in run.network.channels[group.spec.channel].groups)
    while log.first < kept_from:
        log.messages.popleft()
        log.first += 1


# -- group membership: an eager rebalance stops everybody, then shares out anew


def form(run: Run, group: ConsumerGroup) -> None:
    """At the start every replica's consumers are members, and the partitions are shared out."""
    attend(run, group)
    assign(run, group)


def assign(run: Run, group: ConsumerGroup) -> None:
    """Share out the partitions among the living members, by range; each goes on from its committed offset."""
    members = [consumer for consumer in group.consumers if consumer.alive]
    count = len(group.owner)
    for number in range(count):
        group.owner[number] = members[assigned_to(number, count, len(members))] if members else None
        group.position[number] = group.committed[number]
    recorder.note(run.r, run.clock.now, fields.facts.FACT_ASSIGNED, group.number, len(members))


def rebalance(run: Run, group: ConsumerGroup) -> None:
    """The membership changed: the whole group stops, for the pause and until nobody works on a message.

    What changes in the same instant (the threads of one replica) is one change.
    """
    now = run.clock.now
    if group.rebalancing and group.began == now:
        return
    group.rebalancing = True
    group.began = now
    group.elapsed = False
    group.sequence += 1
    recorder.rebalancing(run.r, now, group.number, group.sequence)
    rank = rank_of(REBALANCED, identity(group.sequence, group.number, 0))
    run.clock.after(group.spec.pause, rank, pause_over, run, group, group.sequence)


def pause_over(run: Run, group: ConsumerGroup, sequence: int) -> None:
    """The pause of a rebalance is over, unless another one began since."""
    if sequence == group.sequence:
        group.elapsed = True
        share_out(run, group)


def share_out(run: Run, group: ConsumerGroup) -> None:
    """End a rebalance once the pause is over and no member works: members commit what they did, then go on."""
    if not group.elapsed or any(consumer.delivery is not None for consumer in group.consumers):
        return
    for number, owner in enumerate(group.owner):
        if owner is not None:
            commit(run, group, number, group.position[number])
    assign(run, group)
    group.rebalancing = False
    for consumer in group.consumers:
        deliver(run, group, consumer)


def session_over(run: Run, consumer: Consumer, incarnation: int) -> None:
    """The broker gives up on a consumer that went silent, unless it came back meanwhile."""
    if not consumer.alive and consumer.incarnation == incarnation:
        recorder.note(run.r, run.clock.now, fields.facts.FACT_SESSION_EXPIRED, consumer.number, incarnation)
        group: Any = run.groups[consumer.group]
        rebalance(run, group)
