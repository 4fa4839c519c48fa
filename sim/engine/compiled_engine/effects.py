"""Business facts: a handler applies an effect, the client is told, the trace is closed. The readable engine's verbs."""

from sim.engine.compiled_engine.state import Span, Trace, World
from sim.record.effects import (
    DONE,
    EFFECT_BITS,
    EFFECT_MASK,
    NOT_DONE,
    STATE,
    TOLD_FAILED,
    TOLD_OK,
    VOID,
    absorbed,
    effect_applied,
    effect_closed,
    effect_told,
    effect_voided,
)
from sim.record.invariants import (
    FACTORS,
    holds_of,
    invariant_judged,
    invariant_parked,
    invariant_set_aside,
    invariant_turned,
)
from sim.record.outcomes import OK
from sim.semantics.order import identity
from sim.shared import Words


def apply(m: World, r: Words, span: Span, which: int, absorbs: int) -> None:
    """A handler applies an effect, which takes no time; unless there is nothing that it could undo."""
    x = span.trace
    flow = x.flow
    effect = which & EFFECT_MASK
    place = flow.effect_place[effect]
    at = m.effects_at + place
    row = flow.effect_row + place
    if which > EFFECT_MASK and void(m, r, span, row, effect, (which >> EFFECT_BITS) - 1) & STATE != DONE:
        return
    state = x.counts[at]
    if state & VOID == 0:
        notice(m, x, effect)
    x.counts[at] = effect_applied(r, m.now, row, state, x.answered, span.ident, effect, absorbs)
    if flow.invariants > 0:
        count(m, r, x, place, 1 - absorbed(m.now, state, absorbs))


def void(m: World, r: Words, span: Span, row: int, effect: int, undone: int) -> int:
    """An effect is to undo another one, which is void from now on. Returns the state of that."""
    x = span.trace
    place = x.flow.effect_place[undone]
    if place < 0:
        return effect_voided(r, m.now, row, span.ident, effect, undone, NOT_DONE)
    at = m.effects_at + place
    x.counts[at] = effect_voided(r, m.now, row, span.ident, effect, undone, x.counts[at])
    return x.counts[at]


def count(m: World, r: Words, x: Trace, place: int, once_more: int) -> None:
    """An effect was applied once more; in a trace that is closed, that may turn its invariants round."""
    flow = x.flow
    at, first = m.times_at + place, x.at + Trace.SIZE + m.times_at
    before = x.counts[at]
    now = before + once_more
    for number in range(flow.invariants if x.closed == 1 and x.counts[m.times_at - 1] == 0 else 0):
        terms = flow.invariant_terms.at + number * (FACTORS + flow.effects)
        x.counts[at] = before
        held = holds_of(m, terms, m, first, flow.effects)
        x.counts[at] = now
        holds = holds_of(m, terms, m, first, flow.effects)
        if holds != held:
            invariant_turned(r, m.now, flow.invariant_row + number, identity(x.number, 0, 0), holds)
    x.counts[at] = now


def notice(m: World, x: Trace, effect: int) -> None:
    """An effect is applied: from now on it is so, for the user who waits for it."""
    spec = x.flow.waits_in
    if spec and x.known == 0 and spec.until == effect:
        x.known = 1
        x.known_at = m.now


def tell(m: World, r: Words, x: Trace, outcome: int) -> None:
    """The client knows its final outcome: what is done it was told of, or not; what must be done is now due."""
    x.answered = TOLD_OK if outcome == OK else TOLD_FAILED
    flow = x.flow
    for place in range(flow.effects):
        required, at = flow.effect_required[place], m.effects_at + place
        x.counts[at] = effect_told(r, flow.effect_row + place, x.counts[at], x.answered, required)


def close(m: World, r: Words, x: Trace) -> None:
    """Everything the trace caused is done: what is still due will not be done, and its invariants hold or do not."""
    flow = x.flow
    for place in range(flow.effects):
        at = m.effects_at + place
        x.counts[at] = effect_closed(r, flow.effect_row + place, x.counts[at])
    for number in range(flow.invariants):
        if x.counts[m.times_at - 1] != 0:
            invariant_parked(r, flow.invariant_row + number)
        else:
            invariant_judged(r, m.now, flow.invariant_row + number, identity(x.number, 0, 0), holds_now(m, x, number))


def set_aside(m: World, r: Words, x: Trace) -> None:
    """A saga of the trace was parked: it is half done, and waits for a person, so that no invariant is judged of it."""
    flow = x.flow
    if flow.invariants == 0:
        return
    for number in range(flow.invariants if x.closed == 1 and x.counts[m.times_at - 1] == 0 else 0):
        invariant_set_aside(r, flow.invariant_row + number, holds_now(m, x, number))
    x.counts[m.times_at - 1] = 1


def holds_now(m: World, x: Trace, number: int) -> int:
    """Whether an invariant holds of what the trace has applied so far."""
    flow = x.flow
    terms = flow.invariant_terms.at + number * (FACTORS + flow.effects)
    return holds_of(m, terms, m, x.at + Trace.SIZE + m.times_at, flow.effects)
