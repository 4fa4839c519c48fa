"""The recorder's verbs about branches of handlers: what they do in parallel that is no plain call.

    begun --> ended: well, failed, called back, or crashed with its replica
       '--> left: nobody needs it any more, and it goes on --> ended, in vain
"""

from sim.record.fields.branches import (
    BRANCH_BEGUN,
    BRANCH_ENDED,
    BRANCH_LASTED,
    BRANCH_LEFT,
    BRANCH_WASTED,
    BRANCHES,
    BRANCHES_MAX,
    LEVEL_BRANCH_OPEN,
    LEVEL_BRANCHING,
)
from sim.record.fields.facts import FACT_BRANCH_BEGUN, FACT_BRANCH_ENDED, FACT_BRANCH_LEFT
from sim.record.recorder import advance, note
from sim.shared import Words, shared


@shared
def levels_of(r: Words, branch: int) -> int:
    """The address of a branch's levels."""
    return r[BRANCHES.level_at] + branch * r[BRANCHES.levels_at]


@shared
def begun(r: Words, now: int, branch: int, ident: int, handler: int) -> None:
    """A branch begins, of the handler with an identity."""
    w = advance(r, now, BRANCHES.at, branch)
    level = levels_of(r, branch)
    r[w + BRANCH_BEGUN] += 1
    r[level + LEVEL_BRANCHING] += 1
    r[w + BRANCHES_MAX] = max(r[w + BRANCHES_MAX], r[level + LEVEL_BRANCHING])
    note(r, now, FACT_BRANCH_BEGUN, ident, handler)


@shared
def left(r: Words, now: int, branch: int, ident: int) -> None:
    """A branch is not needed any more, and goes on."""
    w = advance(r, now, BRANCHES.at, branch)
    r[w + BRANCH_LEFT] += 1
    note(r, now, FACT_BRANCH_LEFT, ident, branch)


@shared
def ended(r: Words, now: int, branch: int, ident: int, outcome: int, lasted: int, wasted: bool) -> None:  # noqa: FBT001
    """A branch is over, after so many ns; ``wasted``: nobody needed it."""
    w = advance(r, now, BRANCHES.at, branch)
    r[w + BRANCH_ENDED + outcome] += 1
    r[w + BRANCH_LASTED] += lasted
    if wasted:
        r[w + BRANCH_WASTED] += 1
    r[levels_of(r, branch) + LEVEL_BRANCHING] -= 1
    note(r, now, FACT_BRANCH_ENDED, ident, outcome)


@shared
def still_running(r: Words, branch: int, lasted: int) -> None:
    """A branch is under way when the books are closed, for so many ns so far."""
    r[levels_of(r, branch) + LEVEL_BRANCH_OPEN] += lasted
