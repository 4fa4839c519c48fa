"""Faults: what the environment does to replicas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.order import OCCURRENCES_MAX, SESSION, WORKED, identity, rank_of
from sim.engine.rules import left, left_part, paced
from sim.engine.simpy_engine.clock import Timer
from sim.engine.simpy_engine.steps import Handlers
from sim.network import CRASH, EJECT, PACE, RESTART
from sim.record import fields, outcomes, recorder

if TYPE_CHECKING:
    from sim.engine.simpy_engine.state import Consumer, Replica, Span
    from sim.network import Alteration


class Faults(Handlers):
    """How replicas slow down, go down with all they hold, and come back."""

    def alter(self, timer: Timer) -> None:
        """A change of the environment takes place."""
        alteration: Alteration = timer.about
        replica = self.replicas[alteration.replica]
        if alteration.verb == PACE:
            self.set_pace(replica, alteration.value)
        elif alteration.verb == CRASH:
            self.crash(replica, silent=alteration.value == 1)
        elif alteration.verb == EJECT:
            self.eject(replica)
        elif alteration.verb == RESTART:
            self.restart(replica)

    def set_pace(self, replica: Replica, pace: int) -> None:
        """A replica works at another pace from now on, also on what it has begun."""
        now = self.clock.now
        recorder.note(self.r, now, fields.FACT_PACED, replica.number, pace)
        before, replica.pace = replica.pace, pace
        if pace == before:
            return
        consuming = [one.delivery.span for one in replica.consumers if one.delivery is not None]
        for span in (*replica.residents.values(), *consuming):
            if span is not None and span.ends > now:
                self.go_on(span, before)

    def go_on(self, span: Span, before: int) -> None:
        """Work under way goes on at another pace: who waited for its end waits for another one.

        The end that was foreseen still happens, and nobody hears of it.
        """
        pace, now = span.replica.pace, self.clock.now
        elapsed = paced(span.left, span.part, before) - (span.ends - now)
        span.left, span.part = left(span.left, span.part, elapsed, before), left_part(span.part, elapsed, before)
        takes = paced(span.left, span.part, pace)
        span.ends = now + takes
        stale, span.work = span.work, Timer(self.clock, takes, rank_of(WORKED, span.ident), on_calendar=True)
        span.work.callbacks, stale.callbacks = stale.callbacks, []

    def crash(self, replica: Replica, *, silent: bool) -> None:
        """A replica goes down: its requests and its queue are lost, its consumers fall silent."""
        recorder.note(self.r, self.clock.now, fields.FACT_CRASHED, replica.number, int(silent))
        replica.up = False
        replica.silent = silent
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
            del self.awaited[child.ident]
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
            else:
                recorder.rested(self.r, self.clock.now, group.number)
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
