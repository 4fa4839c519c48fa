"""The log broker: publish, append, deliver, consume, commit, rebalance. The readable engine's verbs, in its order."""

from sim.engine.compiled_engine.calls import part_done, retry_rule, sample, uniform, visit
from sim.engine.compiled_engine.layout import (
    DO_START,
    F_AT,
    F_CONSUMER,
    F_IDENT,
    F_KEY,
    F_OCCURRENCE,
    F_OPERATION,
    F_REPLICA,
    F_STARTED_AT,
    F_STATE,
    F_TRACE,
    G_BEFORE,
    G_BEGAN,
    G_CONSUMER_COUNT,
    G_CONSUMERS,
    G_ELAPSED,
    G_EVERY,
    G_NUMBER,
    G_OPERATION,
    G_PARTITIONS,
    G_PAUSE,
    G_REBALANCING,
    G_RETRY,
    G_RETRY_AT,
    G_RETRY_STREAM,
    G_SEQUENCE,
    G_SIZE,
    G_TOPIC,
    H_GROUPS,
    H_NOW,
    H_OPERATION_COUNT,
    H_TABLES,
    H_TOPICS,
    K_ALIVE,
    K_ATTEMPT,
    K_FRAME,
    K_GROUP,
    K_INCARNATION,
    K_MESSAGE,
    K_NUMBER,
    K_OFFSET,
    K_PARTITION,
    K_REPLICA,
    K_SIZE,
    L_END,
    L_SIZE,
    L_TAIL,
    M_APPENDED_AT,
    M_IDENT,
    M_KEEP,
    M_LOG,
    M_NEXT,
    M_TOPIC,
    M_TRACE,
    O_ENTRY,
    O_NUMBER,
    OVER,
    P_COMMITTED,
    P_COMMITTED_MESSAGE,
    P_DELIVERED,
    P_HANDLED,
    P_OWNER,
    P_POSITION,
    P_POSITION_MESSAGE,
    P_SIZE,
    RESTING,
    T_ACK_STREAM,
    T_BY_KEY,
    T_GROUP_COUNT,
    T_GROUP_LIST,
    T_LATENCY,
    T_LOGS,
    T_PARTITIONS,
    T_PUBLISH_STREAM,
    T_SIZE,
    T_TURN,
    WORKING,
    X_CLOSED,
    X_KEY,
    X_NUMBER,
    X_OPEN,
    X_PARTITION_KEY,
    X_REFERENCES,
)
from sim.engine.compiled_engine.memory import after, release_frame, release_message, take_frame, take_message, then
from sim.engine.order import ACK, APPEND, REBALANCED, RETRY, identity, rank_of
from sim.engine.rules import assigned_to, partition_of, there_and_back
from sim.record import recorder
from sim.record.fields import (
    FACT_ASSIGNED,
    FACT_PUBLISHED,
    FACT_SESSION_EXPIRED,
    GROUP_APPLIED,
    GROUP_DROPPED,
)
from sim.record.outcomes import OK
from sim.shared import Words


def publish(m: Words, r: Words, f: int, number: int, wait: int) -> None:
    """A message leaves for its topic; with ``wait`` the handler goes on when the broker's ack is back."""
    topic = m[H_TOPICS] + number * T_SIZE
    x = m[f + F_TRACE]
    place = m[H_OPERATION_COUNT] + number
    occurrence = visit(m, x, place)
    message = take_message(m)
    ident = identity(m[x + X_NUMBER], place, occurrence)
    m[x + X_REFERENCES] += 1
    m[message + M_TRACE] = x
    m[message + M_IDENT] = ident
    m[message + M_NEXT] = 0
    m[message + M_TOPIC] = topic
    m[message + M_KEEP] = max(m[topic + T_GROUP_COUNT], 1)
    if m[x + X_CLOSED] == 0:
        m[x + X_OPEN] += m[topic + T_GROUP_COUNT]
    recorder.note(r, m[H_NOW], FACT_PUBLISHED, ident, number)
    there = sample(m, m[topic + T_LATENCY], m[topic + T_PUBLISH_STREAM], m[x + X_KEY], occurrence)
    after(m, there, rank_of(APPEND, ident), message)
    if wait != 0:
        back = sample(m, m[topic + T_LATENCY], m[topic + T_ACK_STREAM], m[x + X_KEY], occurrence)
        after(m, there_and_back(there, back), rank_of(ACK, m[f + F_IDENT]), f)


