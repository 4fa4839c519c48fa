"""Faults: what the environment does to replicas. The readable engine's verbs, in its order."""

from sim import network
from sim.engine.compiled_engine import (
    balancing,
    caches,
    codes,
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
    watched,
)
from sim.engine.compiled_engine.broker_state import Consumer
from sim.engine.compiled_engine.calendar import after, heap_push
from sim.engine.compiled_engine.calls import reply
from sim.engine.compiled_engine.family_faults import family_alter
from sim.engine.compiled_engine.family_rows import ScheduledFault
from sim.engine.compiled_engine.lost_calls import forget
from sim.engine.compiled_engine.memory import release_span
from sim.engine.compiled_engine.serving import remove_resident, unlink
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.faults import effects
from sim.record import fields, recorder
from sim.record.outcomes import CRASHED
from sim.rows import NOWHERE
from sim.semantics import order, rules
from sim.semantics.scaling import SERVING
from sim.shared import Words, rare


@rare
def alter(m: World, r: Words, fault: ScheduledFault) -> None:
    """A change of the environment takes place."""
    verb, value = fault.verb, fault.value
    if verb >= network.VERBS_OF_FAMILIES:
        family_alter(m, r, verb, fault.thing, value)
        return
    replica = Replica(m, fault.thing)
    if verb == network.PACE:
        set_pace(m, r, replica, value)
    elif verb == network.CRASH:
        crash(m, r, replica, value)
    elif verb == network.EJECT:
        eject(m, r, replica)
    elif verb == network.RESTART:
        restart(m, r, replica)
    elif verb == network.WITHDRAW or verb == network.RETURN:  # noqa: PLR1714 - no sets here
        replace(m, r, replica, verb)
    else:
        standstill.alter(m, r, replica, verb, value)


def set_pace(m: World, r: Words, replica: Replica, pace: int) -> None:
    """A replica works at another pace from now on, also on what it has begun."""
    recorder.note(r, m.now, fields.facts.FACT_PACED, replica.number, pace)
    before = replica.pace
    replica.pace = pace
    if pace == before or processors.set_pace(m, replica):
        return
    span = replica.resident_head
    while span:
        go_on(m, span, before, pace)
        span = span.resident_next
    for index in range(replica.consumer_count):
        span = replica.consumers[index].span
        if span:
            go_on(m, span, before, pace)
    saga = replica.saga_head
    while saga:
        if saga.span:
            go_on(m, saga.span, before, pace)
        saga = saga.next
    branch = replica.branch_first
    while branch:
        go_on(m, branch, before, pace)
        branch = branch.resident_next


def go_on(m: World, span: Span, before: int, pace: int) -> None:
    """Work under way goes on at another pace; the event that was to be its end is stale, unless that is when it ends."""
    now = m.now
    if span.state != codes.WORKING or span.work_ends <= now:
        return
    work, part = span.work, span.work_part
    elapsed = rules.paced(work, part, before) - (span.work_ends - now)
    span.work = rules.left(work, part, elapsed, before)
    span.work_part = rules.left_part(part, elapsed, before)
    span.work_ends = now + rules.paced(span.work, span.work_part, pace)
    heap_push(m, span.work_ends, order.rank_of(order.WORKED, span.ident), span.at)


def crash(m: World, r: Words, replica: Replica, how: int) -> None:
    """A replica goes down, if there is one."""
    silent = how & 1
    if replica.life and not lives.struck(m, r, replica, silent):
        return
    recorder.note(r, m.now, fields.facts.FACT_CRASHED, replica.number, silent)
    go_down(m, r, replica, how)


def go_down(m: World, r: Words, replica: Replica, how: int) -> None:
    """The requests of a replica and its queue are lost, its consumers fall silent; or what it keeps is not."""
    silent = how & 1
    replica.up = 0
    replica.opens = 0
    replica.silent = silent
    replica.kept = 1 if how & effects.KEEPS_WORK != 0 else 0
    if replica.kept == 0:
        if m.store_count > 0 or m.key_lock_count > 0:
            stores.leave(m, r, replica)
        if m.cache_count > 0:
            caches.leave(m, r, replica)
    span = replica.resident_head
    while span:
        following = span.resident_next
        if how & (effects.KEEPS_QUEUE if span.state == codes.WAITING else effects.KEEPS_WORK) == 0:
            remove(replica, span)
            kill(m, r, span, replica, silent)
        span = following
    if replica.kept != 0:
        health.went_down(m, replica)
        return
    watched.took(m, replica, -replica.busy)
    replica.busy = 0
    standstill.workers_back(m, r, replica)
    for index in range(replica.consumer_count):
        consumer = replica.consumers[index]
        if consumer.group.channel.queue:
            fall_silent(m, r, consumer, silent == 0)
        else:
            silence(m, r, consumer, silent == 0)
    saga = replica.saga_head
    while saga:
        following_saga = saga.next
        if saga.span:
            leader = saga.span
            leaving.abandon(m, r, leader, CRASHED, silent == 0)
            leader.state = codes.OVER
            release_span(m, leader)
        sagas.go_down(m, r, saga)
        saga = following_saga
    if m.cache_count > 0:
        caches.go_cold(m, r, replica, silent == 0)
    leaving.lose_branches(m, r, replica, silent == 0)
    outages.lose(m, r, replica)
    forget(m, r, replica)
    health.went_down(m, replica)
    for index in range(replica.group_count):
        group = replica.groups_list[index]
        if group.rebalancing != 0:
            log.share_out(m, r, group)


def remove(replica: Replica, span: Span) -> None:
    """A request is at its replica no more, wherever it stood there."""
    remove_resident(replica, span)
    if span.state == codes.WORKING:
        waiting.over(span)
    else:
        unlink(replica, span)


