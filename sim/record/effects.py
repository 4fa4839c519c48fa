"""What becomes of the effects of a trace: the recorder's verbs about business facts, the same for both engines.

               client told ok, the flow       applied
    NOT_DONE --must have it--> PENDING --------> DONE    applied again: doubled, or absorbed where it is idempotent
        |                         | trace closed           ^
        |                         '----------> UNDONE -----| applied after all: mended
        '--------------------applied-----------------------'

For every effect that a flow may have, an engine keeps one of these states in the trace, and whether its client has been told.
Each verb counts, and returns the state that follows. What must hold of the counts is asserted by `sim.record.ledger`:

    applied      = told ok + told failed + mended + untold         a done effect is one that the client knows of, or not yet
    client's ok  = told ok + undone + pending                      of an effect that the flow must have
"""


from sim.record.fields import (
    EFFECT_ABSORBED,
    EFFECT_APPLIED,
    EFFECT_DOUBLED,
    EFFECT_FIELDS,
    EFFECT_LEVELS,
    EFFECT_MENDED,
    EFFECT_TOLD_FAILED,
    EFFECT_TOLD_OK,
    EFFECT_UNDONE,
    FACT_EFFECT,
    LEVEL_PENDING,
    LEVEL_UNTOLD,
    R_LEVEL_EFFECTS,
    R_WINDOW_EFFECTS,
)
from sim.record.recorder import note
from sim.shared import Words, shared

# what has become of an effect in a trace
NOT_DONE = 0
PENDING = 1
DONE = 2
UNDONE = 3

# what the client of a trace knows
NOT_TOLD = 0
TOLD_OK = 1
TOLD_FAILED = 2


@shared
def effect_applied(r: Words, now: int, row: int, state: int, told: int, ident: int, effect: int, absorbs: int) -> int:
    """A handler applies an effect; ``absorbs``: where it is done already, that changes nothing. Returns its state: done."""
    w = r[R_WINDOW_EFFECTS] + row * EFFECT_FIELDS
    level = r[R_LEVEL_EFFECTS] + row * EFFECT_LEVELS
    note(r, now, FACT_EFFECT, ident, 2 * effect + absorbs)
    if state == DONE:
        if absorbs:
            r[w + EFFECT_ABSORBED] += 1
        else:
            r[w + EFFECT_DOUBLED] += 1
        return DONE
    r[w + EFFECT_APPLIED] += 1
    if state == UNDONE:
        r[w + EFFECT_MENDED] += 1
    elif told == NOT_TOLD:
        r[level + LEVEL_UNTOLD] += 1
    elif told == TOLD_FAILED:
        r[w + EFFECT_TOLD_FAILED] += 1
    else:
        r[w + EFFECT_TOLD_OK] += 1
        if state == PENDING:
            r[level + LEVEL_PENDING] -= 1
    return DONE


@shared
def effect_told(r: Words, row: int, state: int, told: int, required: int) -> int:
    """The client knows how its request ended; ``required``: it must have the effect to end well. Returns the state."""
    w = r[R_WINDOW_EFFECTS] + row * EFFECT_FIELDS
    level = r[R_LEVEL_EFFECTS] + row * EFFECT_LEVELS
    if state == DONE:
        r[level + LEVEL_UNTOLD] -= 1
        r[w + (EFFECT_TOLD_OK if told == TOLD_OK else EFFECT_TOLD_FAILED)] += 1
    elif told == TOLD_OK and required:
        r[level + LEVEL_PENDING] += 1
        return PENDING
    return state


@shared
def effect_closed(r: Words, row: int, state: int) -> int:
    """Everything the trace caused is done; what is pending now is undone. Returns the state."""
    if state != PENDING:
        return state
    r[r[R_LEVEL_EFFECTS] + row * EFFECT_LEVELS + LEVEL_PENDING] -= 1
    r[r[R_WINDOW_EFFECTS] + row * EFFECT_FIELDS + EFFECT_UNDONE] += 1
    return UNDONE
