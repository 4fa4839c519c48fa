"""Channels and who reads them, laid out in the kernel's memory: topics with their consumer groups, queues with theirs."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sim.brokers.connections import Connection
from sim.engine.compiled_engine import broker_state as at
from sim.network import LogGroup, Queue, QueueGroup, Topic
from sim.semantics.rules import assigned_to

if TYPE_CHECKING:
    from sim.engine.compiled_engine.host import Image


def fill(image: Image) -> None:
    """Set every field of the rows of channels, groups and consumers."""
    queues = iter(image.queues)
    for number, (row, broker) in enumerate(zip(image.brokers, image.network.brokers, strict=True)):
        channels = [image.channels[channel] for channel in broker.channels]
        image.put(at.Broker, row, delivery_timeout=broker.delivery_timeout, number=number)
        image.put(at.Broker, row, channels=image.listed(channels), channel_count=len(channels))
        for channel_row in channels:
            image.put(at.Channel, channel_row, broker=row)
    for number, (row, channel) in enumerate(zip(image.channels, image.network.channels, strict=True)):
        groups = image.listed(list(channel.groups))
        image.put(at.Channel, row, latency=channel.latency, number=number)
        image.put(at.Channel, row, publish_stream=channel.publish_stream, ack_stream=channel.ack_stream)
        image.put(at.Channel, row, group_count=len(channel.groups), group_list=groups)
        fed = image.network.fed[number]
        image.put(at.Channel, row, fed_count=len(fed), fed=image.listed(list(fed)))
        if isinstance(channel, Topic):
            image.put(at.Channel, row, partitions=channel.partitions, by_key=channel.by_key, logs=image.logs[number][0])
            image.put(at.Channel, row, retention=channel.retention, keeps=channel.keeps)
            for partition, log in enumerate(image.logs[number]):
                image.put(at.Log, log, channel=row, number=partition)
        elif isinstance(channel, Queue):
            fill_queue(image, next(queues), row, channel)
    for number, (row, group) in enumerate(zip(image.groups, image.network.groups, strict=True)):
        image.put(at.Group, row, channel=image.channels[group.channel], operation=image.operations[group.operation])
        image.put(at.Group, row, number=number, before=group.before)
        image.put(at.Group, row, consumers=image.consumers[number][0], consumer_count=len(image.consumers[number]))
        if isinstance(group, LogGroup):
            fill_log_group(image, number, row, group)
        elif isinstance(group, QueueGroup):
            fill_queue_group(image, number, row, group)
    for number, (row, replica, group_number) in enumerate(image.consumer_rows()):
        alive = not image.begins_out(replica)
        image.put(at.Consumer, row, group=image.groups[group_number], replica=image.replicas[replica], alive=alive)
        image.put(at.Consumer, row, number=number)


def fill_queue(image: Image, row: int, channel_row: int, queue: Queue) -> None:
    """A queue, whose consumers have room."""
    image.put(at.Channel, channel_row, queue=row)
    image.put(at.Queue, row, channel=channel_row, visibility=queue.visibility, deliveries_max=queue.deliveries_max)
    image.put(at.Queue, row, length_max=queue.length_max, drops_head=queue.drops_head)
    delays = image.delay_queue_of["visibility", queue.visibility]
    image.put(at.Queue, row, visibility_delays=delays, number=image.queues.index(row), group=-1)
    image.put(at.Queue, row, redrive_every=queue.redrive_every, redrive_gap=queue.redrive_gap)
    if queue.dead_letters >= 0:
        image.put(at.Queue, row, dead_letters=image.channels[queue.dead_letters])
    for group in queue.groups:
        consumers = image.consumers[group][: image.members_at_first(image.network.groups[group])]
        image.put(at.Queue, row, readers=image.groups[group], group=group)
        reading: Any = image.network.groups[group]
        delays = image.delay_queue_of.get(("extension", reading.extend_every), 0)
        image.put(at.Queue, row, extension_delays=delays)
        image.put(at.Queue, row, open_first=consumers[0], open_last=consumers[-1])
        for consumer, following in pairwise(consumers):
            image.put(at.Consumer, consumer, open_next=following)
            image.put(at.Consumer, following, open_previous=consumer)


def fill_queue_group(image: Image, number: int, row: int, group: QueueGroup) -> None:
    """Consumers of a queue, without a message."""
    image.put(at.Group, row, prefetch=group.prefetch, requeue=group.requeue, extend_every=group.extend_every)
    for consumer in image.consumers[number]:
        image.put(at.Consumer, consumer, held=image.room_for(group.prefetch * at.Held.SIZE))
    if group.latency >= 0:
        streams = {name: getattr(group, name) for name in ("delivery_stream", "settle_stream", "extend_stream")}
        image.put(at.Group, row, latency=group.latency, **streams)
        for consumer in image.consumers[number]:
            image.put(at.Consumer, consumer, connection=image.room_for(Connection.SIZE))


def fill_log_group(image: Image, number: int, row: int, group: LogGroup) -> None:
    """A consumer group, whose members have shared out the partitions."""
    image.put(at.Group, row, every=group.every, session=group.session, pause=group.pause, began=-1)
    image.put(at.Group, row, retry=group.retry, retry_at=group.retry_at, retry_stream=group.retry_stream)
    image.put(at.Group, row, delay=group.delay)
    if group.then >= 0:
        image.put(at.Group, row, then=image.channels[group.then])
    image.put(at.Group, row, partitions=image.views[number][0])
    partitions, members = len(image.views[number]), image.consumers[number][: image.members_at_first(group)]
    owned: dict[int, list[int]] = {}
    for partition, view in enumerate(image.views[number]):
        owner = members[assigned_to(partition, partitions, len(members))]
        image.put(at.View, view, owner=owner, number=partition)
        owned.setdefault(owner, []).append(partition)
    for owner, numbers in owned.items():
        image.put(at.Consumer, owner, first=numbers[0], owned=len(numbers))
