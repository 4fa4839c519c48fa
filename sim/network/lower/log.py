"""The log broker: its topics become rows that know their readers, and each subscription to one a consumer group.

    topic order.placed (partitions, latency)  <--  group (operation, consumers, commits, session, retry)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.brokers.log import LogBroker
from sim.network.lower.brokers import append, number, subscribe
from sim.network.model import Group, Topic

if TYPE_CHECKING:
    from sim.network.compiler import Compiler
    from sim.scenario.topology import Subscription


@number.register(LogBroker)
def _number(broker: LogBroker, compiler: Compiler, name: str) -> None:
    for topic in broker.topics:
        compiler.topic_numbers[topic] = len(compiler.topic_numbers)
        compiler.topic_brokers[topic] = name


@subscribe.register(LogBroker)
def _subscribe(_broker: LogBroker, compiler: Compiler, name: str, subscription: Subscription) -> None:
    retry, retry_at = compiler.retry(subscription.retry)
    compiler.groups.append(
        Group(
            name=name,
            topic=compiler.topic_numbers[subscription.topic],
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
        )
    )


@append.register(LogBroker)
def _append(broker: LogBroker, compiler: Compiler, name: str) -> None:
    for topic, settings in broker.topics.items():
        at = compiler.topic_numbers[topic]
        compiler.topics.append(
            Topic(
                name=topic,
                broker=name,
                partitions=settings.partitions,
                by_key=settings.partitioner == "key",
                latency=compiler.distribution(broker.latency),
                publish_stream=compiler.stream(f"{topic}:publish"),
                ack_stream=compiler.stream(f"{topic}:ack"),
                groups=tuple(reader for reader, group in enumerate(compiler.groups) if group.topic == at),
            )
        )
