"""The recorder's verbs about sagas: how many are under way, since when their effects may be seen, and how they end.

    started --> under way --first step done, or in doubt--> exposed --> completed, compensated, or parked

Of those that end unparked it is counted how long they took, and for how long they were exposed; what is parked is inconsistent
until somebody sees to it.
"""

from sim.record import tally
from sim.record.fields.facts import FACT_SAGA_ENDED, FACT_SAGA_OVERDUE, FACT_SAGA_RESUMED, FACT_SAGA_STARTED, FACT_SAGA_WRITTEN
from sim.record.fields.flows import R_FLOWS
from sim.record.fields.header import (
    HIST_COMPLETIONS,
    HIST_FLOWS_OPEN,
    HIST_REPLIES,
    HIST_REQUESTS_OPEN,
    HISTOGRAMS,
    R_WINDOW_LENGTH,
)
from sim.record.fields.sagas import (
    LEVEL_EXPOSED,
    LEVEL_OLDEST_EXPOSED,
    LEVEL_OLDEST_SAGA,
    LEVEL_SAGA_OPEN_EXPOSED,
    LEVEL_SAGA_OPEN_TIME,
    LEVEL_SAGAS,
    LEVEL_SAGAS_OVERDUE,
    SAGA_COMPLETED,
    SAGA_EXPOSED,
    SAGA_EXPOSED_LEAST,
    SAGA_EXPOSED_MOST,
    SAGA_EXPOSED_TIME,
    SAGA_FIELDS,
    SAGA_JOINED,
    SAGA_OVERDUE,
    SAGA_RESUMED,
    SAGA_STARTED,
    SAGA_STEPS,
    SAGA_TIME,
    SAGA_TIME_LEAST,
    SAGA_TIME_MOST,
    SAGA_UNDOS,
    SAGA_UNFINISHED,
    SAGA_UNPARKED,
    SAGA_UNPARKED_EXPOSED_TIME,
    SAGA_UNPARKED_TIME,
    SAGAS,
    SAGAS_MAX,
)
from sim.record.recorder import advance, note
from sim.semantics.sagas import DONE, PARKED, UNDONE
from sim.shared import Words, shared


@shared
def saga_levels(r: Words, saga: int) -> int:
    """The address of a saga's levels."""
    return r[SAGAS.level_at] + saga * r[SAGAS.levels_at]


@shared
def saga_started(r: Words, now: int, saga: int, ident: int) -> None:
    """A saga was written for the first time: it is there, whatever happens to who leads it."""
    w = advance(r, now, SAGAS.at, saga)
    level = saga_levels(r, saga) + LEVEL_SAGAS
    r[w + SAGA_STARTED] += 1
    r[level] += 1
    r[w + SAGAS_MAX] = max(r[w + SAGAS_MAX], r[level])
    note(r, now, FACT_SAGA_STARTED, ident, saga)


@shared
def saga_joined(r: Words, now: int, saga: int) -> None:
    """A saga is begun for an arrival that has it already."""
    w = advance(r, now, SAGAS.at, saga)
    r[w + SAGA_JOINED] += 1


@shared
def saga_exposed(r: Words, now: int, saga: int) -> None:
    """The first effect of a saga may be seen."""
    advance(r, now, SAGAS.at, saga)
    r[saga_levels(r, saga) + LEVEL_EXPOSED] += 1


@shared
def saga_written(r: Words, now: int, saga: int, ident: int, what: int) -> None:
    """What becomes of a saga was written."""
    w = advance(r, now, SAGAS.at, saga)
    if what == DONE:
        r[w + SAGA_STEPS] += 1
    elif what == UNDONE:
        r[w + SAGA_UNDOS] += 1
    note(r, now, FACT_SAGA_WRITTEN, ident, what)


@shared
def saga_resumed(r: Words, now: int, saga: int, ident: int) -> None:
    """Who leads a saga is back, and goes on with it."""
    w = advance(r, now, SAGAS.at, saga)
    r[w + SAGA_RESUMED] += 1
    note(r, now, FACT_SAGA_RESUMED, ident, saga)


@shared
def saga_overdue(r: Words, now: int, saga: int, ident: int) -> None:
    """The deadline of a saga under way is over."""
    w = advance(r, now, SAGAS.at, saga)
    r[w + SAGA_OVERDUE] += 1
    note(r, now, FACT_SAGA_OVERDUE, ident, saga)


@shared
def saga_ended(r: Words, now: int, saga: int, ident: int, verdict: int, took: int, exposed: int) -> None:
    """A saga ended, ``took`` ns after it began; it was exposed for ``exposed`` ns, or never: -1."""
    w = advance(r, now, SAGAS.at, saga)
    level = saga_levels(r, saga)
    r[w + SAGA_COMPLETED + verdict - 1] += 1
    r[w + SAGA_TIME] += took
    r[level + LEVEL_SAGAS] -= 1
    if exposed >= 0:
        r[w + SAGA_EXPOSED_TIME] += exposed
        r[level + LEVEL_EXPOSED] -= 1
    note(r, now, FACT_SAGA_ENDED, ident, verdict)
    if verdict == PARKED:
        return
    r[w + SAGA_UNPARKED] += 1
    if r[w + SAGA_UNPARKED] == 1 or took < r[w + SAGA_TIME_LEAST]:
        r[w + SAGA_TIME_LEAST] = took
    r[w + SAGA_TIME_MOST] = max(r[w + SAGA_TIME_MOST], took)
    r[w + SAGA_UNPARKED_TIME] += took
    histograms = (r[R_FLOWS] + saga) * HISTOGRAMS
    tally.tally(r, histograms + HIST_COMPLETIONS, took)
    if exposed >= 0:
        r[w + SAGA_EXPOSED] += 1
        if r[w + SAGA_EXPOSED] == 1 or exposed < r[w + SAGA_EXPOSED_LEAST]:
            r[w + SAGA_EXPOSED_LEAST] = exposed
        r[w + SAGA_EXPOSED_MOST] = max(r[w + SAGA_EXPOSED_MOST], exposed)
        r[w + SAGA_UNPARKED_EXPOSED_TIME] += exposed
        tally.tally(r, histograms + HIST_REPLIES, exposed)


@shared
def saga_still_open(r: Words, saga: int, began: int, age: int, exposed: int, overdue: int) -> None:
    """A saga is under way when the books are closed, ``age`` ns after it began; exposed for so many ns, or not yet: -1."""
    w = r[SAGAS.first_at] + (began // r[R_WINDOW_LENGTH] * r[SAGAS.count_at] + saga) * SAGA_FIELDS
    level = saga_levels(r, saga)
    r[w + SAGA_UNFINISHED] += 1
    r[level + LEVEL_SAGA_OPEN_TIME] += age
    r[level + LEVEL_OLDEST_SAGA] = max(r[level + LEVEL_OLDEST_SAGA], age)
    r[level + LEVEL_SAGAS_OVERDUE] += overdue
    histograms = (r[R_FLOWS] + saga) * HISTOGRAMS
    tally.tally(r, histograms + HIST_FLOWS_OPEN, age)
    if exposed >= 0:
        r[level + LEVEL_SAGA_OPEN_EXPOSED] += exposed
        r[level + LEVEL_OLDEST_EXPOSED] = max(r[level + LEVEL_OLDEST_EXPOSED], exposed)
        tally.tally(r, histograms + HIST_REQUESTS_OPEN, exposed)
