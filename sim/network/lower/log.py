"""The log broker: its topics become rows that know their readers, and each subscription to one a consumer group.

    topic order.placed  <--  group (operation, consumers, commits, session, retry)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.network.model import Group, Topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.network.compiler import Compiler


def number_topics(compiler: Compiler) -> None:
    """Give each topic its number."""
    topics = [topic for broker in compiler.scenario.brokers.values() for topic in broker.topics]  # type: ignore[attr-defined]
    compiler.topic_numbers = {name: number for number, name in enumerate(topics)}


def lower_groups(compiler: Compiler) -> tuple[Group, ...]:
    """Return the rows of all consumer groups."""
    return tuple(_group(group, compiler, name) for name, group in compiler.scenario.subscriptions.items())


def _group(group: Any, compiler: Compiler, name: str) -> Group:
    retry, retry_at = compiler.retry(group.retry)
    return Group(
        name=name,
        topic=compiler.topic_numbers[group.topic],
        operation=compiler.operation_numbers[group.operation],
        service=compiler.service_of(group.operation),
        consumers=group.consumers,
        before=group.commit == "before",
        every=group.commit_every,
        session=group.session_timeout,
        pause=group.rebalance_pause,
        retry=retry,
        retry_at=retry_at,
        retry_stream=compiler.stream(f"{group.operation}:retry"),
    )


def lower_topics(compiler: Compiler, groups: Sequence[Group]) -> tuple[Topic, ...]:
    """Return the rows of all topics, with the groups that read each."""
    rows = []
    for broker_name, broker in compiler.scenario.brokers.items():
        for name, topic in broker.topics.items():  # type: ignore[attr-defined]
            number = compiler.topic_numbers[name]
            rows.append(
                Topic(
                    name=name,
                    broker=broker_name,
                    partitions=topic.partitions,
                    by_key=topic.partitioner == "key",
                    latency=compiler.distribution(broker.latency),  # type: ignore[attr-defined]
                    publish_stream=compiler.stream(f"{name}:publish"),
                    ack_stream=compiler.stream(f"{name}:ack"),
                    groups=tuple(n for n, group in enumerate(groups) if group.topic == number),
                )
            )
    return tuple(rows)
