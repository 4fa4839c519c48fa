"""Faults: what the environment does to replicas. The readable engine's verbs, in its order."""

from sim.alterations import CRASH, EJECT, PACE
from sim.engine.compiled_engine.broker import account, let_go, rebalance, session_ident, share_out
from sim.engine.compiled_engine.calls import reply, stop_timer
from sim.engine.compiled_engine.layout import (
    A_REPLICA,
    A_VALUE,
    A_VERB,
    AWAITED,
    C_EDGE,
    F_ARRIVED_AT,
    F_CALLER,
    F_CHILD,
    F_IDENT,
    F_RESIDENT_NEXT,
    F_SIBLING,
    F_SITE,
    F_STARTED_AT,
    F_STATE,
    F_WORK,
    F_WORK_ENDS,
    F_WORK_PART,
    G_BEFORE,
    G_NUMBER,
    G_PARTITIONS,
    G_REBALANCING,
    G_SESSION,
    G_TOPIC,
    GONE,
    H_NOW,
    K_ALIVE,
    K_FRAME,
    K_GROUP,
    K_INCARNATION,
    K_MESSAGE,
    K_OFFSET,
    K_PARTITION,
    OVER,
    P_HANDLED,
    P_OWNER,
    P_SIZE,
    R_BUSY,
    R_CONSUMER_COUNT,
    R_CONSUMERS,
    R_GROUP_COUNT,
    R_GROUPS_LIST,
    R_NUMBER,
    R_PACE,
    R_QUEUE_HEAD,
    R_QUEUE_LENGTH,
    R_QUEUE_TAIL,
    R_RESIDENT_HEAD,
    R_RESIDENT_TAIL,
    R_SERVICE,
    R_SILENT,
    R_UP,
    S_LIST,
    S_LISTED,
    S_NUMBER,
    T_PARTITIONS,
    WORKING,
)
from sim.engine.compiled_engine.memory import after, heap_push, release_frame
from sim.engine.order import SESSION, WORKED, rank_of
from sim.engine.rules import left, left_part, paced
from sim.record import recorder
from sim.record.fields import FACT_CRASHED, FACT_EJECTED, FACT_PACED, FACT_RESTARTED, GROUP_LOST
from sim.record.outcomes import CRASHED
from sim.shared import Words


def alter(m: Words, r: Words, alteration: int) -> None:
    """A change of the environment takes place."""
    replica, verb, value = m[alteration + A_REPLICA], m[alteration + A_VERB], m[alteration + A_VALUE]
    if verb == PACE:
        set_pace(m, r, replica, value)
    elif verb == CRASH:
        crash(m, r, replica, value)
    elif verb == EJECT:
        eject(m, r, replica)
    else:
        restart(m, r, replica)


def set_pace(m: Words, r: Words, replica: int, pace: int) -> None:
    """A replica works at another pace from now on, also on what it has begun."""
    recorder.note(r, m[H_NOW], FACT_PACED, m[replica + R_NUMBER], pace)
    before = m[replica + R_PACE]
    m[replica + R_PACE] = pace
    if pace == before:
        return
    f = m[replica + R_RESIDENT_HEAD]
    while f != 0:
        go_on(m, f, before, pace)
        f = m[f + F_RESIDENT_NEXT]
    for index in range(m[replica + R_CONSUMER_COUNT]):
        f = m[m[m[replica + R_CONSUMERS] + index] + K_FRAME]
        if f != 0:
            go_on(m, f, before, pace)


def go_on(m: Words, f: int, before: int, pace: int) -> None:
    """Work under way goes on at another pace; the event that was to be its end is stale, unless that is when it ends."""
    now = m[H_NOW]
    if m[f + F_STATE] != WORKING or m[f + F_WORK_ENDS] <= now:
        return
    work, part = m[f + F_WORK], m[f + F_WORK_PART]
    elapsed = paced(work, part, before) - (m[f + F_WORK_ENDS] - now)
    m[f + F_WORK] = left(work, part, elapsed, before)
    m[f + F_WORK_PART] = left_part(part, elapsed, before)
    m[f + F_WORK_ENDS] = now + paced(m[f + F_WORK], m[f + F_WORK_PART], pace)
    heap_push(m, m[f + F_WORK_ENDS], rank_of(WORKED, m[f + F_IDENT]), f)


def crash(m: Words, r: Words, replica: int, silent: int) -> None:
    """A replica goes down: its requests and its queue are lost, its consumers fall silent."""
    recorder.note(r, m[H_NOW], FACT_CRASHED, m[replica + R_NUMBER], silent)
    m[replica + R_UP] = 0
    m[replica + R_SILENT] = silent
    f = m[replica + R_RESIDENT_HEAD]
    while f != 0:
        following = m[f + F_RESIDENT_NEXT]
        kill(m, r, f, replica, silent)
        f = following
    m[replica + R_RESIDENT_HEAD] = 0
    m[replica + R_RESIDENT_TAIL] = 0
    m[replica + R_QUEUE_HEAD] = 0
    m[replica + R_QUEUE_TAIL] = 0
    m[replica + R_QUEUE_LENGTH] = 0
    m[replica + R_BUSY] = 0
    for index in range(m[replica + R_CONSUMER_COUNT]):
        silence(m, r, m[m[replica + R_CONSUMERS] + index])
    for index in range(m[replica + R_GROUP_COUNT]):
        group = m[m[replica + R_GROUPS_LIST] + index]
        if m[group + G_REBALANCING] != 0:
            share_out(m, r, group)


