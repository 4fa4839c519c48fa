"""The readable engine: every request, every handler and every delivery is a process that reads like what it models.

    arrivals -> client -> call -> send -> reach -> begin -> span -> steps -> finish -> reply -> settle
                           ^ retry  `-> expire (timeout)             |
                           `------------------------------------     publish -> append -> deliver -> consume -> handled -> commit

It is the specification. The compiled engine has the same verbs, in the same order, and does the same to the bit.
"""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from simpy.events import Event, Process

from sim.draws import below, bits, draw, stream_key, trace_key
from sim.engine.order import (
    ACK,
    ALTER,
    APPEND,
    ARRIVAL,
    OCCURRENCES_MAX,
    REACH,
    REBALANCED,
    REPLY,
    RETRY,
    SESSION,
    TIMEOUT,
    WINDOW,
    WORKED,
    identity,
    rank_of,
)
from sim.engine.rules import BALANCE_RULES, RETRY_RULES, START, WAIT, admits, assigned_to, chosen_branch, paced, partition_of
from sim.engine.simpy_engine.clock import Clock, Timer
from sim.engine.simpy_engine.state import Consumer, Delivery, Membership, Message, Partition, Replica, Span, Trace
from sim.network import CALL, CHOOSE, CRASH, EJECT, FAIL, JUMP, PACE, PARALLEL, PUBLISH, RESTART, WORK
from sim.record import fields, outcomes, recorder
from sim.record.outcomes import OK

if TYPE_CHECKING:
    from sim.network import Alteration, Network, Site
    from sim.record.recording import Recording

