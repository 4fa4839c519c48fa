"""The log broker: publish, append, deliver, consume, commit, rebalance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simpy.events import Event, Process

from sim.draws import bits
from sim.engine.order import ACK, APPEND, REBALANCED, RETRY, identity, rank_of
from sim.engine.rules import RETRY_RULES, assigned_to, partition_of, there_and_back
from sim.engine.simpy_engine.calls import Calls
from sim.engine.simpy_engine.clock import Timer
from sim.engine.simpy_engine.state import Consumer, Delivery, Membership, Message, Span
from sim.record import fields, recorder
from sim.record.outcomes import OK

if TYPE_CHECKING:
    from collections.abc import Generator

    from sim.engine.simpy_engine.run import Activity


class LogBroker(Calls):
    """How messages get into the log, to the consumers, and are accounted for."""

    def publish(self, span: Span, topic: int, wait: int) -> Generator[Event, Any, None]:
        """A message leaves for its topic; with ``wait`` the handler goes on when the broker's ack is back."""
        spec, trace = self.network.topics[topic], span.trace
        place = len(self.network.operations) + topic
        occurrence = trace.visit(place, self.clock.now)
        message = Message(trace, topic, identity(trace.number, place, occurrence))
        if not trace.closed:
            trace.open += len(spec.groups)
        recorder.note(self.r, self.clock.now, fields.FACT_PUBLISHED, message.ident, topic)
        there = self.sample(spec.latency, spec.publish_stream, trace, occurrence)
        Timer(self.clock, there, rank_of(APPEND, message.ident), self.append, message)
        if wait:
            back = self.sample(spec.latency, spec.ack_stream, trace, occurrence)
            yield Timer(self.clock, there_and_back(there, back), rank_of(ACK, span.ident))
            if not span.dead:
                recorder.note(self.r, self.clock.now, fields.FACT_ACKNOWLEDGED, span.ident, 0)

    def append(self, timer: Timer) -> None:
        """The message is in the log: every group has one more to handle."""
        message: Message = timer.about
        spec = self.network.topics[message.topic]
        number = message.trace.partition_key if spec.by_key else self.topic_turns[message.topic]
        self.topic_turns[message.topic] += 1
        number = partition_of(number, spec.partitions, spec.by_key)
        partition = self.partitions[message.topic][number]
        message.appended_at = self.clock.now
        offset = partition.end
        if spec.groups:
            partition.messages.append(message)
        for group in spec.groups:
            recorder.appended(self.r, self.clock.now, group, message.ident, offset)
            owner = self.groups[group].owner[number]
            if owner is not None:
                self.deliver(self.groups[group], owner)

    def deliver(self, group: Membership, consumer: Consumer) -> None:
        """A free consumer takes the message that waits longest at the head of one of its partitions."""
        if consumer.delivery is not None or not consumer.alive or group.rebalancing:
            return
        partitions = self.partitions[group.spec.topic]
        chosen, oldest = -1, 0
        for number, owner in enumerate(group.owner):
            if owner is consumer and group.position[number] < partitions[number].end:
                appended_at = partitions[number].at(group.position[number]).appended_at
                if chosen < 0 or appended_at < oldest:
                    chosen, oldest = number, appended_at
        if chosen < 0:
            return
        offset = group.position[chosen]
        group.position[chosen] = offset + 1
        consumer.delivery = Delivery(partitions[chosen].at(offset), chosen, offset)
        if group.spec.before:
            self.commit(group, chosen, offset + 1)
        span = self.hand_over(group, consumer, consumer.delivery)
        Process(self.clock, self.consume(group, consumer, consumer.delivery, span))

    def hand_over(self, group: Membership, consumer: Consumer, delivery: Delivery) -> Span:
        """One execution of the group's handler for a message begins."""
        trace = delivery.message.trace
        span = Span(trace, group.spec.operation, trace.visit(group.spec.operation, self.clock.now), None)
        span.replica = consumer.replica
        span.started_at = self.clock.now
        delivery.span = span
        again = int(delivery.offset < group.delivered[delivery.partition])
        group.delivered[delivery.partition] = max(group.delivered[delivery.partition], delivery.offset + 1)
        recorder.delivered(self.r, self.clock.now, group.number, span.ident, delivery.offset, again)
        return span

    def consume(self, group: Membership, consumer: Consumer, delivery: Delivery, span: Span) -> Activity:
        """Process: a consumer handles one message, in place again when that fails and the policy says so."""
        number = 1
        spec = group.spec
        while True:
            outcome = yield from self.steps(span)
            if delivery.dead:
                return
            recorder.consumed(self.r, self.clock.now, group.number, span.ident, outcome, self.clock.now - span.started_at)
            delivery.span = None
            if outcome == OK:
                break
            u = bits(self.keys[spec.retry_stream], span.trace.key, span.occurrence)
            delay = RETRY_RULES[spec.retry](self.tables, spec.retry_at, number, u)
            if delay < 0:
                break
            recorder.resting(self.r, self.clock.now, group.number, span.ident, delay)
            if delay > 0:
                yield Timer(self.clock, delay, rank_of(RETRY, span.ident))
                if delivery.dead:
                    return
                recorder.rested(self.r, self.clock.now, group.number)
            number += 1
            span = self.hand_over(group, consumer, delivery)
        self.handled(group, consumer, delivery, outcome)

    def handled(self, group: Membership, consumer: Consumer, delivery: Delivery, outcome: int) -> None:
        """A consumer is done with a message: count it once, commit, take the next."""
        consumer.delivery = None
        partition, offset = delivery.partition, delivery.offset
        if offset >= group.handled[partition]:
            self.account(group, delivery, fields.GROUP_APPLIED if outcome == OK else fields.GROUP_DROPPED)
        elif outcome == OK:
            recorder.duplicated(self.r, self.clock.now, group.number, delivery.message.ident)
        if not group.spec.before and offset + 1 - group.committed[partition] >= group.spec.every:
            self.commit(group, partition, offset + 1)
        if group.rebalancing:
            self.share_out(group)
        else:
            self.deliver(group, consumer)

    def account(self, group: Membership, delivery: Delivery, field: int) -> None:
        """A message is applied, dropped or lost for the first and only time."""
        group.handled[delivery.partition] = delivery.offset + 1
        message = delivery.message
        age = self.clock.now - message.appended_at
        recorder.handled(self.r, self.clock.now, group.number, message.ident, field, age)
        self.part_done(message.trace, field == fields.GROUP_APPLIED)

    def commit(self, group: Membership, partition: int, offset: int) -> None:
        """Move the committed offset on; the log drops what every group has committed."""
        count = offset - group.committed[partition]
        if count <= 0:
            return
        group.committed[partition] = offset
        recorder.committed(self.r, self.clock.now, group.number, partition, offset, count)
        log = self.partitions[group.spec.topic][partition]
        kept_from = min(self.groups[g].committed[partition] for g in self.network.topics[group.spec.topic].groups)
        while log.first < kept_from:
            log.messages.popleft()
            log.first += 1

    # -- group membership: an eager rebalance stops everybody, then shares out anew

    def found(self, group: Membership) -> None:
        """At the start every replica's consumers are members, and the partitions are shared out."""
        for replica in self.listed[self.network.operations[group.spec.operation].service]:
            for _ in range(group.spec.consumers):
                consumer = Consumer(len(self.consumers), group.number, replica)
                self.consumers.append(consumer)
                group.consumers.append(consumer)
                replica.consumers.append(consumer)
        self.assign(group)

    def assign(self, group: Membership) -> None:
        """Share out the partitions among the living members, by range; each goes on from its committed offset."""
        members = [consumer for consumer in group.consumers if consumer.alive]
        count = len(group.owner)
        for number in range(count):
            group.owner[number] = members[assigned_to(number, count, len(members))] if members else None
            group.position[number] = group.committed[number]
        recorder.note(self.r, self.clock.now, fields.FACT_ASSIGNED, group.number, len(members))

    def rebalance(self, group: Membership) -> None:
        """The membership changed: the whole group stops, for the pause and until nobody works on a message.

        What changes in the same instant (the threads of one replica) is one change.
        """
        if group.rebalancing and group.began == self.clock.now:
            return
        group.rebalancing = True
        group.began = self.clock.now
        group.elapsed = False
        group.sequence += 1
        recorder.rebalancing(self.r, self.clock.now, group.number, group.sequence)
        rank = rank_of(REBALANCED, identity(group.sequence, group.number, 0))
        Timer(self.clock, group.spec.pause, rank, self.pause_over, (group, group.sequence))

    def pause_over(self, timer: Timer) -> None:
        """The pause of a rebalance is over, unless another one began since."""
        group, sequence = timer.about
        if sequence == group.sequence:
            group.elapsed = True
            self.share_out(group)

    def share_out(self, group: Membership) -> None:
        """End a rebalance once the pause is over and no member works: members commit what they did, then go on."""
        if not group.elapsed or any(consumer.delivery is not None for consumer in group.consumers):
            return
        for number, owner in enumerate(group.owner):
            if owner is not None:
                self.commit(group, number, group.position[number])
        self.assign(group)
        group.rebalancing = False
        for consumer in group.consumers:
            self.deliver(group, consumer)

    def session_over(self, timer: Timer) -> None:
        """The broker gives up on a consumer that went silent, unless it came back meanwhile."""
        consumer, incarnation = timer.about
        if not consumer.alive and consumer.incarnation == incarnation:
            recorder.note(self.r, self.clock.now, fields.FACT_SESSION_EXPIRED, consumer.number, incarnation)
            self.rebalance(self.groups[consumer.group])
