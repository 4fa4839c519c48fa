"""Executions whose work shares cores, or that give their workers back: when they end early, and at the horizon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine import event_loops, processors

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Replica, Span


def leave(run: Run, span: Span) -> None:
    """An execution goes down, or is given up: it needs no core, and no worker."""
    processors.leave(run, span)
    event_loops.leave(run, span)


def count(run: Run, replica: Replica) -> int:
    """What waits for a core of a replica and what is at work there; and how many handlers are without a worker."""
    processors.count_processor(run, replica)
    event_loops.count_loop(run, replica)
    return 0 if replica.loop is None else replica.loop.without
