"""The books are closed: all areas brought up to the horizon, and what is still inside counted, row by row.

    resident requests, deliveries in hand    how long they have held, or waited, so far
    frames that somebody waits for           attempts without an answer
    traces                                   requests without an answer, flows under way
    logs from each group's commit on         messages that are not handled

Everything is counted twice: into the recorder's levels as it happened, and here from the rows themselves; the ledger holds one
against the other.
"""

from sim.engine.compiled_engine.layout import (
    AWAITED,
    C_EDGE,
    CHUNK_HEAD,
    F_ARRIVED_AT,
    F_CALLER,
    F_IDENT,
    F_RESIDENT_NEXT,
    F_SENT_AT,
    F_SITE,
    F_SIZE,
    F_STARTED_AT,
    F_STATE,
    FREE,
    G_CONSUMER_COUNT,
    G_CONSUMERS,
    G_NUMBER,
    G_PARTITIONS,
    G_SIZE,
    G_TOPIC,
    H_EDGE_COUNT,
    H_FLOW_COUNT,
    H_FRAMES_CHUNK,
    H_GROUP_COUNT,
    H_GROUPS,
    H_HORIZON,
    H_INSIDE,
    H_PLACES,
    H_REPLICA_COUNT,
    H_REPLICAS,
    H_SERVICE_COUNT,
    H_TRACE_SIZE,
    H_TRACES_CHUNK,
    K_FRAME,
    K_MESSAGE,
    K_OFFSET,
    K_PARTITION,
    K_SIZE,
    L_END,
    L_SIZE,
    M_APPENDED_AT,
    M_NEXT,
    P_COMMITTED,
    P_COMMITTED_MESSAGE,
    P_HANDLED,
    P_SIZE,
    R_BUSY,
    R_QUEUE_LENGTH,
    R_RESIDENT_HEAD,
    R_SERVICE,
    R_SIZE,
    S_NUMBER,
    T_LOGS,
    T_PARTITIONS,
    W_DEADLINE,
    W_EFFECT_ROW,
    W_EFFECTS,
    W_NUMBER,
    WORKING,
    X_ANSWERED,
    X_CLOSED,
    X_COUNTS,
    X_FAILED,
    X_FLOW,
    X_REFERENCES,
    X_STARTED_AT,
)
from sim.record import closing, recorder, tally
from sim.record.effects import DONE, PENDING
from sim.shared import Words


def close_books(m: Words, r: Words) -> None:
    """Bring all areas up to the horizon, count what is still inside, and put the last histograms away."""
    recorder.flush(r, m[H_HORIZON])
    at = m[H_INSIDE]
    for number in range(m[H_REPLICA_COUNT]):
        count_replica(m, r, at, m[H_REPLICAS] + number * R_SIZE)
    at += 2 * m[H_SERVICE_COUNT]
    for number in range(m[H_GROUP_COUNT]):
        count_group(m, r, at + 4 * number, m[H_GROUPS] + number * G_SIZE)
    at += 4 * m[H_GROUP_COUNT]
    count_attempts(m, r, at)
    at += m[H_EDGE_COUNT]
    count_traces(m, r, at)
    count_effects(m, at + 2 * m[H_FLOW_COUNT])
    tally.put_away(r)


def count_replica(m: Words, r: Words, at: int, replica: int) -> None:
    """Requests in the queue of a replica and at its workers."""
    service = m[m[replica + R_SERVICE] + S_NUMBER]
    m[at + 2 * service] += m[replica + R_QUEUE_LENGTH]
    m[at + 2 * service + 1] += m[replica + R_BUSY]
    f = m[replica + R_RESIDENT_HEAD]
    while f != 0:
        working = m[f + F_STATE] == WORKING
        since = m[f + F_STARTED_AT] if working else m[f + F_ARRIVED_AT]
        closing.still_inside(r, service, working, m[H_HORIZON] - since)
        f = m[f + F_RESIDENT_NEXT]