Activity = Generator[Event, Any, None]
Steps = Generator[Event, Any, int]


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Let Python look for garbage cycles seldom: a run makes many short-lived objects and next to no cycles."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class SimpyEngine:
    """One replication of a network, from time 0 to its horizon."""

    def __init__(self, network: Network, recording: Recording, seed: int, replication: int) -> None:
        self.network = network
        self.clock = Clock()
        self.recording = recording
        self.r = recording.words()
        self.tables = network.tables_list
        self.keys = [stream_key(seed, replication, name) for name in network.streams]
        self.seed, self.replication = seed, replication
        self.traces = 0
        self.places = len(network.operations) + len(network.topics)
        self.replicas = [Replica(number, service) for number, service in enumerate(network.replica_service)]
        self.listed = [
            [self.replicas[i] for i in range(s.replica_first, s.replica_first + s.replicas)] for s in network.services
        ]
        self.turns = [0] * len(network.services)
        self.partitions = [[Partition() for _ in range(topic.partitions)] for topic in network.topics]
        self.topic_turns = [0] * len(network.topics)
        self.groups = [
            Membership(number, group, network.topics[group.topic].partitions)
            for number, group in enumerate(network.groups)
        ]
        self.consumers: list[Consumer] = []

    # -- the run

    def run(self) -> int:
        """Run to the horizon and close the books; returns the number of events fired."""
        network = self.network
        for group in self.groups:
            self.found(group)
        for index, alteration in enumerate(network.alterations):
            Timer(self.clock, alteration.at, rank_of(ALTER, index), self.alter, alteration)
        if network.window < network.horizon:
            Timer(self.clock, network.window, rank_of(WINDOW, 0), self.window)
        for flow in range(len(network.flows)):
            Process(self.clock, self.arrivals(flow))
        with seldom_collecting():
            fired = self.clock.run_to(network.horizon)
        self.close_books()
        self.recording.write_back(self.r)
        return fired

    def window(self, _: Event) -> None:
        """A window of the record ends."""
        now = self.clock.now
        recorder.window(self.r, now)
        if now + self.network.window < self.network.horizon:
            Timer(self.clock, self.network.window, rank_of(WINDOW, 0), self.window)

    def close_books(self) -> None:
        """At the horizon: bring all areas up to date, and count the time of those that are still inside."""
        r, horizon = self.r, self.network.horizon
        recorder.flush(r, horizon)
        for replica in self.replicas:
            for span in replica.residents.values():
                since = span.started_at if span.running else span.arrived_at
                recorder.still_inside(r, replica.service, span.running, horizon - since)
        for consumer in self.consumers:
            if consumer.delivery is not None and consumer.delivery.span is not None:
                recorder.still_consuming(r, consumer.group, horizon - consumer.delivery.span.started_at)

    # -- chance

    def sample(self, distribution: int, stream: int, trace: Trace, occurrence: int) -> int:
        """A duration in ns: the value of this stream for this occurrence of this trace, whenever it is asked for."""
        if self.tables[distribution] == 0:
            return self.tables[distribution + 1]
        return draw(self.tables, distribution, bits(self.keys[stream], trace.key, occurrence))

    # -- workload

    def arrivals(self, flow: int) -> Activity:
        """Process: the open workload of a flow lets its requests in at their times."""
        clock, rank = self.clock, rank_of(ARRIVAL, flow)
        for index, at in enumerate(self.network.arrival_times(flow, self.seed, self.replication)):
            yield Timer(clock, at - clock.now, rank)
            self.arrive(flow, index)

    def arrive(self, flow: int, index: int) -> None:
        """One request of a flow arrives: a trace begins, and a client calls for it."""
        spec, now = self.network.flows[flow], self.clock.now
        key = trace_key(self.keys[spec.stream], index)
        partition_key = below(bits(self.keys[spec.key_stream], key, 0), spec.keys) if spec.keys > 0 else self.traces
        trace = Trace(self.traces, key, flow, now, partition_key, self.places)
        self.traces += 1
        recorder.offered(self.r, now, flow, trace.ident)
        Process(self.clock, self.client(trace))

    def client(self, trace: Trace) -> Activity:
        """Process: a client that calls once, with its own timeout and retries."""
        outcome = yield from self.call(None, trace, self.network.sites[self.network.flows[trace.flow].site])
        now = self.clock.now
        recorder.replied(self.r, now, trace.flow, trace.ident, outcome, now - trace.started_at)
        self.part_done(trace, outcome == OK)

    def part_done(self, trace: Trace, good: bool) -> None:  # noqa: FBT001
        """One part of a trace (the request itself, or one message for one group) is done; the last one closes it."""
        if trace.closed:
            return
        trace.failed = trace.failed or not good
        trace.open -= 1
        if trace.open == 0:
            trace.closed = True
            elapsed = self.clock.now - trace.started_at
            deadline = self.network.flows[trace.flow].deadline
            recorder.closed(self.r, self.clock.now, trace.flow, trace.ident, int(not trace.failed), elapsed, deadline)

    # -- calls: the caller's side

    def call(self, caller: Span | None, trace: Trace, site: Site) -> Steps:
        """Send, wait for the reply or the timeout, retry; gives the outcome of the last attempt."""
        number = 1
        while True:
            attempt = self.send(caller, trace, site, number)
            outcome = yield attempt.done
            if outcome == OK:
                return OK
            u = bits(self.keys[site.retry_stream], trace.key, attempt.occurrence)
            delay = RETRY_RULES[site.retry](self.tables, site.retry_at, number, u)
            if delay < 0:
                return int(outcome)
            recorder.note(self.r, self.clock.now, fields.FACT_RETRYING, attempt.ident, delay)
            if delay > 0:
                yield Timer(self.clock, delay, rank_of(RETRY, attempt.ident))
                if caller is not None and caller.dead:
                    return int(outcome)
            number += 1

    def send(self, caller: Span | None, trace: Trace, site: Site, number: int) -> Span:
        """One attempt leaves for a replica; its timeout starts to run."""
        attempt = Span(trace, site.operation, trace.visit(site.operation), caller)
        attempt.site = site
        attempt.done = Event(self.clock)
        recorder.sent(self.r, self.clock.now, site.edge, attempt.ident, number)
        if caller is not None:
            caller.children[attempt.ident] = attempt
        replica = self.choose_replica(site, attempt)
        if replica is None:
            self.settle(attempt, outcomes.UNAVAILABLE)
            return attempt
        attempt.replica = replica
        hop = self.sample(site.hop, site.request_stream, trace, attempt.occurrence)
        Timer(self.clock, hop, rank_of(REACH, attempt.ident), self.reach, attempt)
        if site.timeout > 0:
            Timer(self.clock, site.timeout, rank_of(TIMEOUT, attempt.ident), self.expire, attempt)
        return attempt

    def choose_replica(self, site: Site, attempt: Span) -> Replica | None:
        """The balancer's choice among the replicas in its list; none when the list is empty."""
        service = site.service
        listed = self.listed[service]
        if not listed:
            return None
        spec = self.network.services[service]
        u = bits(self.keys[spec.balance_stream], attempt.trace.key, attempt.occurrence) if spec.balance_draws else 0
        index = BALANCE_RULES[spec.balance](self.turns[service], len(listed), u)
        self.turns[service] += 1
        return listed[index]

    def settle(self, attempt: Span, outcome: int) -> None:
        """The caller stops waiting for this attempt, and goes on with its outcome."""
        attempt.awaited = False
        if attempt.parent is not None:
            del attempt.parent.children[attempt.ident]
        recorder.settled(self.r, self.clock.now, attempt.site.edge, attempt.ident, outcome)
        attempt.done.succeed(outcome)

    def expire(self, timer: Event) -> None:
        """The timeout of an attempt runs out: the caller gives up, the callee works on."""
        attempt: Span = timer.value
        if attempt.awaited:
            self.settle(attempt, outcomes.TIMEOUT)

    def reply(self, attempt: Span, outcome: int) -> None:
        """The callee's answer leaves, if anybody still waits for it."""
        if attempt.awaited:
            attempt.outcome = outcome
            hop = self.sample(attempt.site.hop, attempt.site.reply_stream, attempt.trace, attempt.occurrence)
            Timer(self.clock, hop, rank_of(REPLY, attempt.ident), self.returned, attempt)

    def returned(self, timer: Event) -> None:
        """The callee's answer arrives at the caller."""
        attempt: Span = timer.value
        if attempt.awaited:
            self.settle(attempt, attempt.outcome)
        else:
            recorder.late(self.r, self.clock.now, attempt.site.edge, attempt.ident)

    # -- calls: the callee's side

    def reach(self, timer: Event) -> None:
        """A request reaches its replica: it starts, waits or is turned away."""
        attempt: Span = timer.value
        replica, now = attempt.replica, self.clock.now
        if not replica.up:
            recorder.turned_away(self.r, now, replica.service, attempt.ident, outcomes.CRASHED)
            self.reply(attempt, outcomes.CRASHED)
            return
        spec = self.network.services[replica.service]
        verdict = admits(replica.busy, spec.workers, len(replica.queue), spec.queue_max)
        attempt.arrived_at = now
        if verdict == START:
            recorder.started_at_once(self.r, now, replica.service, attempt.ident)
            replica.residents[attempt.ident] = attempt
            self.begin(attempt)
        elif verdict == WAIT:
            recorder.waiting(self.r, now, replica.service, attempt.ident)
            replica.residents[attempt.ident] = attempt
            replica.queue.append(attempt)
        else:
            recorder.turned_away(self.r, now, replica.service, attempt.ident, outcomes.REJECTED)
            self.reply(attempt, outcomes.REJECTED)

    def begin(self, attempt: Span) -> None:
        """A worker takes the request."""
        attempt.replica.busy += 1
        attempt.running = True
        attempt.started_at = self.clock.now
        Process(self.clock, self.span(attempt))

    def span(self, attempt: Span) -> Activity:
        """Process: one execution of a handler, holding its worker to the end."""
        outcome = yield from self.steps(attempt)
        if not attempt.dead:
            self.finish(attempt, outcome)

    def finish(self, attempt: Span, outcome: int) -> None:
        """The handler ends: the worker goes to the next in the queue, the answer to the caller."""
        replica, now = attempt.replica, self.clock.now
        held = now - attempt.started_at
        recorder.ended(self.r, now, replica.service, attempt.ident, outcome, held, int(not attempt.awaited))
        del replica.residents[attempt.ident]
        replica.busy -= 1
        if replica.queue:
            following = replica.queue.popleft()
            waited = now - following.arrived_at
            recorder.started_after(self.r, now, replica.service, following.ident, waited)
            self.begin(following)
        self.reply(attempt, outcome)

    # -- what a handler does

    def steps(self, span: Span) -> Steps:
        """The handler's program, step by step; gives its outcome."""
        program = self.network.program
        at = self.network.operations[span.operation].entry
        while not span.dead:
            code, a, b = program[at], program[at + 1], program[at + 2]
            at += 3
            if code == WORK:
                work = paced(self.sample(a, b, span.trace, span.occurrence), span.replica.pace)
                yield Timer(self.clock, work, rank_of(WORKED, span.ident))
                if not span.dead:
                    recorder.note(self.r, self.clock.now, fields.FACT_WORKED, span.ident, 0)
            elif code == CALL:
                site = self.network.sites[a]
                outcome = yield from self.call(span, span.trace, site)
                if outcome != OK and not site.optional:
                    return outcomes.DEPENDENCY
            elif code == PARALLEL:
                failed = yield from self.parallel(span, a, b)
                if failed:
                    return outcomes.DEPENDENCY
            elif code == PUBLISH:
                yield from self.publish(span, a, b)
            elif code == CHOOSE:
                at = chosen_branch(self.tables, a, bits(self.keys[b], span.trace.key, span.occurrence))
            elif code == JUMP:
                at = a
            elif code == FAIL:
                if bits(self.keys[b], span.trace.key, span.occurrence) < a:
                    return outcomes.ERROR
            else:
                break
        return OK

    def parallel(self, span: Span, first: int, count: int) -> Generator[Event, Any, bool]:
        """Send several calls at once and wait until all have settled; true when one that is needed failed."""
        failures: list[int] = []
        pending = [count]
        joined = Event(self.clock)

        def branch(site: Site) -> Activity:
            outcome = yield from self.call(span, span.trace, site)
            if span.dead:
                return
            if outcome != OK and not site.optional:
                failures.append(outcome)
            pending[0] -= 1
            if pending[0] == 0:
                joined.succeed()

        for site in self.network.sites[first : first + count]:
            Process(self.clock, branch(site))
        yield joined
        return bool(failures)

    # -- the log broker: publish, append, deliver, consume, commit

    def publish(self, span: Span, topic: int, wait: int) -> Generator[Event, Any, None]:
        """A message leaves for its topic; with ``wait`` the handler goes on when the broker's ack is back."""
        spec, trace = self.network.topics[topic], span.trace
        place = len(self.network.operations) + topic
        occurrence = trace.visit(place)
        message = Message(trace, topic, identity(trace.number, place, occurrence))
        if not trace.closed:
            trace.open += len(spec.groups)
        recorder.note(self.r, self.clock.now, fields.FACT_PUBLISHED, message.ident, topic)
        there = self.sample(spec.latency, spec.publish_stream, trace, occurrence)
        Timer(self.clock, there, rank_of(APPEND, message.ident), self.append, message)
        if wait:
            back = self.sample(spec.latency, spec.ack_stream, trace, occurrence)
            yield Timer(self.clock, there + back, rank_of(ACK, span.ident))
            if not span.dead:
                recorder.note(self.r, self.clock.now, fields.FACT_ACKNOWLEDGED, span.ident, 0)

    def append(self, timer: Event) -> None:
        """The message is in the log: every group has one more to handle."""
        message: Message = timer.value
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
        self.hand_over(group, consumer, consumer.delivery)
        Process(self.clock, self.consume(group, consumer, consumer.delivery))

    def hand_over(self, group: Membership, consumer: Consumer, delivery: Delivery) -> None:
        """One execution of the group's handler for a message begins."""
        trace = delivery.message.trace
        span = Span(trace, group.spec.operation, trace.visit(group.spec.operation), None)
        span.replica = consumer.replica
        span.started_at = self.clock.now
        delivery.span = span
        again = int(delivery.offset < group.delivered[delivery.partition])
        group.delivered[delivery.partition] = max(group.delivered[delivery.partition], delivery.offset + 1)
        recorder.delivered(self.r, self.clock.now, group.number, span.ident, delivery.offset, again)

    def consume(self, group: Membership, consumer: Consumer, delivery: Delivery) -> Activity:
        """Process: a consumer handles one message, in place again when that fails and the policy says so."""
        number = 1
        spec = group.spec
        while True:
            span = delivery.span
            assert span is not None
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
            recorder.note(self.r, self.clock.now, fields.FACT_RETRYING, span.ident, delay)
            if delay > 0:
                yield Timer(self.clock, delay, rank_of(RETRY, span.ident))
                if delivery.dead:
                    return
            number += 1
            self.hand_over(group, consumer, delivery)
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
        """The membership changed: the whole group stops, for the pause and until nobody works on a message."""
        group.rebalancing = True
        group.elapsed = False
        group.sequence += 1
        recorder.rebalancing(self.r, self.clock.now, group.number, group.sequence)
        rank = rank_of(REBALANCED, identity(group.sequence, group.number, 0))
        Timer(self.clock, group.spec.pause, rank, self.pause_over, (group, group.sequence))

    def pause_over(self, timer: Event) -> None:
        """The pause of a rebalance is over, unless another one began since."""
        group, sequence = timer.value
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

    def session_over(self, timer: Event) -> None:
        """The broker gives up on a consumer that went silent, unless it came back meanwhile."""
        consumer, incarnation = timer.value
        if not consumer.alive and consumer.incarnation == incarnation:
            recorder.note(self.r, self.clock.now, fields.FACT_SESSION_EXPIRED, consumer.number, incarnation)
            self.rebalance(self.groups[consumer.group])

    # -- faults: what the environment does to replicas

    def alter(self, timer: Event) -> None:
        """A change of the environment takes place."""
        alteration: Alteration = timer.value
        replica = self.replicas[alteration.replica]
        if alteration.verb == PACE:
            replica.pace = alteration.value
            recorder.note(self.r, self.clock.now, fields.FACT_PACED, replica.number, alteration.value)
        elif alteration.verb == CRASH:
            self.crash(replica, silent=alteration.value == 1)
        elif alteration.verb == EJECT:
            self.eject(replica)
        elif alteration.verb == RESTART:
            self.restart(replica)

    def crash(self, replica: Replica, *, silent: bool) -> None:
        """A replica goes down: its requests and its queue are lost, its consumers fall silent."""
        recorder.note(self.r, self.clock.now, fields.FACT_CRASHED, replica.number, int(silent))
        replica.up = False
        for attempt in list(replica.residents.values()):
            self.kill(attempt, silent=silent)
        replica.residents.clear()
        replica.queue.clear()
        replica.busy = 0
        for consumer in replica.consumers:
            self.silence(consumer)
        for number in sorted({consumer.group for consumer in replica.consumers}):
            if self.groups[number].rebalancing:
                self.share_out(self.groups[number])

    def kill(self, attempt: Span, *, silent: bool) -> None:
        """A request goes down with its replica; unless silently, the connection tells the caller."""
        now = self.clock.now
        if attempt.running:
            held, orphan = now - attempt.started_at, int(not attempt.awaited)
            recorder.ended(self.r, now, attempt.replica.service, attempt.ident, outcomes.CRASHED, held, orphan)
        else:
            recorder.killed_waiting(self.r, now, attempt.replica.service, attempt.ident, now - attempt.arrived_at)
        self.abandon(attempt)
        if not silent:
            self.reply(attempt, outcomes.CRASHED)

    def abandon(self, span: Span) -> None:
        """A handler is no more: nobody waits for the calls it had sent."""
        span.dead = True
        for child in span.children.values():
            child.awaited = False
            recorder.settled(self.r, self.clock.now, child.site.edge, child.ident, outcomes.CRASHED)
        span.children.clear()

    def silence(self, consumer: Consumer) -> None:
        """A consumer goes down: its message is lost or will come again, its partitions wait for the session timeout."""
        group = self.groups[consumer.group]
        delivery = consumer.delivery
        if delivery is not None:
            delivery.dead = True
            if delivery.span is not None:
                held = self.clock.now - delivery.span.started_at
                recorder.consumed(self.r, self.clock.now, group.number, delivery.span.ident, outcomes.CRASHED, held)
                self.abandon(delivery.span)
            if group.spec.before and delivery.offset >= group.handled[delivery.partition]:
                self.account(group, delivery, fields.GROUP_LOST)
            consumer.delivery = None
        consumer.alive = False
        consumer.incarnation += 1
        for number, owner in enumerate(group.owner):
            if owner is consumer:
                group.owner[number] = None
        rank = rank_of(SESSION, identity(consumer.number, 0, consumer.incarnation % OCCURRENCES_MAX))
        Timer(self.clock, group.spec.session, rank, self.session_over, (consumer, consumer.incarnation))

    def eject(self, replica: Replica) -> None:
        """The balancer notices that a replica is down and takes it from its list."""
        if not replica.up and replica in self.listed[replica.service]:
            self.listed[replica.service].remove(replica)
            recorder.note(self.r, self.clock.now, fields.FACT_EJECTED, replica.number, 0)

    def restart(self, replica: Replica) -> None:
        """A replica comes back, empty; its consumers join their groups again."""
        recorder.note(self.r, self.clock.now, fields.FACT_RESTARTED, replica.number, 0)
        replica.up = True
        listed = self.listed[replica.service]
        if replica not in listed:
            listed.append(replica)
            listed.sort(key=lambda other: other.number)
        for consumer in replica.consumers:
            consumer.alive = True
        for number in sorted({consumer.group for consumer in replica.consumers}):
            self.rebalance(self.groups[number])
