"""Faults: what the environment does to replicas; what it does to other things is in `family_faults.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim import network
from sim.engine.simpy_engine import (
    balancing,
    branches,
    caches,
    health,
    leaving,
    lives,
    log,
    outages,
    processors,
    queue,
    sagas,
    standstill,
    stores,
    waiting,
)
from sim.engine.simpy_engine.attempts import reply
from sim.engine.simpy_engine.broker_state import ConsumerGroup, LogDelivery, QueueReaders
from sim.engine.simpy_engine.clock import Timer
from sim.engine.simpy_engine.family_faults import family_alter
from sim.engine.simpy_engine.lost_calls import forget
from sim.faults.effects import KEEPS_QUEUE, KEEPS_WORK
from sim.record import fields, outcomes, recorder
from sim.semantics import order, rules
from sim.semantics.scaling import SERVING

if TYPE_CHECKING:
    from sim.engine.simpy_engine.broker_state import Consumer, Readers
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Replica, Span
    from sim.network import ScheduledFault


def alter(run: Run, fault: ScheduledFault) -> None:
    """A change of the environment takes place."""
    if fault.verb >= network.VERBS_OF_FAMILIES:
        family_alter(run, fault)
        return
    replica = run.replicas[fault.number]
    if fault.verb == network.PACE:
        set_pace(run, replica, fault.value)
    elif fault.verb == network.CRASH:
        crash(run, replica, silent=fault.value & 1 == 1, keeps=fault.value)
    elif fault.verb == network.EJECT:
        eject(run, replica)
    elif fault.verb == network.HALT:
        standstill.halt(run, replica, fault.value)
    elif fault.verb == network.CORES:
        standstill.set_cores(run, replica, fault.value)
    elif fault.verb == network.LEAK:
        standstill.leak(run, replica, fault.value)
    elif fault.verb == network.RESTART:
        restart(run, replica)
    else:
        replace(run, replica, fault.verb)


def set_pace(run: Run, replica: Replica, pace: int) -> None:
    """A replica works at another pace from now on, also on what it has begun."""
    now = run.clock.now
    recorder.note(run.r, now, fields.facts.FACT_PACED, replica.number, pace)
    before, replica.pace = replica.pace, pace
    if pace == before or processors.set_pace(run, replica):
        return
    consuming = [one.delivery.span for one in replica.consumers if one.delivery is not None]
    leading = [saga.span for saga in replica.sagas.values()]
    for span in (*replica.residents.values(), *consuming, *leading, *branches.here(run, replica)):
        if span is not None and span.ends > now:
            go_on(run, span, before)


def go_on(run: Run, span: Span, before: int) -> None:
    """Work under way goes on at another pace: who waited for its end waits for another one.

    The end that was foreseen still happens, and nobody hears of it.
    """
    pace, now = span.replica.pace, run.clock.now
    elapsed = rules.paced(span.left, span.part, before) - (span.ends - now)
    span.left, span.part = rules.left(span.left, span.part, elapsed, before), rules.left_part(span.part, elapsed, before)
    takes = rules.paced(span.left, span.part, pace)
    span.ends = now + takes
    stale, span.work = span.work, Timer(run.clock, takes, order.rank_of(order.WORKED, span.ident), on_calendar=True)
    span.work.callbacks, stale.callbacks = stale.callbacks, []


def crash(run: Run, replica: Replica, *, silent: bool, keeps: int = 0) -> None:
    """A replica goes down, if there is one."""
    if replica.life is not None and not lives.struck(run, replica, silent=silent):
        return
    recorder.note(run.r, run.clock.now, fields.facts.FACT_CRASHED, replica.number, int(silent))
    go_down(run, replica, silent=silent, keeps=keeps)


def go_down(run: Run, replica: Replica, *, silent: bool, keeps: int = 0) -> None:
    """The requests of a replica and its queue are lost, its consumers fall silent; or what it ``keeps`` is not."""
    replica.up = replica.opens = False
    replica.silent = silent
    replica.kept = keeps & KEEPS_WORK != 0
    if not replica.kept:
        stores.leave(run, replica)
        caches.leave(run, replica)
    lose(run, replica, keeps)
    if replica.kept:
        health.went_down(run, replica)
    else:
        lose_all_else(run, replica, silent=silent)


def lose(run: Run, replica: Replica, keeps: int) -> None:
    """The requests of a replica that goes down, but for what it keeps."""
    for attempt in list(replica.residents.values()):
        begun = attempt.running or attempt.preempted
        if keeps & (KEEPS_WORK if begun else KEEPS_QUEUE) == 0:
            remove(run, attempt)
            kill(run, attempt, silent=replica.silent)


def lose_all_else(run: Run, replica: Replica, *, silent: bool) -> None:
    """What else a replica that goes down knows: its consumers fall silent, nobody leads its sagas."""
    replica.busy = 0
    standstill.workers_back(run, replica)
    stop_reading(run, replica, tells=not silent)
    for saga in list(replica.sagas.values()):
        if saga.span is not None:
            leaving.abandon(run, saga.span, outcomes.CRASHED, tells=not silent)
        sagas.go_down(run, saga)
    caches.go_cold(run, replica, tells=not silent)
    leaving.lose_branches(run, replica, tells=not silent)
    outages.lose(run, replica)
    forget(run, replica)
    health.went_down(run, replica)
    for readers in readers_of(run, replica):
        if isinstance(readers, ConsumerGroup) and readers.rebalancing:
            log.share_out(run, readers)


def stop_reading(run: Run, replica: Replica, *, tells: bool) -> None:
    """The consumers of a replica that goes down fall silent."""
    for consumer in replica.consumers:
        readers = run.groups[consumer.group]
        if isinstance(readers, QueueReaders):
            fall_silent(run, readers, consumer, tells=tells)
        elif isinstance(readers, ConsumerGroup):
            silence(run, readers, consumer, tells=tells)


def remove(run: Run, attempt: Span) -> None:
    """A request is at its replica no more, wherever it stood there."""
    del attempt.replica.residents[attempt.ident]
    if not attempt.running:
        waiting.leave(run, attempt)
    elif attempt.replica.at_work:
        waiting.over(run, attempt)


def readers_of(run: Run, replica: Replica) -> list[Readers]:
    """The subscriptions that have consumers on a replica, each once."""
    return [run.groups[number] for number in sorted({consumer.group for consumer in replica.consumers})]


def kill(run: Run, attempt: Span, *, silent: bool) -> None:
    """A request goes down with its replica; unless silently, the connection tells the caller."""
    now = run.clock.now
    if attempt.running:
        held, orphan = now - attempt.started_at, int(not attempt.awaited)
        recorder.ended(run.r, now, attempt.replica.service, attempt.ident, outcomes.CRASHED, held, orphan)
    else:
        leaving.record_waiting(run, attempt, outcomes.CRASHED)
    leaving.abandon(run, attempt, outcomes.CRASHED, tells=not silent)
    if not silent:
        reply(run, attempt, outcomes.CRASHED)


def silence(run: Run, group: ConsumerGroup, consumer: Consumer, *, tells: bool) -> None:
    """A member of a group goes down: its message is lost or will come again, its partitions wait for the session timeout."""
    delivery, now, was_member = consumer.delivery, run.clock.now, consumer.alive
    if isinstance(delivery, LogDelivery):
        delivery.dead = True
        if delivery.span is not None:
            held = now - delivery.span.started_at
            recorder.consumed(run.r, now, group.number, delivery.span.ident, outcomes.CRASHED, held)
            leaving.abandon(run, delivery.span, outcomes.CRASHED, tells=tells)
        else:
            recorder.rested(run.r, now, group.number)
        if group.handled[delivery.partition] <= delivery.at < group.committed[delivery.partition]:  # it will not come again
            log.account(run, group, delivery, fields.groups.GROUP_LOST if group.spec.before else fields.groups.GROUP_EXPIRED)
        consumer.delivery = None
    consumer.alive = False
    consumer.incarnation += 1
    for number, owner in enumerate(group.owner):
        if owner is consumer:
            group.owner[number] = None
    if not was_member:  # it had left the group
        return
    rank = order.rank_of(order.SESSION, order.identity(consumer.number, 0, consumer.incarnation % order.OCCURRENCES_MAX))
    run.clock.after(group.spec.session, rank, log.session_over, run, consumer, consumer.incarnation)


def fall_silent(run: Run, readers: QueueReaders, consumer: Consumer, *, tells: bool) -> None:
    """A consumer of a queue goes down: its messages are lost, or are seen again when their visibility is over."""
    delivery, now, held = consumer.delivery, run.clock.now, readers.held[consumer.number]
    if consumer.alive and queue.had(readers, consumer) < readers.spec.prefetch:
        readers.open.remove(consumer)
    if delivery is not None and delivery.span is not None:
        delivery.dead = True
        lasted = now - delivery.span.started_at
        recorder.consumed(run.r, now, readers.number, delivery.span.ident, outcomes.CRASHED, lasted)
        leaving.abandon(run, delivery.span, outcomes.CRASHED, tells=tells)
        queue.lose(run, readers, delivery.message)
        consumer.delivery = None
    for one in held:
        queue.lose(run, readers, one.message)
    held.clear()
    queue.break_off(consumer)
    consumer.alive = False


def eject(run: Run, replica: Replica) -> None:
    """The balancer notices that a replica is down and takes it from its list."""
    if not replica.up and replica.service not in run.checks and balancing.delist(run, replica):
        recorder.note(run.r, run.clock.now, fields.facts.FACT_EJECTED, replica.number, 0)


def restart(run: Run, replica: Replica) -> None:
    """A replica comes back, empty, if there is one."""
    recorder.note(run.r, run.clock.now, fields.facts.FACT_RESTARTED, replica.number, 0)
    if replica.life is None or lives.mended(run, replica):
        come_up(run, replica, new=False)


def come_up(run: Run, replica: Replica, *, new: bool) -> None:
    """A replica is up; unless it is to be replaced, it takes part."""
    replica.up = True
    replica.opens = replica.halted_until == 0
    takes_part = replica.life is None or replica.life.withdrawn == 0
    if takes_part:
        enroll(run, replica, new=new)
    standstill.take_up(run, replica)
    if replica.kept:
        return
    if takes_part:
        join_groups(run, replica)
    sagas.come_back(run, replica)


def replace(run: Run, replica: Replica, verb: int) -> None:
    """A replica is withdrawn; or another one has its place: whatever that has kept is lost, and the new one takes part."""
    if verb == network.WITHDRAW:
        lives.withdraw(run, replica)
        return
    if replica.life.phase == SERVING and (replica.residents or replica.kept or branches.here(run, replica)):
        go_down(run, replica, silent=replica.silent)
        if replica.life.down == 0:
            come_up(run, replica, new=True)
    if lives.returned(run, replica):
        enroll(run, replica, new=True)
        join_groups(run, replica)


def enroll(run: Run, replica: Replica, *, new: bool) -> None:
    """Callers have a replica in their lists."""
    if new:
        lives.step_in(run, replica)
    elif replica.service not in run.checks:
        balancing.enlist(run, replica)


def join_groups(run: Run, replica: Replica) -> None:
    """The consumers of a replica read from now on."""
    for consumer in replica.consumers:
        consumer.alive = True
    for readers in readers_of(run, replica):
        if isinstance(readers, QueueReaders):
            queue.come_back(run, readers, replica)
        elif isinstance(readers, ConsumerGroup):
            log.rebalance(run, readers)