def count_group(m: Words, r: Words, at: int, group: int) -> None:
    """Messages that a group has not committed, deliveries at work and at rest, messages that it has not handled."""
    horizon, number = m[H_HORIZON], m[group + G_NUMBER]
    logs = m[m[group + G_TOPIC] + T_LOGS]
    for partition in range(m[m[group + G_TOPIC] + T_PARTITIONS]):
        p = m[group + G_PARTITIONS] + partition * P_SIZE
        m[at] += m[logs + partition * L_SIZE + L_END] - m[p + P_COMMITTED]
        offset, message = m[p + P_COMMITTED], m[p + P_COMMITTED_MESSAGE]
        while message != 0:
            if offset >= m[p + P_HANDLED]:
                count_message(m, r, at, number, message)
            offset += 1
            message = m[message + M_NEXT]
    for index in range(m[group + G_CONSUMER_COUNT]):
        consumer = m[group + G_CONSUMERS] + index * K_SIZE
        if m[consumer + K_MESSAGE] == 0:
            continue
        f = m[consumer + K_FRAME]
        if m[f + F_STATE] == WORKING:
            m[at + 1] += 1
            closing.still_consuming(r, number, horizon - m[f + F_STARTED_AT])
        else:
            m[at + 2] += 1
        p = m[group + G_PARTITIONS] + m[consumer + K_PARTITION] * P_SIZE
        offset = m[consumer + K_OFFSET]
        if offset >= m[p + P_HANDLED] and offset < m[p + P_COMMITTED]:
            count_message(m, r, at, number, m[consumer + K_MESSAGE])


def count_message(m: Words, r: Words, at: int, number: int, message: int) -> None:
    """A message that a group has not handled."""
    m[at + 3] += 1
    since = m[message + M_APPENDED_AT]
    closing.still_unhandled(r, number, since, m[H_HORIZON] - since)


def count_attempts(m: Words, r: Words, at: int) -> None:
    """Attempts that a caller still waits for."""
    chunk = m[H_FRAMES_CHUNK]
    while chunk != 0:
        first = chunk + CHUNK_HEAD
        for row in range(m[chunk + 1]):
            f = first + row * F_SIZE
            if m[f + F_IDENT] != FREE and m[f + F_CALLER] == AWAITED:
                edge = m[m[f + F_SITE] + C_EDGE]
                m[at + edge] += 1
                closing.still_awaited(r, edge, m[f + F_SENT_AT], m[H_HORIZON] - m[f + F_SENT_AT])
        chunk = m[chunk]


def count_traces(m: Words, r: Words, at: int) -> None:
    """Requests without an answer, and flows of which some part is under way."""
    chunk = m[H_TRACES_CHUNK]
    while chunk != 0:
        first = chunk + CHUNK_HEAD
        for row in range(m[chunk + 1]):
            x = first + row * m[H_TRACE_SIZE]
            if m[x + X_REFERENCES] > 0:
                flow, since = m[m[x + X_FLOW] + W_NUMBER], m[x + X_STARTED_AT]
                age = m[H_HORIZON] - since
                if m[x + X_ANSWERED] == 0:
                    m[at + 2 * flow] += 1
                    closing.still_unanswered(r, flow, since, age)
                if m[x + X_CLOSED] == 0:
                    m[at + 2 * flow + 1] += 1
                    closing.still_under_way(r, flow, since, age, m[x + X_FAILED], m[m[x + X_FLOW] + W_DEADLINE])
        chunk = m[chunk]


def count_effects(m: Words, at: int) -> None:
    """Effects that are still to come, and effects that are done and no client has been told of."""
    chunk = m[H_TRACES_CHUNK]
    while chunk != 0:
        first = chunk + CHUNK_HEAD
        for row in range(m[chunk + 1]):
            x = first + row * m[H_TRACE_SIZE]
            if m[x + X_REFERENCES] > 0:
                flow = m[x + X_FLOW]
                for place in range(m[flow + W_EFFECTS]):
                    state = m[x + X_COUNTS + m[H_PLACES] + place]
                    to = at + 2 * (m[flow + W_EFFECT_ROW] + place)
                    m[to] += state == PENDING
                    m[to + 1] += state == DONE and m[x + X_ANSWERED] == 0
        chunk = m[chunk]
