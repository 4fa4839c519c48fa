"""Business facts: a handler applies an effect, the client is told, the trace is closed. What follows of it is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.record import effects
from sim.record.effects import NOT_DONE, TOLD_FAILED, TOLD_OK
from sim.record.outcomes import OK

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Span, Trace


def apply(run: Run, span: Span, effect: int, absorbs: int) -> None:
    """A handler applies an effect, which takes no time."""
    trace = span.trace
    row = run.effect_rows[trace.flow][effect]
    state = trace.effects.get(row, NOT_DONE)
    notice(run, trace, effect)
    trace.effects[row] = effects.effect_applied(run.r, run.clock.now, row, state, trace.told, span.ident, effect, absorbs)


def notice(run: Run, trace: Trace, effect: int) -> None:
    """An effect is applied: from now on it is so, for the user who waits for it."""
    number = run.follow_up_of.get(trace.flow, -1)
    if number >= 0 and trace.known_at < 0 and run.network.follow_ups[number].until == effect:
        trace.known_at = run.clock.now



def tell(run: Run, trace: Trace, outcome: int) -> None:
    """The client knows its final outcome: what is done it was told of, or not; what must be done is now due."""
    trace.told = TOLD_OK if outcome == OK else TOLD_FAILED
    network = run.network
    for row in network.flow_effects[trace.flow]:
        state, required = trace.effects.get(row, NOT_DONE), int(network.effects[row].required)
        trace.effects[row] = effects.effect_told(run.r, row, state, trace.told, required)


def close(run: Run, trace: Trace) -> None:
    """Everything the trace caused is done: what is still due will not be done."""
    for row in run.network.flow_effects[trace.flow]:
        trace.effects[row] = effects.effect_closed(run.r, row, trace.effects.get(row, NOT_DONE))
