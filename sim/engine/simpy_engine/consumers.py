"""Consumers: what the readers of logs and of queues have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine.broker_state import Consumer
from sim.engine.simpy_engine.state import Span
from sim.record import recorder

if TYPE_CHECKING:
    from sim.engine.simpy_engine.broker_state import Delivery, Readers
    from sim.engine.simpy_engine.run import Run


def attend(run: Run, readers: Readers) -> None:
    """At the start every replica has its consumers."""
    service = run.network.services[run.network.operations[readers.spec.operation].service]
    for replica in run.replicas[service.replica_first : service.replica_first + service.replicas]:
        for _ in range(readers.spec.consumers):
            consumer = Consumer(len(run.consumers), readers.number, replica)
            consumer.alive = replica.up
            run.consumers.append(consumer)
            readers.consumers.append(consumer)
            replica.consumers.append(consumer)


def hand_over(run: Run, readers: Readers, consumer: Consumer, delivery: Delivery, *, again: bool) -> Span:
    """One execution of the handler for a message begins; ``again`` when the message was handed over before."""
    trace, now, spec = delivery.message.trace, run.clock.now, readers.spec
    span = Span(trace, spec.operation, trace.visit(spec.operation, now), None)
    span.replica = consumer.replica
    span.version, span.published_at = delivery.message.version, delivery.message.published_at
    span.started_at = now
    delivery.span = span
    recorder.delivered(run.r, now, readers.number, span.ident, delivery.at, int(again))
    return span
