"""The recorder's verbs about what stands around calls: fallbacks, hedges, attempts whose answer nobody needs any more.

    a call fails --> fell back --> recovered, or failed        hedged call: called --> sent or denied --> won, wasted
"""

from sim.record.fields.edges import EDGE_FIELDS, EDGE_LEFT, EDGE_LEVELS, LEVEL_AWAITED, R_LEVEL_EDGES, R_WINDOW_EDGES
from sim.record.fields.facts import FACT_FELL_BACK, FACT_HEDGED, FACT_LEFT
from sim.record.fields.fallbacks import (
    FALLBACK_BROKEN,
    FALLBACK_FAILED,
    FALLBACK_TAKEN,
    FALLBACK_WELL,
    FALLBACKS,
    LEVEL_FALLING,
)
from sim.record.fields.guards import GUARD_LEFT
from sim.record.fields.hedges import (
    HEDGE_ANSWERED,
    HEDGE_CALLS,
    HEDGE_DENIED,
    HEDGE_FAILED,
    HEDGE_GONE,
    HEDGE_SENT,
    HEDGE_WASTED,
    HEDGE_WON,
    HEDGES,
    LEVEL_HEDGED,
)
from sim.record.guards import guard_ended
from sim.record.recorder import note
from sim.shared import Words, shared

FALLBACK_FIELDS, HEDGE_FIELDS = len(FALLBACKS.counters), len(HEDGES.counters)
FALLBACK_LEVELS, HEDGE_LEVELS = len(FALLBACKS.levels), len(HEDGES.levels)


@shared
def fell_back(r: Words, now: int, fallback: int, ident: int) -> None:
    """Something failed, and a fallback begins."""
    r[r[FALLBACKS.window_at] + fallback * FALLBACK_FIELDS + FALLBACK_TAKEN] += 1
    r[r[FALLBACKS.level_at] + fallback * FALLBACK_LEVELS + LEVEL_FALLING] += 1
    note(r, now, FACT_FELL_BACK, ident, fallback)


@shared
def fallback_over(r: Words, fallback: int, how: int) -> None:
    """A fallback is over: ``how`` is the counter."""
    r[r[FALLBACKS.window_at] + fallback * FALLBACK_FIELDS + how] += 1
    r[r[FALLBACKS.level_at] + fallback * FALLBACK_LEVELS + LEVEL_FALLING] -= 1


@shared
def recovered(r: Words, fallback: int) -> None:
    """A fallback ended well."""
    fallback_over(r, fallback, FALLBACK_WELL)


@shared
def fallback_failed(r: Words, fallback: int) -> None:
    """A fallback failed too."""
    fallback_over(r, fallback, FALLBACK_FAILED)


@shared
def broken_off(r: Words, fallback: int) -> None:
    """The handler of a fallback went down."""
    fallback_over(r, fallback, FALLBACK_BROKEN)


@shared
def left(r: Words, now: int, edge: int, ident: int) -> None:
    """The caller no longer waits for this attempt, as it does not need its answer."""
    r[r[R_WINDOW_EDGES] + edge * EDGE_FIELDS + EDGE_LEFT] += 1
    r[r[R_LEVEL_EDGES] + edge * EDGE_LEVELS + LEVEL_AWAITED] -= 1
    note(r, now, FACT_LEFT, ident, edge)


@shared
def guard_left(r: Words, now: int, guard: int) -> None:
    """The same, of a guard that had let it go."""
    guard_ended(r, now, guard, GUARD_LEFT)


@shared
def hedged_call(r: Words, hedge: int) -> None:
    """A call begins that may be hedged."""
    r[r[HEDGES.window_at] + hedge * HEDGE_FIELDS + HEDGE_CALLS] += 1
    r[r[HEDGES.level_at] + hedge * HEDGE_LEVELS + LEVEL_HEDGED] += 1


@shared
def hedged(r: Words, now: int, hedge: int, ident: int, denied: bool) -> None:  # noqa: FBT001
    """It is time for one more attempt of the call whose first is ``ident``; it leaves, or the budget denies it."""
    w = r[HEDGES.window_at] + hedge * HEDGE_FIELDS
    if denied:
        r[w + HEDGE_DENIED] += 1
    else:
        r[w + HEDGE_SENT] += 1
    note(r, now, FACT_HEDGED, ident, hedge)


@shared
def hedge_over(r: Words, hedge: int, how: int) -> None:
    """A hedged call is over: ``how`` is the counter."""
    r[r[HEDGES.window_at] + hedge * HEDGE_FIELDS + how] += 1
    r[r[HEDGES.level_at] + hedge * HEDGE_LEVELS + LEVEL_HEDGED] -= 1


@shared
def hedge_decided(r: Words, hedge: int, good: bool, first: bool, wasted: int) -> None:  # noqa: FBT001
    """One of the attempts, perhaps the ``first``, has decided a hedged call; so many others were left."""
    hedge_over(r, hedge, HEDGE_ANSWERED if good else HEDGE_FAILED)
    w = r[HEDGES.window_at] + hedge * HEDGE_FIELDS
    if good and not first:
        r[w + HEDGE_WON] += 1
    r[w + HEDGE_WASTED] += wasted


@shared
def hedge_gone(r: Words, hedge: int) -> None:
    """The handler of a hedged call went down, or needs no answer of it any more."""
    hedge_over(r, hedge, HEDGE_GONE)
