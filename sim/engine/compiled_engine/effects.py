"""Business facts: a handler applies an effect, the client is told, the trace is closed. The readable engine's verbs."""

from sim.engine.compiled_engine.state import (
    Span,
    Trace,
    World,
)
from sim.record.effects import TOLD_FAILED, TOLD_OK, effect_applied, effect_closed, effect_told
from sim.record.outcomes import OK
from sim.shared import Words


def apply(m: World, r: Words, span: Span, effect: int, absorbs: int) -> None:
    """A handler applies an effect, which takes no time."""
    x = span.trace
    flow = x.flow
    place = flow.effect_place[effect]
    at = m.places + place
    row = flow.effect_row + place
    notice(m, x, effect)
    x.counts[at] = effect_applied(r, m.now, row, x.counts[at], x.answered, span.ident, effect, absorbs)


def notice(m: World, x: Trace, effect: int) -> None:
    """An effect is applied: from now on it is so, for the user who waits for it."""
    spec = x.flow.follow_up
    if spec and x.known == 0 and spec.until == effect:
        x.known = 1
        x.known_at = m.now



def tell(m: World, r: Words, x: Trace, outcome: int) -> None:
    """The client knows its final outcome: what is done it was told of, or not; what must be done is now due."""
    x.answered = TOLD_OK if outcome == OK else TOLD_FAILED
    flow = x.flow
    for place in range(flow.effects):
        required, at = flow.effect_required[place], m.places + place
        x.counts[at] = effect_told(r, flow.effect_row + place, x.counts[at], x.answered, required)


def close(m: World, r: Words, x: Trace) -> None:
    """Everything the trace caused is done: what is still due will not be done."""
    flow = x.flow
    for place in range(flow.effects):
        at = m.places + place
        x.counts[at] = effect_closed(r, flow.effect_row + place, x.counts[at])
