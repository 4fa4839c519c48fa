"""The log broker: append, retain, overflow, deliver, consume, hand on, commit, rebalance.

The readable engine's verbs, in its order.
"""

from sim.brokers import retry_topics as rules
from sim.engine.compiled_engine.broker_state import Channel, Consumer, Group, Log, Message, View
from sim.engine.compiled_engine.calendar import after, then
from sim.engine.compiled_engine.calls import retry_rule
from sim.engine.compiled_engine.chance import partition_key, uniform
from sim.engine.compiled_engine.codes import DO_START, HANDING_ON, NEVER, OVER, RESTING
from sim.engine.compiled_engine.consumers import cut_off, hand_over
from sim.engine.compiled_engine.memory import release_message, release_span
from sim.engine.compiled_engine.publishing import acknowledged_after, leave
from sim.engine.compiled_engine.rebuilds import keep
from sim.engine.compiled_engine.state import Span, World
from sim.engine.compiled_engine.traces import part_done
from sim.record import fields, recorder
from sim.record.outcomes import ERROR, OK
from sim.rows import NOWHERE
from sim.semantics import order
from sim.semantics.rules import assigned_to, partition_of
from sim.shared import Words, entrance, rare


def append(m: World, r: Words, message: Message) -> None:
    """The message is in the log: every group has one more to handle."""
    now = m.now
    topic = message.channel
    by_key = topic.by_key != 0
    number = key_of(m, message) if by_key else topic.turn
    topic.turn += 1
    number = partition_of(number, topic.partitions, by_key)
    log = topic.logs[number]
    message.appended_at = now
    if topic.group_count == 0:
        release_message(m, message)
        return
    offset = log.end
    log.end = offset + 1
    if log.tail:
        log.tail.next = message
    log.tail = message
    if topic.fed_count > 0:
        keep(m, r, message)
    if topic.keeps > 0:
        size = message.bytes
        message.bytes = log.bytes
        log.bytes += size
    if topic.retention > 0 and log.watched == 0:
        watch(m, log, now)
    ident = message.ident
    for index in range(topic.group_count):
        group = m.groups[topic.group_list[index]]
        p = group.partitions[number]
        if not p.position_message:
            p.position_message = message
            make_ready(p)
        if not p.committed_message:
            p.committed_message = message
        recorder.appended(r, now, group.number, ident, offset)
        if group.delay > 0:
            after(m, group.delay, order.rank_of(order.DUE, order.identity(offset, group.number, number)), p.at)
        else:
            come_due(m, r, p)
    if topic.keeps > 0:
        overflow(m, r, log)


def key_of(m: World, message: Message) -> int:
    """What the partition of a message is by."""
    return message.trace.key if message.by_trace != 0 else partition_key(m, message.trace)


def come_due(m: World, r: Words, p: View) -> None:
    """A message of a partition may be handled from now on."""
    if p.owner:
        deliver(m, r, p.owner.group, p.owner)


def watch(m: World, log: Log, since: int) -> None:
    """Put on the calendar when the first message of a partition, that was appended then, is too old."""
    log.watched = 1
    rank = order.rank_of(order.RETAINED, order.identity(log.number, log.channel.number, 0))
    after(m, since + log.channel.retention - m.now, rank, log.at)


def retain(m: World, r: Words, log: Log) -> None:
    """What is as old as a topic's retention is gone from a partition, whoever has not read it."""
    topic = log.channel
    log.watched = 0
    first = NEVER
    for index in range(topic.group_count):
        group = m.groups[topic.group_list[index]]
        p = group.partitions[log.number]
        miss(m, r, group, p, m.now - topic.retention, 0)
        if p.committed_message:
            first = min(first, p.committed_message.appended_at)
    if first != NEVER:
        watch(m, log, first)


def overflow(m: World, r: Words, log: Log) -> None:
    """The oldest messages are gone from a partition until it has no more bytes than it may."""
    topic = log.channel
    for index in range(topic.group_count):
        group = m.groups[topic.group_list[index]]
        miss(m, r, group, group.partitions[log.number], -1, log.bytes - topic.keeps)