def kill(m: Words, r: Words, f: int, replica: int, silent: int) -> None:
    """A request goes down with its replica; unless silently, the connection tells the caller."""
    now = m[H_NOW]
    number = m[m[replica + R_SERVICE] + S_NUMBER]
    if m[f + F_STATE] == WORKING:
        orphan = 0 if m[f + F_CALLER] == AWAITED else 1
        recorder.ended(r, now, number, m[f + F_IDENT], CRASHED, now - m[f + F_STARTED_AT], orphan)
    else:
        recorder.killed_waiting(r, now, number, m[f + F_IDENT], now - m[f + F_ARRIVED_AT])
    abandon(m, r, f)
    if silent == 0:
        reply(m, f, CRASHED)
    else:
        m[f + F_STATE] = OVER
        release_frame(m, f)


def abandon(m: Words, r: Words, f: int) -> None:
    """A handler is no more: nobody waits for the calls it had sent."""
    child = m[f + F_CHILD]
    while child != 0:
        following = m[child + F_SIBLING]
        if m[child + F_CALLER] == AWAITED:
            stop_timer(m, child)
            recorder.settled(r, m[H_NOW], m[m[child + F_SITE] + C_EDGE], m[child + F_IDENT], CRASHED)
        m[child + F_SIBLING] = 0
        m[child + F_CALLER] = GONE
        release_frame(m, child)
        child = following
    m[f + F_CHILD] = 0


def silence(m: Words, r: Words, consumer: int) -> None:
    """A consumer goes down: its message is lost or will come again, its partitions wait for the session timeout."""
    now = m[H_NOW]
    group = m[consumer + K_GROUP]
    message = m[consumer + K_MESSAGE]
    if message != 0:
        f = m[consumer + K_FRAME]
        if m[f + F_STATE] == WORKING:
            recorder.consumed(r, now, m[group + G_NUMBER], m[f + F_IDENT], CRASHED, now - m[f + F_STARTED_AT])
            abandon(m, r, f)
        else:
            recorder.rested(r, now, m[group + G_NUMBER])
        m[f + F_STATE] = OVER
        release_frame(m, f)
        p = m[group + G_PARTITIONS] + m[consumer + K_PARTITION] * P_SIZE
        if m[group + G_BEFORE] != 0 and m[consumer + K_OFFSET] >= m[p + P_HANDLED]:
            account(m, r, group, p, message, m[consumer + K_OFFSET], GROUP_LOST)
        m[consumer + K_MESSAGE] = 0
        m[consumer + K_FRAME] = 0
        let_go(m, message)
    m[consumer + K_ALIVE] = 0
    m[consumer + K_INCARNATION] += 1
    for number in range(m[m[group + G_TOPIC] + T_PARTITIONS]):
        p = m[group + G_PARTITIONS] + number * P_SIZE
        if m[p + P_OWNER] == consumer:
            m[p + P_OWNER] = 0
    after(m, m[group + G_SESSION], rank_of(SESSION, session_ident(m, consumer)), consumer)


def eject(m: Words, r: Words, replica: int) -> None:
    """The balancer notices that a replica is down and takes it from its list."""
    if m[replica + R_UP] != 0:
        return
    service = m[replica + R_SERVICE]
    at = m[service + S_LIST]
    end = at + m[service + S_LISTED]
    while at < end and m[at] != replica:
        at += 1
    if at == end:
        return
    while at < end - 1:
        m[at] = m[at + 1]
        at += 1
    m[service + S_LISTED] -= 1
    recorder.note(r, m[H_NOW], FACT_EJECTED, m[replica + R_NUMBER], 0)


def restart(m: Words, r: Words, replica: int) -> None:
    """A replica comes back, empty; its consumers join their groups again."""
    recorder.note(r, m[H_NOW], FACT_RESTARTED, m[replica + R_NUMBER], 0)
    m[replica + R_UP] = 1
    enlist(m, replica)
    for index in range(m[replica + R_CONSUMER_COUNT]):
        m[m[m[replica + R_CONSUMERS] + index] + K_ALIVE] = 1
    for index in range(m[replica + R_GROUP_COUNT]):
        rebalance(m, r, m[m[replica + R_GROUPS_LIST] + index])


def enlist(m: Words, replica: int) -> None:
    """The balancer has the replica in its list again, in the order of the replicas."""
    service = m[replica + R_SERVICE]
    first = m[service + S_LIST]
    at = first + m[service + S_LISTED]
    while at > first and m[at - 1] > replica:
        at -= 1
    if at > first and m[at - 1] == replica:
        return
    end = first + m[service + S_LISTED]
    while end > at:
        m[end] = m[end - 1]
        end -= 1
    m[at] = replica
    m[service + S_LISTED] += 1
