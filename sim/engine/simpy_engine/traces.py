"""Traces: part done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine import effects
from sim.record import recorder

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Trace


def part_done(run: Run, trace: Trace, good: bool) -> None:  # noqa: FBT001
    """One part of a trace (the request itself, or one message for one group) is done; the last one closes it."""
    if trace.closed:
        return
    trace.failed = trace.failed or not good
    trace.open -= 1
    if trace.open == 0:
        trace.closed = True
        del run.flows_open[trace.number]
        effects.close(run, trace)
        now, deadline = run.clock.now, run.network.flows[trace.flow].deadline
        recorder.closed(run.r, now, trace.flow, trace.ident, int(not trace.failed), now - trace.started_at, deadline)