def append(m: Words, r: Words, message: int) -> None:
    """The message is in the log: every group has one more to handle."""
    now = m[H_NOW]
    topic = m[message + M_TOPIC]
    by_key = m[topic + T_BY_KEY] != 0
    number = m[m[message + M_TRACE] + X_PARTITION_KEY] if by_key else m[topic + T_TURN]
    m[topic + T_TURN] += 1
    number = partition_of(number, m[topic + T_PARTITIONS], by_key)
    log = m[topic + T_LOGS] + number * L_SIZE
    m[message + M_APPENDED_AT] = now
    m[message + M_LOG] = log
    if m[topic + T_GROUP_COUNT] == 0:
        release_message(m, message)
        return
    offset = m[log + L_END]
    m[log + L_END] = offset + 1
    if m[log + L_TAIL] != 0:
        m[m[log + L_TAIL] + M_NEXT] = message
    m[log + L_TAIL] = message
    ident = m[message + M_IDENT]
    for index in range(m[topic + T_GROUP_COUNT]):
        group = m[H_GROUPS] + m[m[topic + T_GROUP_LIST] + index] * G_SIZE
        p = m[group + G_PARTITIONS] + number * P_SIZE
        if m[p + P_POSITION_MESSAGE] == 0:
            m[p + P_POSITION_MESSAGE] = message
        if m[p + P_COMMITTED_MESSAGE] == 0:
            m[p + P_COMMITTED_MESSAGE] = message
        recorder.appended(r, now, m[group + G_NUMBER], ident, offset)
        if m[p + P_OWNER] != 0:
            deliver(m, r, group, m[p + P_OWNER])


def deliver(m: Words, r: Words, group: int, consumer: int) -> None:
    """A free consumer takes the message that waits longest at the head of one of its partitions."""
    if m[consumer + K_MESSAGE] != 0 or m[consumer + K_ALIVE] == 0 or m[group + G_REBALANCING] != 0:
        return
    chosen, oldest = -1, 0
    for number in range(m[m[group + G_TOPIC] + T_PARTITIONS]):
        p = m[group + G_PARTITIONS] + number * P_SIZE
        message = m[p + P_POSITION_MESSAGE]
        if m[p + P_OWNER] == consumer and message != 0:
            appended_at = m[message + M_APPENDED_AT]
            if chosen < 0 or appended_at < oldest:
                chosen, oldest = number, appended_at
    if chosen < 0:
        return
    p = m[group + G_PARTITIONS] + chosen * P_SIZE
    message = m[p + P_POSITION_MESSAGE]
    offset = m[p + P_POSITION]
    m[p + P_POSITION] = offset + 1
    m[p + P_POSITION_MESSAGE] = m[message + M_NEXT]
    m[message + M_KEEP] += 1
    m[consumer + K_MESSAGE] = message
    m[consumer + K_PARTITION] = chosen
    m[consumer + K_OFFSET] = offset
    m[consumer + K_ATTEMPT] = 1
    if m[group + G_BEFORE] != 0:
        commit(m, r, group, chosen, offset + 1)
    f = hand_over(m, r, group, consumer)
    then(m, DO_START, f, 0)


def hand_over(m: Words, r: Words, group: int, consumer: int) -> int:
    """One execution of the group's handler for a message begins."""
    now = m[H_NOW]
    x = m[m[consumer + K_MESSAGE] + M_TRACE]
    operation = m[group + G_OPERATION]
    place = m[operation + O_NUMBER]
    occurrence = visit(m, x, place)
    f = take_frame(m)
    m[x + X_REFERENCES] += 1
    m[f + F_IDENT] = identity(m[x + X_NUMBER], place, occurrence)
    m[f + F_TRACE] = x
    m[f + F_OPERATION] = operation
    m[f + F_OCCURRENCE] = occurrence
    m[f + F_KEY] = m[x + X_KEY]
    m[f + F_REPLICA] = m[consumer + K_REPLICA]
    m[f + F_CONSUMER] = consumer
    m[f + F_STATE] = WORKING
    m[f + F_STARTED_AT] = now
    m[f + F_AT] = m[operation + O_ENTRY]
    m[consumer + K_FRAME] = f
    p = m[group + G_PARTITIONS] + m[consumer + K_PARTITION] * P_SIZE
    offset = m[consumer + K_OFFSET]
    again = 1 if offset < m[p + P_DELIVERED] else 0
    m[p + P_DELIVERED] = max(m[p + P_DELIVERED], offset + 1)
    recorder.delivered(r, now, m[group + G_NUMBER], m[f + F_IDENT], offset, again)
    return f