def kill(m: World, r: Words, span: Span, replica: Replica, silent: int) -> None:
    """A request goes down with its replica; unless silently, the connection tells the caller."""
    now = m.now
    number = replica.service.number
    if span.state == codes.WORKING:
        orphan = 0 if span.caller == codes.AWAITED else 1
        recorder.ended(r, now, number, span.ident, CRASHED, now - span.started_at, orphan)
    else:
        leaving.record_waiting(m, r, span, CRASHED)
    leaving.abandon(m, r, span, CRASHED, silent == 0)
    if silent == 0:
        reply(m, r, span, CRASHED)
    else:
        span.state = codes.OVER
        release_span(m, span)


def silence(m: World, r: Words, consumer: Consumer, tells: bool) -> None:  # noqa: FBT001
    """A member of a group goes down: its message is lost or will come again, its partitions wait for the session timeout."""
    now = m.now
    group = consumer.group
    message = consumer.message
    if message:
        span = consumer.span
        if span.state == codes.WORKING:
            recorder.consumed(r, now, group.number, span.ident, CRASHED, now - span.started_at)
            leaving.abandon(m, r, span, CRASHED, tells)
        else:
            recorder.rested(r, now, group.number)
        span.state = codes.OVER
        release_span(m, span)
        p = group.partitions[consumer.partition]
        if p.handled <= consumer.offset and consumer.offset < p.committed:  # it will not come again
            field = fields.groups.GROUP_LOST if group.before != 0 else fields.groups.GROUP_EXPIRED
            log.account(m, r, group, p, message, consumer.offset, field)
        consumer.message = NOWHERE
        consumer.span = NOWHERE
        group.busy -= 1
        log.let_go(m, group.channel.logs[consumer.partition], message)
    was_member = consumer.alive != 0
    consumer.alive = 0
    consumer.incarnation += 1
    for number in range(consumer.first, consumer.first + consumer.owned):
        group.partitions[number].owner = NOWHERE
    log.leave_alone(consumer)
    if was_member:  # else it had left the group
        after(m, group.session, order.rank_of(order.SESSION, log.session_ident(consumer)), consumer.at)


def fall_silent(m: World, r: Words, consumer: Consumer, tells: bool) -> None:  # noqa: FBT001
    """A consumer of a queue goes down: its messages are lost, or are seen again when their visibility is over."""
    now = m.now
    readers, message = consumer.group, consumer.message
    if consumer.alive != 0 and queue.had(consumer) < readers.prefetch:
        queue.close(readers.channel.queue, consumer)
    if message:
        span = consumer.span
        recorder.consumed(r, now, readers.number, span.ident, CRASHED, now - span.started_at)
        leaving.abandon(m, r, span, CRASHED, tells)
        span.state = codes.OVER
        release_span(m, span)
        queue.stop_beat(m, consumer)
        queue.lose(m, r, readers, message)
        consumer.message = NOWHERE
        consumer.span = NOWHERE
    for index in range(consumer.held_count):
        queue.lose(m, r, readers, consumer.held[(consumer.held_first + index) % readers.prefetch].message)
    consumer.held_count = 0
    queue.break_off(consumer)
    consumer.alive = 0


def eject(m: World, r: Words, replica: Replica) -> None:
    """The balancer notices that a replica is down and takes it from its list."""
    if replica.up != 0:
        return
    if not replica.service.checks and balancing.delist(m, replica):
        recorder.note(r, m.now, fields.facts.FACT_EJECTED, replica.number, 0)


def restart(m: World, r: Words, replica: Replica) -> None:
    """A replica comes back, empty, if there is one."""
    recorder.note(r, m.now, fields.facts.FACT_RESTARTED, replica.number, 0)
    if not replica.life or lives.mended(m, r, replica):
        come_up(m, r, replica, False)


def come_up(m: World, r: Words, replica: Replica, new: bool) -> None:  # noqa: FBT001
    """A replica is up; unless it is to be replaced, it takes part."""
    replica.up = 1
    replica.opens = 1 if replica.halted_until == 0 else 0
    takes_part = not replica.life or replica.life.withdrawn == 0
    if takes_part:
        enroll(m, r, replica, new)
    standstill.take_up(m, r, replica)
    if replica.kept != 0:
        return
    if takes_part:
        join_groups(m, r, replica)
    sagas.come_back(m, r, replica)


def replace(m: World, r: Words, replica: Replica, verb: int) -> None:
    """A replica is withdrawn; or another one has its place: whatever that has kept is lost, and the new one takes part."""
    if verb == network.WITHDRAW:
        lives.withdraw(m, r, replica)
        return
    if replica.life.phase == SERVING and (replica.resident_head or replica.kept != 0 or replica.branch_first):
        go_down(m, r, replica, replica.silent)
        if replica.life.down == 0:
            come_up(m, r, replica, True)
    if lives.returned(m, r, replica):
        enroll(m, r, replica, True)
        join_groups(m, r, replica)


def enroll(m: World, r: Words, replica: Replica, new: bool) -> None:  # noqa: FBT001
    """Callers have a replica in their lists."""
    if new:
        lives.step_in(m, r, replica)
    elif not replica.service.checks:
        balancing.enlist(m, replica)


def join_groups(m: World, r: Words, replica: Replica) -> None:
    """The consumers of a replica read from now on."""
    for index in range(replica.consumer_count):
        replica.consumers[index].alive = 1
    for index in range(replica.group_count):
        group = replica.groups_list[index]
        if group.channel.queue:
            queue.come_back(m, r, group, replica)
        else:
            log.rebalance(m, r, group)
