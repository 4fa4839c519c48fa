"""Calls in parallel of which not all are waited for: begin, end, give up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpy.events import Event

from sim.engine.simpy_engine.calls import call
from sim.engine.simpy_engine.clock import Process
from sim.engine.simpy_engine.left import leave_all
from sim.network import INSTRUCTION
from sim.record.outcomes import DEPENDENCY, OK
from sim.semantics.order import QUORUM_WAIT, rank_of

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Activity, Run, Steps
    from sim.engine.simpy_engine.state import Span


class Together:
    """Calls that left together: how many are not over yet, and how many were answered well of so many that must be."""

    __slots__ = ("good", "joined", "needed", "over", "pending", "span")

    def __init__(self, run: Run, span: Span, count: int, needed: int) -> None:
        self.span, self.pending, self.needed = span, count, needed
        self.good = 0
        self.over = False
        self.joined = Event(run.clock)


def quorum(run: Run, span: Span, table: int, count: int) -> Steps:
    """Send several calls at once, wait until enough have been answered well, or cannot be any more, and leave the others."""
    behind, needed, deadline = run.tables[table : table + 3]
    together = Together(run, span, count, needed)
    for number in range(count):
        Process(run.clock, branch(run, together, behind - (count - number) * INSTRUCTION))
    if deadline > 0:
        run.clock.after(deadline, rank_of(QUORUM_WAIT, span.ident), give_up, run, together)
    outcome: int = yield together.joined
    return outcome


def branch(run: Run, together: Together, at: int) -> Activity:
    """Process: one of the calls."""
    span = together.span
    if span.dead:
        return
    outcome = yield from call(run, span, span.trace, run.network.sites[run.network.program[at + 1]], together)
    if span.dead or together.over:
        return
    together.pending -= 1
    together.good += outcome == OK
    if together.good == together.needed or together.good + together.pending < together.needed:
        end(run, together, OK if together.good == together.needed else DEPENDENCY)


def end(run: Run, together: Together, outcome: int) -> None:
    """It is known how it ends: the handler goes on, and needs no other answer."""
    together.over = True
    leave_all(run, together.span)
    together.joined.succeed(outcome)


def give_up(run: Run, together: Together) -> None:
    """The deadline is over."""
    if not together.over and not together.span.dead:
        end(run, together, DEPENDENCY)