def consumed(m: Words, r: Words, f: int, outcome: int) -> int:
    """An execution for a message ends: in place again, when that failed and the policy says so.

    Returns the frame of the next execution when it begins at once, else 0.
    """
    now = m[H_NOW]
    consumer = m[f + F_CONSUMER]
    group = m[consumer + K_GROUP]
    recorder.consumed(r, now, m[group + G_NUMBER], m[f + F_IDENT], outcome, now - m[f + F_STARTED_AT])
    delay = -1
    if outcome != OK:
        u = uniform(m, m[group + G_RETRY_STREAM], m[f + F_KEY], m[f + F_OCCURRENCE])
        delay = retry_rule(m[group + G_RETRY], m, m[H_TABLES] + m[group + G_RETRY_AT], m[consumer + K_ATTEMPT], u)
    if delay >= 0:
        recorder.resting(r, now, m[group + G_NUMBER], m[f + F_IDENT], delay)
        if delay > 0:
            m[f + F_STATE] = RESTING
            after(m, delay, rank_of(RETRY, m[f + F_IDENT]), f)
            return 0
        return consume_again(m, r, f)
    m[f + F_STATE] = OVER
    release_frame(m, f)
    handled(m, r, group, consumer, outcome)
    return 0


def consume_again(m: Words, r: Words, f: int) -> int:
    """The next execution for the same message."""
    consumer = m[f + F_CONSUMER]
    m[f + F_STATE] = OVER
    m[consumer + K_ATTEMPT] += 1
    following = hand_over(m, r, m[consumer + K_GROUP], consumer)
    release_frame(m, f)
    return following


def handled(m: Words, r: Words, group: int, consumer: int, outcome: int) -> None:
    """A consumer is done with a message: count it once, commit, take the next."""
    message = m[consumer + K_MESSAGE]
    partition, offset = m[consumer + K_PARTITION], m[consumer + K_OFFSET]
    p = m[group + G_PARTITIONS] + partition * P_SIZE
    m[consumer + K_MESSAGE] = 0
    m[consumer + K_FRAME] = 0
    if offset >= m[p + P_HANDLED]:
        account(m, r, group, p, message, offset, GROUP_APPLIED if outcome == OK else GROUP_DROPPED)
    elif outcome == OK:
        recorder.duplicated(r, m[H_NOW], m[group + G_NUMBER], m[message + M_IDENT])
    let_go(m, message)
    if m[group + G_BEFORE] == 0 and offset + 1 - m[p + P_COMMITTED] >= m[group + G_EVERY]:
        commit(m, r, group, partition, offset + 1)
    if m[group + G_REBALANCING] != 0:
        share_out(m, r, group)
    else:
        deliver(m, r, group, consumer)


def account(m: Words, r: Words, group: int, p: int, message: int, offset: int, field: int) -> None:
    """A message is applied, dropped or lost for the first and only time."""
    now = m[H_NOW]
    m[p + P_HANDLED] = offset + 1
    age = now - m[message + M_APPENDED_AT]
    recorder.handled(r, now, m[group + G_NUMBER], m[message + M_IDENT], field, age)
    part_done(m, r, m[message + M_TRACE], field == GROUP_APPLIED)


def let_go(m: Words, message: int) -> None:
    """One holder of a message less; the log forgets a message that nobody holds."""
    log = m[message + M_LOG]
    if release_message(m, message) and m[log + L_TAIL] == message:
        m[log + L_TAIL] = 0


