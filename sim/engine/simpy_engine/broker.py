"""What all brokers have in common: messages are published, cross the network, and appear at the broker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.engine.simpy_engine import log, projections, queue
from sim.engine.simpy_engine.clock import Timer
from sim.engine.simpy_engine.state import Message, Span
from sim.network import Queue
from sim.record import fields, recorder
from sim.semantics.order import ACK, APPEND, identity, rank_of
from sim.semantics.rules import there_and_back

if TYPE_CHECKING:
    from collections.abc import Generator

    from simpy.events import Event

    from sim.engine.simpy_engine.run import Run


def publish(run: Run, span: Span, number: int, wait: int) -> Generator[Event, Any, bool]:
    """A message leaves for its topic or queue; with ``wait`` the handler goes on when the broker's ack is back.

    Gives whether the broker took it, as far as the handler knows.
    """
    network, clock, trace = run.network, run.clock, span.trace
    spec, place = network.channels[number], len(network.operations) + number
    occurrence = trace.visit(place, clock.now)
    message = Message(trace, number, identity(trace.number, place, occurrence))
    if not trace.closed:
        trace.open += len(spec.groups)
    if network.fed[number]:
        message.version = projections.publish(run, trace, number)
    recorder.note(run.r, clock.now, fields.FACT_PUBLISHED, message.ident, number)
    there = run.sample(spec.latency, spec.publish_stream, trace, occurrence)
    clock.after(there, rank_of(APPEND, message.ident), appear, run, message)
    if wait:
        back = run.sample(spec.latency, spec.ack_stream, trace, occurrence)
        yield Timer(clock, there_and_back(there, back), rank_of(ACK, span.ident))
        if not span.dead:
            recorder.note(run.r, clock.now, fields.FACT_ACKNOWLEDGED, span.ident, int(message.refused))
        return not message.refused
    return True


def appear(run: Run, message: Message) -> None:
    """A message is at its broker."""
    if isinstance(run.network.channels[message.channel], Queue):
        queue.arrive(run, message)
    else:
        log.append(run, message)
