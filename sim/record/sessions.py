"""The recorder's verbs about sessions: how they end, and those that are open when the books are closed.

    request --> step 1 --> ... --> last step --> completed        left: by choice       abandoned: by a failure or a deadline
"""

from sim.record.fields.facts import FACT_SESSION_OVER
from sim.record.fields.flows import FLOWS
from sim.record.fields.follow_ups import FOLLOW_UPS
from sim.record.fields.header import HIST_COMPLETIONS, HIST_FLOWS_OPEN, HISTOGRAMS
from sim.record.fields.projections import PROJECTIONS
from sim.record.fields.sagas import SAGAS
from sim.record.fields.sessions import (
    LEVEL_OLDEST_SESSION,
    LEVEL_SESSIONS,
    SESSION_ABANDONED,
    SESSION_LEAST,
    SESSION_MOST,
    SESSION_OPEN_TIME,
    SESSION_TIME,
    SESSION_WELL,
    SESSIONS,
)
from sim.record.recorder import note
from sim.record.tally import tally
from sim.shared import Words, shared


@shared
def histogram_of(r: Words, row: int) -> int:
    """The first one of a session's histograms."""
    before = r[FLOWS.count_at] + r[SAGAS.count_at] + r[FOLLOW_UPS.count_at] + r[PROJECTIONS.count_at]
    return (before + row) * HISTOGRAMS


@shared
def session_over(r: Words, now: int, row: int, ident: int, how: int, elapsed: int) -> None:
    """A session is over, ``elapsed`` ns after its first request left; ``how`` is the column of its end."""
    w = r[SESSIONS.window_at] + row * r[SESSIONS.fields_at]
    if how != SESSION_ABANDONED:
        r[w + SESSION_WELL] += 1
        if r[w + SESSION_WELL] == 1 or elapsed < r[w + SESSION_LEAST]:
            r[w + SESSION_LEAST] = elapsed
        r[w + SESSION_MOST] = max(r[w + SESSION_MOST], elapsed)
        r[w + SESSION_TIME] += elapsed
        tally(r, histogram_of(r, row) + HIST_COMPLETIONS, elapsed)
    r[w + how] += 1
    note(r, now, FACT_SESSION_OVER, ident, how)


@shared
def session_still_open(r: Words, row: int, age: int) -> None:
    """A session whose first request left ``age`` ns ago is not over when the books are closed."""
    r[r[SESSIONS.window_at] + row * r[SESSIONS.fields_at] + SESSION_OPEN_TIME] += age
    level = r[SESSIONS.level_at] + row * r[SESSIONS.levels_at]
    r[level + LEVEL_SESSIONS] += 1
    r[level + LEVEL_OLDEST_SESSION] = max(r[level + LEVEL_OLDEST_SESSION], age)
    tally(r, histogram_of(r, row) + HIST_FLOWS_OPEN, age)
