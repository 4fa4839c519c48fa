"""The recorder's verbs about read models: what is missing in them, how old answers are, and who waits.

    published --> missing --projected--> there, or superseded by a newer one        projected again, or too late: outdated
    read --> staleness: how long ago the oldest missing event of its key was published; 0 when none is
         '-> own: did it find what the same trace had published?           waiting --> served, over, or killed

Three measures of being behind are kept apart: the delay of an event (`delay`), the age of the oldest missing event, as reads
find it (`staleness`), and the age of information (`sim.record.ages`).
"""

from sim.record.ages import advance_ages
from sim.record.fields.facts import FACT_PROJECTED, FACT_READ, FACT_READ_OVER, FACT_READ_WAITING
from sim.record.fields.flows import FLOWS
from sim.record.fields.follow_ups import FOLLOW_UPS
from sim.record.fields.header import HIST_COMPLETIONS, HIST_FLOWS_OPEN, HIST_REPLIES, HISTOGRAMS
from sim.record.fields.projections import (
    LEVEL_AGE,
    LEVEL_KNOWN,
    LEVEL_MISSING,
    LEVEL_OLDEST_MISSING,
    LEVEL_READS_OPEN_WAITED,
    LEVEL_READS_WAITING,
    PROJECTIONS,
    VIEW_DELAY,
    VIEW_DELAY_LEAST,
    VIEW_DELAY_MOST,
    VIEW_MISSED,
    VIEW_MISSING_MAX,
    VIEW_MISSING_TIME,
    VIEW_OUTDATED,
    VIEW_OWN_MISSED,
    VIEW_OWN_READS,
    VIEW_READS,
    VIEW_STALE,
    VIEW_STALENESS,
    VIEW_STALENESS_LEAST,
    VIEW_STALENESS_MOST,
    VIEW_SUPERSEDED,
    VIEW_THERE,
    VIEW_WAITED,
    VIEW_WAITS,
)
from sim.record.fields.sagas import SAGAS
from sim.record.recorder import advance, note
from sim.record.tally import tally
from sim.shared import Words, shared

NOTHING_OWN = 0
OWN_FOUND = 1
OWN_MISSED = 2
"""Whether a read finds what its own trace has published; it may have published nothing."""


@shared
def bring_up(r: Words, now: int, view: int) -> int:
    """Bring ages and areas of a view up to ``now``; returns the address of its window fields."""
    advance_ages(r, now, view)
    return advance(r, now, PROJECTIONS.at, view)


@shared
def levels_of(r: Words, view: int) -> int:
    """The address of a view's levels."""
    return r[PROJECTIONS.level_at] + view * r[PROJECTIONS.levels_at]


@shared
def histogram_of(r: Words, view: int) -> int:
    """The first one of a view's histograms."""
    return (r[FLOWS.count_at] + r[SAGAS.count_at] + r[FOLLOW_UPS.count_at] + view) * HISTOGRAMS


@shared
def view_misses(r: Words, now: int, view: int, count: int) -> None:
    """So many events that were published are missing in a view."""
    w = bring_up(r, now, view)
    level = levels_of(r, view)
    r[w + VIEW_MISSED] += count
    r[level + LEVEL_MISSING] += count
    r[w + VIEW_MISSING_MAX] = max(r[w + VIEW_MISSING_MAX], r[level + LEVEL_MISSING])


@shared
def view_has(r: Words, now: int, view: int, delay: int, superseded: bool) -> None:  # noqa: FBT001
    """An event is missing no more, ``delay`` ns after it was published."""
    w = bring_up(r, now, view)
    r[w + VIEW_DELAY] += delay
    if r[w + VIEW_THERE] == 0 or delay < r[w + VIEW_DELAY_LEAST]:
        r[w + VIEW_DELAY_LEAST] = delay
    r[w + VIEW_DELAY_MOST] = max(r[w + VIEW_DELAY_MOST], delay)
    r[w + VIEW_THERE] += 1
    if superseded:
        r[w + VIEW_SUPERSEDED] += 1
    r[levels_of(r, view) + LEVEL_MISSING] -= 1
    tally(r, histogram_of(r, view) + HIST_COMPLETIONS, delay)


@shared
def view_younger(r: Words, now: int, view: int, first: bool, newest_at: int, before: int) -> None:  # noqa: FBT001
    """What is there of a key was published at ``newest_at``; until now it was of ``before``, or nothing was there."""
    bring_up(r, now, view)
    level = levels_of(r, view)
    if first:
        r[level + LEVEL_KNOWN] += 1
        r[level + LEVEL_AGE] += now - newest_at
    else:
        r[level + LEVEL_AGE] -= newest_at - before


@shared
def view_projected(r: Words, now: int, view: int, ident: int, newer: bool) -> None:  # noqa: FBT001
    """A handler projected an event to a view; one that is not newer than what is there changes nothing."""
    if not newer:
        r[bring_up(r, now, view) + VIEW_OUTDATED] += 1
    note(r, now, FACT_PROJECTED, ident, 1 if newer else 0)


@shared
def view_read(r: Words, now: int, view: int, ident: int, staleness: int, own: int) -> None:
    """A handler read a view, of which something published ``staleness`` ns ago was missing; 0: nothing."""
    w = bring_up(r, now, view)
    r[w + VIEW_STALENESS] += staleness
    if r[w + VIEW_READS] == 0 or staleness < r[w + VIEW_STALENESS_LEAST]:
        r[w + VIEW_STALENESS_LEAST] = staleness
    r[w + VIEW_STALENESS_MOST] = max(r[w + VIEW_STALENESS_MOST], staleness)
    r[w + VIEW_READS] += 1
    if staleness > 0:
        r[w + VIEW_STALE] += 1
    if own != NOTHING_OWN:
        r[w + VIEW_OWN_READS] += 1
    if own == OWN_MISSED:
        r[w + VIEW_OWN_MISSED] += 1
    tally(r, histogram_of(r, view) + HIST_REPLIES, staleness)
    note(r, now, FACT_READ, ident, staleness)


@shared
def read_waiting(r: Words, now: int, view: int, ident: int) -> None:
    """A read waits for what its trace has published."""
    r[bring_up(r, now, view) + VIEW_WAITS] += 1
    r[levels_of(r, view) + LEVEL_READS_WAITING] += 1
    note(r, now, FACT_READ_WAITING, ident, view)


@shared
def read_over(r: Words, now: int, view: int, ident: int, waited: int, how: int) -> None:
    """A read waits no more, after ``waited`` ns; ``how``: the column of served, over or killed."""
    w = bring_up(r, now, view)
    r[w + how] += 1
    r[w + VIEW_WAITED] += waited
    r[levels_of(r, view) + LEVEL_READS_WAITING] -= 1
    note(r, now, FACT_READ_OVER, ident, how)


@shared
def still_missing(r: Words, view: int, age: int) -> None:
    """An event that was published ``age`` ns ago is missing when the books are closed."""
    r[r[PROJECTIONS.window_at] + view * r[PROJECTIONS.fields_at] + VIEW_MISSING_TIME] += age
    level = levels_of(r, view)
    r[level + LEVEL_OLDEST_MISSING] = max(r[level + LEVEL_OLDEST_MISSING], age)
    tally(r, histogram_of(r, view) + HIST_FLOWS_OPEN, age)


@shared
def still_waits(r: Words, view: int, waited: int) -> None:
    """A read waits when the books are closed."""
    r[levels_of(r, view) + LEVEL_READS_OPEN_WAITED] += waited
