"""Business facts: a handler applies an effect, the client is told, the trace is closed. The readable engine's verbs."""

from sim.engine.compiled_engine.layout import (
    F_IDENT,
    F_TRACE,
    H_NOW,
    H_PLACES,
    W_EFFECT_PLACE,
    W_EFFECT_REQUIRED,
    W_EFFECT_ROW,
    W_EFFECTS,
    X_ANSWERED,
    X_COUNTS,
    X_FLOW,
)
from sim.record.effects import TOLD_FAILED, TOLD_OK, effect_applied, effect_closed, effect_told
from sim.record.outcomes import OK
from sim.shared import Words


def apply(m: Words, r: Words, f: int, effect: int, absorbs: int) -> None:
    """A handler applies an effect, which takes no time."""
    x = m[f + F_TRACE]
    flow = m[x + X_FLOW]
    place = m[m[flow + W_EFFECT_PLACE] + effect]
    at = x + X_COUNTS + m[H_PLACES] + place
    row = m[flow + W_EFFECT_ROW] + place
    m[at] = effect_applied(r, m[H_NOW], row, m[at], m[x + X_ANSWERED], m[f + F_IDENT], effect, absorbs)


def tell(m: Words, r: Words, x: int, outcome: int) -> None:
    """The client knows its final outcome: what is done it was told of, or not; what must be done is now due."""
    m[x + X_ANSWERED] = TOLD_OK if outcome == OK else TOLD_FAILED
    flow = m[x + X_FLOW]
    at = x + X_COUNTS + m[H_PLACES]
    for place in range(m[flow + W_EFFECTS]):
        required = m[m[flow + W_EFFECT_REQUIRED] + place]
        m[at + place] = effect_told(r, m[flow + W_EFFECT_ROW] + place, m[at + place], m[x + X_ANSWERED], required)


def close(m: Words, r: Words, x: int) -> None:
    """Everything the trace caused is done: what is still due will not be done."""
    flow = m[x + X_FLOW]
    at = x + X_COUNTS + m[H_PLACES]
    for place in range(m[flow + W_EFFECTS]):
        m[at + place] = effect_closed(r, m[flow + W_EFFECT_ROW] + place, m[at + place])
