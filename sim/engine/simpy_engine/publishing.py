"""How a message leaves for its topic or queue, whoever publishes it: a handler, a relay, or a consumer that hands it on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine import projections
from sim.engine.simpy_engine.broker_state import Message
from sim.record import fields, recorder
from sim.semantics.order import APPEND, identity, rank_of
from sim.semantics.rules import there_and_back

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Trace


def leave(run: Run, trace: Trace, number: int, failed: Message | None = None) -> tuple[Message, int]:
    """A message leaves for its topic or queue; gives it, and how long it takes until the broker's ack is back.

    It may carry on what ``failed`` elsewhere: that is no new event of a read model.
    """
    network, clock = run.network, run.clock
    spec, place = network.channels[number], len(network.operations) + number
    occurrence = trace.visit(place, clock.now)
    message = Message(trace, number, identity(trace.number, place, occurrence))
    message.key = trace.partition_key
    if not trace.closed:
        trace.open += len(spec.groups)
    if network.fed[number] and failed is not None:
        message.version, message.published_at = failed.version, failed.published_at
    elif network.fed[number]:
        message.version, message.published_at = projections.publish(run, trace, number), clock.now
    recorder.note(run.r, clock.now, fields.facts.FACT_PUBLISHED, message.ident, number)
    there = run.sample(spec.latency, spec.publish_stream, trace, occurrence)
    clock.after(there, rank_of(APPEND, message.ident), run.appear, run, message)
    return message, there_and_back(there, run.sample(spec.latency, spec.ack_stream, trace, occurrence))
