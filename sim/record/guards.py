"""The recorder's verbs about guards: what they let go, what they refuse, and whether they keep calls back.

    asked --GO--> out --settled--> succeeded or failed        withdrawn: a guard further in refused
      '--REFUSE-> refused          given up: the caller went down

A guard may have several states, one for each replica that calls; how many of them keep calls back is a level.
"""

from sim.record.fields.facts import FACT_ENGAGED, FACT_KEPT_BACK
from sim.record.fields.guards import (
    GUARD_ADMITTED,
    GUARD_ATTEMPTS,
    GUARD_ENGAGED_MAX,
    GUARD_FAILED,
    GUARD_GIVEN_UP,
    GUARD_IGNORED,
    GUARD_REFUSED,
    GUARD_SUCCEEDED,
    GUARD_WITHDRAWN,
    GUARDS,
    LEVEL_ENGAGED,
    LEVEL_OUT,
)
from sim.record.recorder import advance, note
from sim.shared import Words, shared


@shared
def guard_asked(r: Words, now: int, guard: int, ident: int, outermost: bool, refused: bool) -> None:  # noqa: FBT001
    """An attempt asked a guard whether it may leave; the outermost one is asked first."""
    w = advance(r, now, GUARDS.at, guard)
    if outermost:
        r[w + GUARD_ATTEMPTS] += 1
    if refused:
        r[w + GUARD_REFUSED] += 1
        note(r, now, FACT_KEPT_BACK, ident, guard)
    else:
        r[w + GUARD_ADMITTED] += 1
        r[r[GUARDS.level_at] + guard * r[GUARDS.levels_at] + LEVEL_OUT] += 1


@shared
def guard_ended(r: Words, now: int, guard: int, how: int) -> None:
    """An attempt that the guard had let go ended: ``how`` is the counter."""
    w = advance(r, now, GUARDS.at, guard)
    r[w + how] += 1
    r[r[GUARDS.level_at] + guard * r[GUARDS.levels_at] + LEVEL_OUT] -= 1


@shared
def guard_withdrawn(r: Words, now: int, guard: int) -> None:
    """A guard further in refused an attempt that this one had let go."""
    guard_ended(r, now, guard, GUARD_WITHDRAWN)


@shared
def guard_settled(r: Words, now: int, guard: int, good: bool) -> None:  # noqa: FBT001
    """An attempt that the guard had let go ended at its caller."""
    guard_ended(r, now, guard, GUARD_SUCCEEDED if good else GUARD_FAILED)


@shared
def guard_ignored(r: Words, now: int, guard: int) -> None:
    """An attempt that the guard had let go ended at its caller, as one of what the guard learns nothing from."""
    guard_ended(r, now, guard, GUARD_IGNORED)


@shared
def guard_given_up(r: Words, now: int, guard: int) -> None:
    """The caller of an attempt that the guard had let go went down."""
    guard_ended(r, now, guard, GUARD_GIVEN_UP)


@shared
def guard_changed(r: Words, now: int, guard: int, before: int, after: int) -> None:
    """A state of a guard may keep calls back now, or no longer."""
    if before == after:
        return
    w = advance(r, now, GUARDS.at, guard)
    level = r[GUARDS.level_at] + guard * r[GUARDS.levels_at] + LEVEL_ENGAGED
    r[level] += after - before
    r[w + GUARD_ENGAGED_MAX] = max(r[w + GUARD_ENGAGED_MAX], r[level])
    note(r, now, FACT_ENGAGED, guard, r[level])
