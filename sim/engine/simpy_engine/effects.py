"""Business facts: a handler applies an effect, the client is told, the trace is closed. What follows of it is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.record import effects, invariants
from sim.record.effects import DONE, NOT_DONE, STATE, TOLD_FAILED, TOLD_OK, VOID
from sim.record.outcomes import OK

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Span, Trace


def apply(run: Run, span: Span, which: int, absorbs: int) -> None:
    """A handler applies an effect, which takes no time; unless there is nothing that it could undo."""
    trace, effect, undone = span.trace, which & effects.EFFECT_MASK, which >> effects.EFFECT_BITS
    row = run.effect_rows[trace.flow][effect]
    if undone > 0 and void(run, span, effect, undone - 1) & STATE != DONE:
        return
    state = trace.effects.get(row, NOT_DONE)
    if state & VOID == 0:
        notice(run, trace, effect)
    trace.effects[row] = effects.effect_applied(run.r, run.clock.now, row, state, trace.told, span.ident, effect, absorbs)
    if run.network.flow_invariants[trace.flow]:
        once_more = 1 - effects.absorbed(run.clock.now, state, absorbs)
        count(run, trace, row - run.network.flow_effects[trace.flow][0], once_more)


def void(run: Run, span: Span, effect: int, undone: int) -> int:
    """An effect is to undo another one, which is void from now on. Returns the state of that."""
    trace, rows = span.trace, run.effect_rows[span.trace.flow]
    row = rows.get(undone, -1)
    before = trace.effects.get(row, NOT_DONE)
    state = effects.effect_voided(run.r, run.clock.now, rows[effect], span.ident, effect, undone, before)
    if row >= 0:
        trace.effects[row] = state
    return state


def count(run: Run, trace: Trace, place: int, once_more: int) -> None:
    """An effect was applied once more; in a trace that is closed, that may turn its invariants round."""
    times = trace.times = trace.times or [0] * len(run.network.flow_effects[trace.flow])
    before = times[place]
    now = before + once_more
    for row in run.network.flow_invariants[trace.flow] if trace.closed and not trace.parked else ():
        times[place] = before
        held = invariants.holds_of(run.invariant_terms[row], 0, times, 0, len(times))
        times[place] = now
        holds = invariants.holds_of(run.invariant_terms[row], 0, times, 0, len(times))
        if holds != held:
            invariants.invariant_turned(run.r, run.clock.now, row, trace.ident, holds)
    times[place] = now


def notice(run: Run, trace: Trace, effect: int) -> None:
    """An effect is applied: from now on it is so, for the user who waits for it."""
    number = run.waits_in.get(trace.flow, -1)
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
    """Everything the trace caused is done: what is still due will not be done, and its invariants hold or do not."""
    for row in run.network.flow_effects[trace.flow]:
        trace.effects[row] = effects.effect_closed(run.r, row, trace.effects.get(row, NOT_DONE))
    for row in run.network.flow_invariants[trace.flow]:
        if trace.parked:
            invariants.invariant_parked(run.r, row)
        else:
            invariants.invariant_judged(run.r, run.clock.now, row, trace.ident, holds_now(run, trace, row))


def set_aside(run: Run, trace: Trace) -> None:
    """A saga of the trace was parked: it is half done, and waits for a person, so that no invariant is judged of it."""
    for row in run.network.flow_invariants[trace.flow] if trace.closed and not trace.parked else ():
        invariants.invariant_set_aside(run.r, row, holds_now(run, trace, row))
    trace.parked = True


def holds_now(run: Run, trace: Trace, row: int) -> int:
    """Whether an invariant holds of what the trace has applied so far."""
    times = trace.times or [0] * len(run.network.flow_effects[trace.flow])
    return invariants.holds_of(run.invariant_terms[row], 0, times, 0, len(times))