def commit(m: Words, r: Words, group: int, partition: int, offset: int) -> None:
    """Move the committed offset on; the log drops what every group has committed."""
    p = m[group + G_PARTITIONS] + partition * P_SIZE
    count = offset - m[p + P_COMMITTED]
    if count <= 0:
        return
    m[p + P_COMMITTED] = offset
    recorder.committed(r, m[H_NOW], m[group + G_NUMBER], partition, offset, count)
    for _ in range(count):
        message = m[p + P_COMMITTED_MESSAGE]
        m[p + P_COMMITTED_MESSAGE] = m[message + M_NEXT]
        let_go(m, message)


# -- group membership: an eager rebalance stops everybody, then shares out anew


def assign(m: Words, r: Words, group: int) -> None:
    """Share out the partitions among the living members, by range; each goes on from its committed offset."""
    members = 0
    for index in range(m[group + G_CONSUMER_COUNT]):
        members += m[m[group + G_CONSUMERS] + index * K_SIZE + K_ALIVE]
    count = m[m[group + G_TOPIC] + T_PARTITIONS]
    for number in range(count):
        p = m[group + G_PARTITIONS] + number * P_SIZE
        m[p + P_OWNER] = member(m, group, assigned_to(number, count, members)) if members > 0 else 0
        m[p + P_POSITION] = m[p + P_COMMITTED]
        m[p + P_POSITION_MESSAGE] = m[p + P_COMMITTED_MESSAGE]
    recorder.note(r, m[H_NOW], FACT_ASSIGNED, m[group + G_NUMBER], members)


def member(m: Words, group: int, index: int) -> int:
    """The index-th living consumer of a group."""
    consumer = m[group + G_CONSUMERS]
    while m[consumer + K_ALIVE] == 0 or index > 0:
        index -= m[consumer + K_ALIVE]
        consumer += K_SIZE
    return consumer


def rebalance(m: Words, r: Words, group: int) -> None:
    """The membership changed: the whole group stops, for the pause and until nobody works on a message.

    What changes in the same instant (the threads of one replica) is one change.
    """
    if m[group + G_REBALANCING] != 0 and m[group + G_BEGAN] == m[H_NOW]:
        return
    m[group + G_REBALANCING] = 1
    m[group + G_BEGAN] = m[H_NOW]
    m[group + G_ELAPSED] = 0
    m[group + G_SEQUENCE] += 1
    sequence, number = m[group + G_SEQUENCE], m[group + G_NUMBER]
    recorder.rebalancing(r, m[H_NOW], number, sequence)
    after(m, m[group + G_PAUSE], rank_of(REBALANCED, identity(sequence, number, 0)), group)


def pause_over(m: Words, r: Words, group: int, ident: int) -> None:
    """The pause of a rebalance is over, unless another one began since."""
    if ident == identity(m[group + G_SEQUENCE], m[group + G_NUMBER], 0):
        m[group + G_ELAPSED] = 1
        share_out(m, r, group)


def share_out(m: Words, r: Words, group: int) -> None:
    """End a rebalance once the pause is over and no member works: members commit what they did, then go on."""
    if m[group + G_ELAPSED] == 0:
        return
    for index in range(m[group + G_CONSUMER_COUNT]):
        if m[m[group + G_CONSUMERS] + index * K_SIZE + K_MESSAGE] != 0:
            return
    for number in range(m[m[group + G_TOPIC] + T_PARTITIONS]):
        p = m[group + G_PARTITIONS] + number * P_SIZE
        if m[p + P_OWNER] != 0:
            commit(m, r, group, number, m[p + P_POSITION])
    assign(m, r, group)
    m[group + G_REBALANCING] = 0
    for index in range(m[group + G_CONSUMER_COUNT]):
        deliver(m, r, group, m[group + G_CONSUMERS] + index * K_SIZE)


def session_over(m: Words, r: Words, consumer: int, ident: int) -> None:
    """The broker gives up on a consumer that went silent, unless it came back meanwhile."""
    incarnation = m[consumer + K_INCARNATION]
    if m[consumer + K_ALIVE] == 0 and ident == session_ident(m, consumer):
        recorder.note(r, m[H_NOW], FACT_SESSION_EXPIRED, m[consumer + K_NUMBER], incarnation)
        rebalance(m, r, m[consumer + K_GROUP])


def session_ident(m: Words, consumer: int) -> int:
    """What the session timeout of a consumer's present incarnation is about."""
    return identity(m[consumer + K_NUMBER], 0, m[consumer + K_INCARNATION] & 8191)