def miss(m: World, r: Words, group: Group, p: View, appended_until: int, before: int) -> None:
    """A group missed what it has not handled of messages until then, or before those bytes, but for what is in hand."""
    in_hand, owner = -1, p.owner
    if owner and owner.message and owner.partition == p.number:
        in_hand = owner.offset
    message, offset = p.committed_message, p.committed
    while message and (message.appended_at <= appended_until or (before > 0 and message.bytes < before)):
        if offset >= p.handled and offset != in_hand:
            settle(m, r, group, message, fields.groups.GROUP_EXPIRED)
        message = message.next
        offset += 1
    if p.position < offset:
        make_unready(p)
        p.position = offset
        p.position_message = message
        make_ready(p)
    if offset > p.committed:
        advance(m, r, group, p.number, offset)


def make_unready(p: View) -> None:
    """What a partition has to deliver is not what its owner would find any more."""
    owner = p.owner
    if not owner or not p.position_message:
        return
    previous, following = p.ready_previous, p.ready_next
    if previous:
        previous.ready_next = following
    else:
        owner.ready_first = following
    if following:
        following.ready_previous = previous
    else:
        owner.ready_last = previous


@entrance
def deliver(m: World, r: Words, group: Group, consumer: Consumer) -> None:
    """A free consumer takes the message that waits longest at the head of one of its partitions, if it is due."""
    if consumer.message or consumer.alive == 0 or group.rebalancing != 0 or cut_off(group.channel):
        return
    p = consumer.ready_first
    if not p:
        return
    message = p.position_message
    if not rules.due(message.appended_at, group.delay, m.now):
        return
    offset = p.position
    p.position = offset + 1
    p.position_message = message.next
    consumer.ready_first = p.ready_next
    if p.ready_next:
        p.ready_next.ready_previous = NOWHERE
    else:
        consumer.ready_last = NOWHERE
    make_ready(p)
    message.keep += 1
    group.busy += 1
    consumer.message = message
    consumer.partition = p.number
    consumer.offset = offset
    consumer.attempt = 1
    if m.bytes_at != 0:
        consumer.size = size_of(group.channel.logs[p.number], message)
    if group.before != 0:
        commit(m, r, group, p.number, offset + 1)
    span = begin(m, r, group, consumer)
    then(m, DO_START, span.at, 0)


def size_of(log: Log, message: Message) -> int:
    """How many bytes a message has; where they are counted, messages know how many came before."""
    if log.channel.keeps == 0:
        return message.bytes
    following = message.next.bytes if message.next else log.bytes
    return following - message.bytes


def go_on(m: World, r: Words, topic: Channel) -> None:
    """The broker is back: free consumers take what there is."""
    for index in range(topic.group_count):
        group = m.groups[topic.group_list[index]]
        for number in range(group.consumer_count):
            deliver(m, r, group, group.consumers[number])


def make_ready(p: View) -> None:
    """A partition has something to deliver: its owner finds it by the age of that; of one age the first one comes first."""
    owner, message = p.owner, p.position_message
    if not owner or not message:
        return
    previous = owner.ready_last
    while previous and after_it(previous, message.appended_at, p.number):
        previous = previous.ready_previous
    following = previous.ready_next if previous else owner.ready_first
    p.ready_previous = previous
    p.ready_next = following
    if previous:
        previous.ready_next = p
    else:
        owner.ready_first = p
    if following:
        following.ready_previous = p
    else:
        owner.ready_last = p


def after_it(p: View, appended_at: int, number: int) -> bool:
    """Whether a partition comes after another one, whose next message is of that age."""
    own = p.position_message.appended_at
    return own > appended_at or (own == appended_at and p.number > number)


def begin(m: World, r: Words, group: Group, consumer: Consumer) -> Span:
    """One execution of the group's handler for a message begins."""
    p = group.partitions[consumer.partition]
    offset = consumer.offset
    again = 1 if offset < p.delivered else 0
    p.delivered = max(p.delivered, offset + 1)
    return hand_over(m, r, group, consumer, again)


