"""The books of brokers: what is in queues, in the hands of consumers, and what groups have not handled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.brokers.queue import GONE, IN_FLIGHT
from sim.engine.simpy_engine.projections import rows_from
from sim.record import closing
from sim.record.queues import still_queued, still_stranded, still_there, still_tried

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.engine.simpy_engine.broker_state import ConsumerGroup, Delivery, Message, QueueAtWork, QueueReaders
    from sim.engine.simpy_engine.run import Run


def count_group(run: Run, group: ConsumerGroup) -> None:
    """Messages that a group has not committed, deliveries at work and at rest, messages that it has not handled."""
    r, horizon, number, inside = run.r, run.network.horizon, group.number, run.recording.inside["groups"]
    inside[number, 0] = sum(log.end for log in run.partitions[group.spec.channel]) - sum(group.committed)
    for consumer in group.consumers:
        if consumer.delivery is not None and consumer.delivery.span is not None:
            inside[number, 1] += 1
            closing.still_consuming(r, number, horizon - consumer.delivery.span.started_at)
        elif consumer.delivery is not None:
            inside[number, 2] += 1
    closing.still_repeated(r, number, repeated(group))
    for message in unhandled(run, group):
        inside[number, 3] += 1
        closing.still_unhandled(r, number, message.appended_at, horizon - message.appended_at)


def repeated(group: ConsumerGroup) -> int:
    """Deliveries of messages that were handled: to come, where a partition is read again from further back; and in hand."""
    given: list[Any] = [one.delivery for one in group.consumers]
    in_hand: int = sum(one is not None and one.at < group.handled[one.partition] for one in given)
    starts = (group.committed if owner is None else group.position for owner in group.owner)
    return in_hand + sum(max(0, group.handled[at] - start[at]) for at, start in enumerate(starts))


def unhandled(run: Run, group: ConsumerGroup) -> Iterator[Message]:
    """The messages that a group has neither applied nor dropped nor lost: in logs, and committed before in hand."""
    for log, committed, handled in zip(run.partitions[group.spec.channel], group.committed, group.handled, strict=True):
        yield from (log.at(offset) for offset in range(max(committed, handled), log.end))
    for consumer in group.consumers:
        given: Any = consumer.delivery
        if given is not None and group.handled[given.partition] <= given.at < group.committed[given.partition]:
            yield given.message


def count_queue(run: Run, queue: QueueAtWork) -> None:
    """Messages that wait in a queue or are in flight, and what its readers have not handled."""
    r, horizon, inside = run.r, run.network.horizon, run.recording.inside
    waiting, in_flight = entries(queue.state.waiting), entries(queue.state.in_flight)
    inside["queues"][queue.number] = (len(waiting), len(in_flight))
    for entry in waiting:
        still_queued(r, queue.number, horizon - entry.since)
    if queue.readers is None:
        return
    group = queue.readers.number
    given = [one.delivery for one in queue.readers.consumers if one.delivery is not None]
    for delivery in given:
        closing.still_consuming(r, group, horizon - delivery.span.started_at)  # type: ignore[union-attr]
    messages: list[Message] = [entry.message for entry in (*waiting, *in_flight)]
    for message in messages:
        if message.settled:
            still_there(r, queue.number)
    if not queue.readers.spec.before:
        closing.still_repeated(r, group, sum(not latest(one) for one in given))
    else:
        held = (one for each in queue.readers.held.values() for one in each)
        messages += [one.message for one in (*given, *held)]
    in_hand = [one for one in (*given, *(one for each in queue.readers.held.values() for one in each)) if latest(one)]
    answered = [entry for entry in in_flight if entry.settling == entry.receipt]
    still_stranded(r, queue.number, len(in_flight) - len(in_hand) - len(answered))
    left = [message for message in messages if not message.settled]
    inside["groups"][group] = (len(waiting) + len(in_flight), len(given), 0, len(left))
    tried = first_tries(queue.readers)
    for message in left:
        entry = message.entry
        again = entry.receipt > entry.receipt_before
        if entry.place == IN_FLIGHT:
            again = (id(message), entry.receipt) not in tried
        still_tried(r, queue.number, int(again and entry.place != GONE))
        closing.still_unhandled(r, group, message.appended_at, horizon - message.appended_at)


def latest(delivery: Delivery) -> bool:
    """Whether a delivery is the latest one of its message, and its time is not over."""
    entry = delivery.message.entry
    return bool(entry.place == IN_FLIGHT and entry.receipt == delivery.at)


def first_tries(readers: QueueReaders) -> set[tuple[int, int]]:
    """Messages, and the receipts of their deliveries, that consumers have for the first time and are not done with."""
    given = [one.delivery for one in readers.consumers if one.delivery is not None]
    held = [one for each in readers.held.values() for one in each]
    return {(id(one.message), one.at) for one in (*given, *held) if not one.again}


def entries(line: Any) -> list[Any]:
    """What stands in a line: entries of a queue, or rows of an outbox."""
    return rows_from(line.head)
