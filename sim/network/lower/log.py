"""The log broker: its topics become rows that know their readers, and each subscription to one a consumer group.

    topic order.placed (partitions, latency)  <--  group (operation, consumers, commits, session, retry, delay)
    topic order.retry                         <--then--'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.brokers.log import LogBroker
from sim.network.lower.brokers import append, subscribe
from sim.network.model import LogGroup, Topic

if TYPE_CHECKING:
    from sim.brokers.log import Subscription
    from sim.network.compiler import Compiler


@subscribe.register(LogBroker)
def _subscribe(_broker: LogBroker, compiler: Compiler, name: str, subscription: Subscription) -> None:
    then = subscription.handed_on_to
    retry, retry_at = compiler.retry(subscription.in_place)
    compiler.groups.append(
        LogGroup(
            name=name,
            channel=compiler.channel_numbers[subscription.topic],
            operation=compiler.operation_numbers[subscription.operation],
            service=compiler.service_of(subscription.operation),
            consumers=subscription.consumers,
            before=subscription.commit == "before",
            every=subscription.commit_every,
            session=subscription.session_timeout,
            pause=subscription.rebalance_pause,
            retry=retry,
            retry_at=retry_at,
            retry_stream=compiler.stream(f"{subscription.operation}:retry"),
            then=-1 if then is None else compiler.channel_numbers[then],
            delay=subscription.delay,
        )
    )


@append.register(LogBroker)
def _append(broker: LogBroker, compiler: Compiler, name: str) -> None:
    for topic, settings in broker.topics.items():
        at = compiler.channel_numbers[topic]
        compiler.channels.append(
            Topic(
                name=topic,
                broker=name,
                partitions=settings.partitions,
                by_key=settings.partitioner == "key",
                retention=0 if settings.retention is None else settings.retention.time or 0,
                keeps=0 if settings.retention is None else settings.retention.bytes or 0,
                latency=compiler.distribution(broker.latency),
                publish_stream=compiler.stream(f"{topic}:publish"),
                ack_stream=compiler.stream(f"{topic}:ack"),
                groups=tuple(reader for reader, group in enumerate(compiler.groups) if group.channel == at),
            )
        )
