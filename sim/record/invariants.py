"""What becomes of the invariants of a trace: the recorder's verbs, the same for both engines.

    trace closed --> HELD   <--an effect is applied after all, by a request that nobody waits for any more-->   BROKEN
                 |   counted when it is closed, and again whenever that turns it round
                 `-> PARKED  a saga of it was parked: it is half done, and waits for a person; no invariant is judged of it

A saga that is parked after its trace was closed takes it out of those that held, or were broken. What must hold of the counts
is asserted by `sim.record.ledger`:

    offered = held + broken + parked + open          each invariant of a flow, over all of its traces
"""

from sim.record.fields.facts import FACT_INVARIANT
from sim.record.fields.invariants import (
    INVARIANT_BROKEN,
    INVARIANT_BROKEN_PARKED,
    INVARIANT_HELD,
    INVARIANT_HELD_PARKED,
    INVARIANT_LATER_BROKEN,
    INVARIANT_LATER_HELD,
    INVARIANT_PARKED,
    INVARIANTS,
    LEVEL_INVARIANT_OPEN,
)
from sim.record.recorder import note
from sim.shared import Words, shared

# what stands before the factors of an invariant
EQUAL = 0  # whether the sum must be 0; else it may be less
CONSTANT = 1
FACTORS = 2


@shared
def holds_of(terms: Words, at: int, times: Words, first: int, effects: int) -> int:
    """Whether an invariant, whose terms begin at ``at``, holds of a trace whose effects were applied so many times."""
    total = terms[at + CONSTANT]
    for place in range(effects):
        total += terms[at + FACTORS + place] * times[first + place]
    return 1 if total == 0 or (terms[at + EQUAL] == 0 and total < 0) else 0


@shared
def invariant_judged(r: Words, now: int, row: int, ident: int, held: int) -> None:
    """A trace is closed, and an invariant holds of it, or does not."""
    w = r[INVARIANTS.window_at] + row * len_of_row(r)
    if held != 0:
        r[w + INVARIANT_HELD] += 1
    else:
        r[w + INVARIANT_BROKEN] += 1
        note(r, now, FACT_INVARIANT, ident, 2 * row)


@shared
def invariant_turned(r: Words, now: int, row: int, ident: int, held: int) -> None:
    """An effect was applied in a trace that is closed, and that turned an invariant round; ``held``: it holds now."""
    w = r[INVARIANTS.window_at] + row * len_of_row(r)
    if held != 0:
        r[w + INVARIANT_LATER_HELD] += 1
    else:
        r[w + INVARIANT_LATER_BROKEN] += 1
    note(r, now, FACT_INVARIANT, ident, 2 * row + held)


@shared
def invariant_parked(r: Words, row: int) -> None:
    """A trace is closed, and a saga of it was parked: it is not judged."""
    r[r[INVARIANTS.window_at] + row * len_of_row(r) + INVARIANT_PARKED] += 1


@shared
def invariant_set_aside(r: Words, row: int, held: int) -> None:
    """A saga was parked in a trace that is closed, of which the invariant ``held``, or not: it is judged no more."""
    w = r[INVARIANTS.window_at] + row * len_of_row(r)
    if held != 0:
        r[w + INVARIANT_HELD_PARKED] += 1
    else:
        r[w + INVARIANT_BROKEN_PARKED] += 1


@shared
def invariant_still_open(r: Words, row: int) -> None:
    """A trace is not closed when the books are: whether the invariant will hold of it is not known."""
    r[r[INVARIANTS.level_at] + row * r[INVARIANTS.levels_at] + LEVEL_INVARIANT_OPEN] += 1


@shared
def len_of_row(r: Words) -> int:
    """Columns of an invariant's row."""
    return r[INVARIANTS.fields_at]