def consumed(m: World, r: Words, span: Span, outcome: int) -> Span:
    """An execution for a message ends: in place again, when that failed and the policy says so; then it is handed on.

    Returns the span of the next execution when it begins at once, or none.
    """
    now = m.now
    consumer = span.consumer
    group = consumer.group
    recorder.consumed(r, now, group.number, span.ident, outcome, now - span.started_at)
    delay = pause_after(m, span, outcome)
    follows = rules.follows(outcome == OK, delay, bool(group.then))
    if follows == rules.HAND_ON:
        hand_on(m, r, span)
        return NOWHERE
    if follows == rules.AGAIN:
        recorder.resting(r, now, group.number, span.ident, delay)
        if delay > 0:
            span.state = RESTING
            after(m, delay, order.rank_of(order.RETRY, span.ident), span.at)
            return NOWHERE
        return consume_again(m, r, span)
    span.state = OVER
    release_span(m, span)
    handled(m, r, group, consumer, outcome)
    return NOWHERE


def pause_after(m: World, span: Span, outcome: int) -> int:
    """How long a message rests before its next attempt, in ns; -1 when there is none."""
    if outcome == OK:
        return -1
    group = span.consumer.group
    u = uniform(m, group.retry_stream, span.key, span.occurrence)
    return retry_rule(group.retry, m, m.tables.at + group.retry_at, span.consumer.attempt, u)


def consume_again(m: World, r: Words, span: Span) -> Span:
    """The next execution for the same message."""
    consumer = span.consumer
    span.state = OVER
    consumer.attempt += 1
    following = begin(m, r, consumer.group, consumer)
    release_span(m, span)
    return following


def hand_on(m: World, r: Words, span: Span) -> None:
    """What a consumer fails at leaves for the topic of such messages."""
    consumer = span.consumer
    then, failed = consumer.group.then, consumer.message
    recorder.handing_on(r, m.now, consumer.group.number)
    message = leave(m, r, span.trace, then.number, failed.by_trace != 0, failed)
    if m.bytes_at != 0:
        message.bytes = consumer.size
    if then.broker:
        message.sender = span.replica
        message.publisher = span
        message.publisher_ident = span.ident
    span.state = HANDING_ON
    span.failures = 0
    back = acknowledged_after(m, message)
    span.confirmed_at = m.now + back
    after(m, back, order.rank_of(order.ACK, span.ident), span.at)


def handed_on(m: World, r: Words, span: Span) -> Span:
    """The broker has what a consumer failed at; or it did not take it, and the first attempt begins anew: returns its span."""
    consumer = span.consumer
    recorder.rested(r, m.now, consumer.group.number)
    if span.failures != 0:
        consumer.attempt = 0
        return consume_again(m, r, span)
    span.state = OVER
    release_span(m, span)
    handled(m, r, consumer.group, consumer, ERROR)
    return NOWHERE


def handled(m: World, r: Words, group: Group, consumer: Consumer, outcome: int) -> None:
    """A consumer is done with a message: count it once, commit, take the next."""
    message = consumer.message
    partition, offset = consumer.partition, consumer.offset
    p = group.partitions[partition]
    consumer.message = NOWHERE
    consumer.span = NOWHERE
    group.busy -= 1
    if offset >= p.handled:
        account(m, r, group, p, message, offset, became(group, outcome))
    elif outcome == OK:
        recorder.duplicated(r, m.now, group.number, message.ident)
    elif group.then:
        recorder.handed_on_again(r, m.now, group.number, message.ident)
    let_go(m, group.channel.logs[partition], message)
    if group.before == 0 and offset + 1 - p.committed >= group.every:
        commit(m, r, group, partition, offset + 1)
    if group.rebalancing != 0:
        share_out(m, r, group)
    else:
        deliver(m, r, group, consumer)


def became(group: Group, outcome: int) -> int:
    """What became of a message, as a column of the record."""
    if outcome == OK:
        return fields.groups.GROUP_APPLIED
    return fields.groups.GROUP_HANDED_ON if group.then else fields.groups.GROUP_DROPPED


def account(m: World, r: Words, group: Group, p: View, message: Message, offset: int, field: int) -> None:
    """A message in hand is applied, handed on, dropped, lost or expired for the first and only time."""
    p.handled = offset + 1
    settle(m, r, group, message, field)


def settle(m: World, r: Words, group: Group, message: Message, field: int) -> None:
    """Nothing more becomes of a message, as far as a group goes."""
    now = m.now
    age = now - message.appended_at
    recorder.handled(r, now, group.number, message.ident, field, age)
    readers = group.then.group_count if group.then else 0
    good = rules.good(field == fields.groups.GROUP_APPLIED, field == fields.groups.GROUP_HANDED_ON, readers)
    part_done(m, r, message.trace, good)


