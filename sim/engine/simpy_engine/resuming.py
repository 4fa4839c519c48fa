"""Who gets a worker that is free, where handlers want theirs back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.record import event_loops as record
from sim.semantics.processors import HERE, resumed_next

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Replica, Span


def hand_over(run: Run, replica: Replica) -> bool:
    """A worker is free: whether a handler has it now that wants one again."""
    loop = replica.loop
    if loop is None or not loop.resuming:
        return False
    first, longest = loop.resuming[0], [next(iter(line.values())).arrived_at for line in replica.lines if line]
    if not resumed_next(loop.spec.resumed, first.place_since, len(longest), min(longest, default=0)):
        return False
    loop.resuming.popleft()
    take(run, replica, first)
    first.resumed.succeed()
    return True


def take(run: Run, replica: Replica, span: Span) -> None:
    """A handler has a worker again."""
    loop: Any = replica.loop
    replica.busy += 1
    loop.without -= 1
    span.place = HERE
    record.resumed(run.r, run.clock.now, loop.number, span.ident, run.clock.now - span.place_since)
