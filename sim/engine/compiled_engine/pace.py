"""Executions whose work shares cores, or that give their workers back: when they end early, and at the horizon."""

from sim.engine.compiled_engine import event_loops, processors
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.record import fields
from sim.semantics.processors import HERE
from sim.shared import Words, entrance, rare


@entrance
def leave(m: World, r: Words, span: Span) -> None:
    """An execution goes down, or is given up: it needs no core, and no worker."""
    processors.leave(m, r, span)
    event_loops.leave(m, r, span)


@rare
def count(m: World, replica: Replica) -> int:
    """What waits for a core of a replica and what is at work there; returns how many handlers are without a worker."""
    processors.count_processor(m, m.inside[fields.processors.PROCESSORS.number], replica)
    return event_loops.count_loop(m, m.inside[fields.event_loops.EVENT_LOOPS.number], replica)


@rare
def count_span(m: World, r: Words, span: Span) -> None:
    """How long an execution has waited for a core, has been at work, or has been without a worker."""
    if span.place != HERE:
        processors.count_work(m, r, span)
        event_loops.count_handler(m, r, span)