def let_go(m: World, log: Log, message: Message) -> None:
    """One holder of a message less; the log forgets a message that nobody holds."""
    if release_message(m, message) and log.tail == message:
        log.tail = NOWHERE


def commit(m: World, r: Words, group: Group, partition: int, offset: int) -> None:
    """Move the committed offset on, unless the broker is down."""
    if offset > group.partitions[partition].committed and not cut_off(group.channel):
        advance(m, r, group, partition, offset)


def advance(m: World, r: Words, group: Group, partition: int, offset: int) -> None:
    """A group is further on, by its commit or as the log forgot what was before; what all have behind them is dropped."""
    p = group.partitions[partition]
    count = offset - p.committed
    p.committed = offset
    recorder.committed(r, m.now, group.number, partition, offset, count)
    log = group.channel.logs[partition]
    for _ in range(count):
        message = p.committed_message
        p.committed_message = message.next
        let_go(m, log, message)


# -- group membership: an eager rebalance stops everybody, then shares out anew


def assign(m: World, r: Words, group: Group) -> None:
    """Share out the partitions among the living members, by range; each goes on from its committed offset."""
    members = 0
    for index in range(group.consumer_count):
        members += group.consumers[index].alive
        leave_alone(group.consumers[index])
    count = group.channel.partitions
    place, number = -1, -1  # of the consumer that gets the next ones, among the living ones and among all
    for partition in range(count):
        p = group.partitions[partition]
        p.owner = NOWHERE
        p.position = p.committed
        p.position_message = p.committed_message
        if members > 0:
            while place < assigned_to(partition, count, members):
                number += 1
                place += group.consumers[number].alive
            own(group.consumers[number], p)
    recorder.note(r, m.now, fields.facts.FACT_ASSIGNED, group.number, members)


def leave_alone(consumer: Consumer) -> None:
    """A consumer owns nothing any more."""
    consumer.owned = 0
    consumer.ready_first = NOWHERE
    consumer.ready_last = NOWHERE


def own(consumer: Consumer, p: View) -> None:
    """A consumer owns one more partition, the next after those that it owns."""
    if consumer.owned == 0:
        consumer.first = p.number
    consumer.owned += 1
    p.owner = consumer
    make_ready(p)


def rebalance(m: World, r: Words, group: Group) -> None:
    """The membership changed: the whole group stops, for the pause and until nobody works on a message.

    What changes in the same instant (the threads of one replica) is one change.
    """
    if group.rebalancing != 0 and group.began == m.now:
        return
    group.rebalancing = 1
    group.began = m.now
    group.elapsed = 0
    group.sequence += 1
    sequence, number = group.sequence, group.number
    recorder.rebalancing(r, m.now, number, sequence)
    after(m, group.pause, order.rank_of(order.REBALANCED, order.identity(sequence, number, 0)), group.at)


@rare
def pause_over(m: World, r: Words, group: Group, ident: int) -> None:
    """The pause of a rebalance is over, unless another one began since."""
    if ident == order.identity(group.sequence, group.number, 0):
        group.elapsed = 1
        share_out(m, r, group)


def share_out(m: World, r: Words, group: Group) -> None:
    """End a rebalance once the pause is over and no member works: members commit what they did, then go on."""
    if group.elapsed == 0:
        return
    if group.busy > 0:
        return
    for number in range(group.channel.partitions):
        p = group.partitions[number]
        if p.owner:
            commit(m, r, group, number, p.position)
    assign(m, r, group)
    group.rebalancing = 0
    for index in range(group.consumer_count):
        deliver(m, r, group, group.consumers[index])


@rare
def session_over(m: World, r: Words, consumer: Consumer, ident: int) -> None:
    """The broker gives up on a consumer that went silent, unless it came back meanwhile."""
    incarnation = consumer.incarnation
    if consumer.alive == 0 and ident == session_ident(consumer):
        recorder.note(r, m.now, fields.facts.FACT_SESSION_EXPIRED, consumer.number, incarnation)
        rebalance(m, r, consumer.group)


def session_ident(consumer: Consumer) -> int:
    """What the session timeout of a consumer's present incarnation is about."""
    return order.identity(consumer.number, 0, consumer.incarnation & 8191)
