"""The queue broker: its queues become rows that know who reads them, and each subscription to one its consumers.

    queue mail (visibility, deliveries_max) --dead letters--> queue mail.dead
        ^-- consumers (operation, ack before or after, requeue)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.brokers.queue import QueueBroker
from sim.network.lower.brokers import append, subscribe
from sim.network.model import Queue, QueueGroup

if TYPE_CHECKING:
    from sim.brokers.queue import QueueSubscription, Redrive
    from sim.network.compiler import Compiler


SECOND = 1_000_000_000


@subscribe.register(QueueBroker)
def _subscribe(_broker: QueueBroker, compiler: Compiler, name: str, subscription: QueueSubscription) -> None:
    compiler.groups.append(
        QueueGroup(
            name=name,
            channel=compiler.channel_numbers[subscription.queue],
            operation=compiler.operation_numbers[subscription.operation],
            service=compiler.service_of(subscription.operation),
            consumers=subscription.consumers,
            before=subscription.ack == "before",
            prefetch=subscription.prefetch,
            requeue=subscription.requeue,
            extend_every=0 if subscription.extend_visibility is None else subscription.extend_visibility.every,
            **_latency(compiler, name, subscription),
        )
    )


def _latency(compiler: Compiler, name: str, subscription: QueueSubscription) -> dict[str, int]:
    """How long deliveries take to the consumers, and what those say back."""
    if subscription.latency.mean_ns == 0:
        return {}
    return {
        "latency": compiler.distribution(subscription.latency),
        "delivery_stream": compiler.stream(f"{name}:delivery"),
        "settle_stream": compiler.stream(f"{name}:settle"),
        "extend_stream": compiler.stream(f"{name}:extend"),
    }


def _redrive(settings: Redrive | None) -> dict[str, int]:
    """When dead letters go back, and how far apart."""
    if settings is None:
        return {}
    every = settings.every or 0
    return {
        "redrive_first": settings.at or every,
        "redrive_every": every,
        "redrive_gap": max(1, round(SECOND / settings.rate)),
    }


@append.register(QueueBroker)
def _append(broker: QueueBroker, compiler: Compiler, name: str) -> None:
    for queue, settings in broker.queues.items():
        at, dead = compiler.channel_numbers[queue], settings.dead_letter
        compiler.channels.append(
            Queue(
                name=queue,
                broker=name,
                latency=compiler.distribution(broker.latency),
                publish_stream=compiler.stream(f"{queue}:publish"),
                ack_stream=compiler.stream(f"{queue}:ack"),
                groups=tuple(reader for reader, group in enumerate(compiler.groups) if group.channel == at),
                visibility=settings.visibility,
                length_max=settings.length_max or 0,
                drops_head=settings.overflow == "drop_head",
                deliveries_max=0 if dead is None else dead.deliveries_max,
                dead_letters=-1 if dead is None else compiler.channel_numbers[dead.to],
                **_redrive(None if dead is None else dead.redrive),
            )
        )
