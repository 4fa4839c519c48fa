"""The recorder's verbs about follow-ups: what the users of a flow ask for once they were answered.

    answered well --> begun --think--> asked --> answered --think--> asked --> answered --> satisfied      or gave up

A follow-up belongs to the trace of its user, and to no count of the flow: neither to the latency of its requests nor to what
closes it.
"""

from sim.record.fields.facts import FACT_ANSWERED, FACT_ASKED, FACT_SATISFIED
from sim.record.fields.flows import FLOWS
from sim.record.fields.follow_ups import (
    FOLLOW_UP_ASKED,
    FOLLOW_UP_BEGUN,
    FOLLOW_UP_GAVE_UP,
    FOLLOW_UP_KNOW_LEAST,
    FOLLOW_UP_KNOW_MOST,
    FOLLOW_UP_KNOW_TIME,
    FOLLOW_UP_REPLY_LEAST,
    FOLLOW_UP_REPLY_MOST,
    FOLLOW_UP_REPLY_TIME,
    FOLLOW_UP_SATISFIED,
    FOLLOW_UP_SETTLED,
    FOLLOW_UP_UNANSWERED_TIME,
    FOLLOW_UP_UNKNOWING_TIME,
    FOLLOW_UPS,
    LEVEL_ASKING,
    LEVEL_FOLLOWING,
    LEVEL_OLDEST_ASKING,
    LEVEL_OLDEST_FOLLOWING,
)
from sim.record.fields.header import HIST_COMPLETIONS, HIST_FLOWS_OPEN, HIST_REPLIES, HIST_REQUESTS_OPEN, HISTOGRAMS
from sim.record.fields.sagas import SAGAS
from sim.record.outcomes import OK
from sim.record.recorder import note
from sim.record.tally import tally
from sim.shared import Words, shared


@shared
def columns_of(r: Words, row: int) -> int:
    """The address of a follow-up's columns of the current window."""
    return r[FOLLOW_UPS.window_at] + row * r[FOLLOW_UPS.fields_at]


@shared
def levels_of(r: Words, row: int) -> int:
    """The address of a follow-up's levels."""
    return r[FOLLOW_UPS.level_at] + row * r[FOLLOW_UPS.levels_at]


@shared
def histogram_of(r: Words, row: int) -> int:
    """The first one of a follow-up's histograms."""
    return (r[FLOWS.count_at] + r[SAGAS.count_at] + row) * HISTOGRAMS


@shared
def user_follows(r: Words, row: int) -> None:
    """A user was answered well, and will follow up."""
    r[columns_of(r, row) + FOLLOW_UP_BEGUN] += 1
    r[levels_of(r, row) + LEVEL_FOLLOWING] += 1


@shared
def user_asks(r: Words, now: int, row: int, ident: int, number: int) -> None:
    """A follow-up leaves, the how-manieth of its user."""
    r[columns_of(r, row) + FOLLOW_UP_ASKED] += 1
    r[levels_of(r, row) + LEVEL_ASKING] += 1
    note(r, now, FACT_ASKED, ident, number)


@shared
def user_answered(r: Words, now: int, row: int, ident: int, outcome: int, elapsed: int) -> None:
    """A user knows the outcome of a follow-up, ``elapsed`` ns after it left first."""
    w = columns_of(r, row)
    r[w + FOLLOW_UP_SETTLED + outcome] += 1
    if outcome == OK:
        r[w + FOLLOW_UP_REPLY_TIME] += elapsed
        if r[w + FOLLOW_UP_SETTLED + OK] == 1 or elapsed < r[w + FOLLOW_UP_REPLY_LEAST]:
            r[w + FOLLOW_UP_REPLY_LEAST] = elapsed
        r[w + FOLLOW_UP_REPLY_MOST] = max(r[w + FOLLOW_UP_REPLY_MOST], elapsed)
        tally(r, histogram_of(r, row) + HIST_REPLIES, elapsed)
    r[levels_of(r, row) + LEVEL_ASKING] -= 1
    note(r, now, FACT_ANSWERED, ident, outcome)


@shared
def user_done(r: Words, now: int, row: int, ident: int, satisfied: bool, elapsed: int) -> None:  # noqa: FBT001
    """A user follows up no more, ``elapsed`` ns after its arrival: satisfied, or because its deadline comes first."""
    w = columns_of(r, row)
    if satisfied:
        r[w + FOLLOW_UP_SATISFIED] += 1
        r[w + FOLLOW_UP_KNOW_TIME] += elapsed
        if r[w + FOLLOW_UP_SATISFIED] == 1 or elapsed < r[w + FOLLOW_UP_KNOW_LEAST]:
            r[w + FOLLOW_UP_KNOW_LEAST] = elapsed
        r[w + FOLLOW_UP_KNOW_MOST] = max(r[w + FOLLOW_UP_KNOW_MOST], elapsed)
        tally(r, histogram_of(r, row) + HIST_COMPLETIONS, elapsed)
    else:
        r[w + FOLLOW_UP_GAVE_UP] += 1
    r[levels_of(r, row) + LEVEL_FOLLOWING] -= 1
    note(r, now, FACT_SATISFIED, ident, 1 if satisfied else 0)


@shared
def still_asking(r: Words, row: int, age: int) -> None:
    """A follow-up is without an answer when the books are closed."""
    r[columns_of(r, row) + FOLLOW_UP_UNANSWERED_TIME] += age
    level = levels_of(r, row)
    r[level + LEVEL_OLDEST_ASKING] = max(r[level + LEVEL_OLDEST_ASKING], age)
    tally(r, histogram_of(r, row) + HIST_REQUESTS_OPEN, age)


@shared
def still_following(r: Words, row: int, age: int) -> None:
    """A user that arrived ``age`` ns ago is not done with following up when the books are closed."""
    r[columns_of(r, row) + FOLLOW_UP_UNKNOWING_TIME] += age
    level = levels_of(r, row)
    r[level + LEVEL_OLDEST_FOLLOWING] = max(r[level + LEVEL_OLDEST_FOLLOWING], age)
    tally(r, histogram_of(r, row) + HIST_FLOWS_OPEN, age)
