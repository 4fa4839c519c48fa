"""What becomes of the effects of a trace: the recorder's verbs about business facts, the same for both engines.

               client told ok, the flow       applied
    NOT_DONE --must have it--> PENDING --------> DONE    applied again: doubled, or absorbed where it is idempotent
        |                         | trace closed           ^
        |                         '----------> UNDONE -----| applied after all: mended
        '--------------------applied-----------------------'

An effect is absorbed for ever, or within a window from when it was applied; a sliding one begins anew with what is absorbed.
One that *undoes* another makes that void: applying it changes nothing from then on, as its key is used up. Where that was not
done there is nothing to undo, and the undo is absorbed itself. For every effect that a flow may have, an engine keeps one of
these states in the trace, and whether its client has been told.
Each verb counts, and returns the state that follows. What must hold of the counts is asserted by `sim.record.ledger`:

    applied      = told ok + told failed + mended + untold         a done effect is one that the client knows of, or not yet
    client's ok  = told ok + undone + pending                      of an effect that the flow must have
"""


from sim.record.fields.effects import (
    EFFECT_ABSORBED,
    EFFECT_APPLIED,
    EFFECT_DOUBLED,
    EFFECT_FIELDS,
    EFFECT_LEVELS,
    EFFECT_MENDED,
    EFFECT_TOLD_FAILED,
    EFFECT_TOLD_OK,
    EFFECT_UNDONE,
    LEVEL_PENDING,
    LEVEL_UNTOLD,
    R_LEVEL_EFFECTS,
    R_WINDOW_EFFECTS,
)
from sim.record.fields.facts import FACT_EFFECT, FACT_VOIDED
from sim.record.recorder import note
from sim.shared import Words, shared

EFFECT_BITS = 20  # of an operand that is an effect, and above them one more than the effect that it undoes, or 0
EFFECT_MASK = (1 << EFFECT_BITS) - 1

# whether another time is absorbed: 0, 1 for ever, else a window of ns above these bits
WINDOWED = 2
SLIDING = 1  # of a windowed one: what is absorbed begins the window anew
WINDOW_BITS = 2

# what has become of an effect in a trace; of one that is done, above these bits, when a window for it began
STATE_BITS = 3
STATE = 3
NOT_DONE = 0
PENDING = 1
DONE = 2
UNDONE = 3
VOID = 4  # beside one of those: it was undone, and will not be applied any more

# what the client of a trace knows
NOT_TOLD = 0
TOLD_OK = 1
TOLD_FAILED = 2


@shared
def absorbed(now: int, state: int, absorbs: int) -> int:
    """Whether an effect that is applied now changes nothing, as it is done already, or void."""
    within = absorbs >= WINDOWED and now - (state >> STATE_BITS) < absorbs >> WINDOW_BITS
    return 1 if state & VOID != 0 or (state & STATE == DONE and (absorbs == 1 or within)) else 0


@shared
def effect_voided(r: Words, now: int, row: int, ident: int, undoing: int, undone: int, state: int) -> int:
    """An effect, of this row, is to undo another one, of this state: where that is not done, it changes nothing itself.

    Returns the state of the other one, which is void from now on.
    """
    note(r, now, FACT_VOIDED, ident, (undoing << EFFECT_BITS) + undone)
    if state & STATE != DONE:
        r[r[R_WINDOW_EFFECTS] + row * EFFECT_FIELDS + EFFECT_ABSORBED] += 1
    return state | VOID


@shared
def effect_applied(r: Words, now: int, row: int, state: int, told: int, ident: int, effect: int, absorbs: int) -> int:
    """A handler applies an effect; ``absorbs``: whether, where it is done already, that changes nothing. Returns its state."""
    w = r[R_WINDOW_EFFECTS] + row * EFFECT_FIELDS
    level = r[R_LEVEL_EFFECTS] + row * EFFECT_LEVELS
    note(r, now, FACT_EFFECT, ident, 2 * effect + (1 if absorbs != 0 else 0))
    if state & VOID != 0:
        r[w + EFFECT_ABSORBED] += 1
        return state
    done = DONE + (now << STATE_BITS)
    if state & STATE == DONE:
        if absorbed(now, state, absorbs) != 0:
            r[w + EFFECT_ABSORBED] += 1
            return done if absorbs > WINDOWED and absorbs & SLIDING != 0 else state
        r[w + EFFECT_DOUBLED] += 1
        return done
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
    return done


@shared
def effect_told(r: Words, row: int, state: int, told: int, required: int) -> int:
    """The client knows how its request ended; ``required``: it must have the effect to end well. Returns the state."""
    w = r[R_WINDOW_EFFECTS] + row * EFFECT_FIELDS
    level = r[R_LEVEL_EFFECTS] + row * EFFECT_LEVELS
    if state & STATE == DONE:
        r[level + LEVEL_UNTOLD] -= 1
        r[w + (EFFECT_TOLD_OK if told == TOLD_OK else EFFECT_TOLD_FAILED)] += 1
    elif told == TOLD_OK and required:
        r[level + LEVEL_PENDING] += 1
        return PENDING + (state & VOID)
    return state


@shared
def effect_closed(r: Words, row: int, state: int) -> int:
    """Everything the trace caused is done; what is pending now is undone. Returns the state."""
    if state & STATE != PENDING:
        return state
    r[r[R_LEVEL_EFFECTS] + row * EFFECT_LEVELS + LEVEL_PENDING] -= 1
    r[r[R_WINDOW_EFFECTS] + row * EFFECT_FIELDS + EFFECT_UNDONE] += 1
    return UNDONE + (state & VOID)
