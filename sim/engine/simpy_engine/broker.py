"""What all brokers have in common: handlers publish messages, and they appear at the broker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.engine.simpy_engine import outages
from sim.engine.simpy_engine.clock import Timer
from sim.engine.simpy_engine.dual_writes import sent
from sim.engine.simpy_engine.publishing import leave
from sim.network import BY_STORE, BY_TRACE, SIZE_AT, WAITS_FOR_BROKER
from sim.record import fields, recorder
from sim.semantics.order import ACK, rank_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from simpy.events import Event

    from sim.engine.simpy_engine.broker_state import Message
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Span


def publish(run: Run, span: Span, number: int, how: int) -> Generator[Event, Any, bool]:
    """A message leaves for its topic or queue; if it ``WAITS_FOR_BROKER`` the handler goes on when the broker's ack is back.

    Gives whether the broker took it, as far as the handler knows.
    """
    message, back = leave(run, span.trace, number)
    message.sender = None if how & BY_STORE else span.replica
    if how & BY_TRACE:
        message.key = span.trace.key
    message.bytes = how >> SIZE_AT
    sent(span, message)
    if how & WAITS_FOR_BROKER:
        message.publisher = span.ident
        message.timer = timer = Timer(run.clock, back, rank_of(ACK, span.ident))
        yield timer
        if not span.dead:
            recorder.note(run.r, run.clock.now, fields.facts.FACT_ACKNOWLEDGED, span.ident, int(message.refused))
        return not message.refused
    return True


def appear(run: Run, message: Message) -> None:
    """A message is at its broker."""
    if run.cut_off(message.channel):
        outages.hold(run, run.broker_of[message.channel], message)
    else:
        outages.take(run, message)
