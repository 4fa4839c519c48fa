"""The recorder's verbs about handlers that give their workers back while they wait.

    suspended --> away --answered--> resuming --> resumed
                   '-- lost             '-- left: their replica went down, or they were given up
"""

from sim.record.fields.event_loops import (
    EVENT_LOOPS,
    LEVEL_AWAY,
    LEVEL_OPEN_AWAY,
    LEVEL_OPEN_RESUMING,
    LEVEL_RESUMING,
    LOOP_ANSWERED,
    LOOP_AWAY_MAX,
    LOOP_AWAY_TIME,
    LOOP_LEFT,
    LOOP_LOST,
    LOOP_RESUMED,
    LOOP_RESUMING_MAX,
    LOOP_RESUMING_TIME,
    LOOP_SUSPENDED,
)
from sim.record.fields.facts import FACT_RESUMING, FACT_SUSPENDED, FACT_TAKEN_UP
from sim.record.recorder import advance, note
from sim.shared import Words, shared


@shared
def levels_of(r: Words, loop: int) -> int:
    """The address of an event loop's levels."""
    return r[EVENT_LOOPS.level_at] + loop * r[EVENT_LOOPS.levels_at]


@shared
def suspended(r: Words, now: int, loop: int, ident: int) -> None:
    """A handler waits for something, and gives its worker back."""
    w = advance(r, now, EVENT_LOOPS.at, loop)
    level = levels_of(r, loop)
    r[w + LOOP_SUSPENDED] += 1
    r[level + LEVEL_AWAY] += 1
    r[w + LOOP_AWAY_MAX] = max(r[w + LOOP_AWAY_MAX], r[level + LEVEL_AWAY])
    note(r, now, FACT_SUSPENDED, ident, r[level + LEVEL_AWAY])


@shared
def resuming(r: Words, now: int, loop: int, ident: int, away: int) -> None:
    """A handler has what it waited for, after so many ns, and wants a worker again."""
    w = advance(r, now, EVENT_LOOPS.at, loop)
    level = levels_of(r, loop)
    r[w + LOOP_ANSWERED] += 1
    r[w + LOOP_AWAY_TIME] += away
    r[level + LEVEL_AWAY] -= 1
    r[level + LEVEL_RESUMING] += 1
    r[w + LOOP_RESUMING_MAX] = max(r[w + LOOP_RESUMING_MAX], r[level + LEVEL_RESUMING])
    note(r, now, FACT_RESUMING, ident, away)


@shared
def resumed(r: Words, now: int, loop: int, ident: int, waited: int) -> None:
    """A handler has a worker again, after so many ns."""
    w = advance(r, now, EVENT_LOOPS.at, loop)
    r[w + LOOP_RESUMED] += 1
    r[w + LOOP_RESUMING_TIME] += waited
    r[levels_of(r, loop) + LEVEL_RESUMING] -= 1
    note(r, now, FACT_TAKEN_UP, ident, waited)


@shared
def suspended_no_more(r: Words, now: int, loop: int, away: bool, elapsed: int) -> None:  # noqa: FBT001
    """A handler without a worker goes down, or is given up, after so many ns away, or of waiting for a worker."""
    w = advance(r, now, EVENT_LOOPS.at, loop)
    level = levels_of(r, loop)
    r[w + (LOOP_LOST if away else LOOP_LEFT)] += 1
    r[w + (LOOP_AWAY_TIME if away else LOOP_RESUMING_TIME)] += elapsed
    r[level + (LEVEL_AWAY if away else LEVEL_RESUMING)] -= 1


@shared
def still_suspended(r: Words, loop: int, away: bool, elapsed: int) -> None:  # noqa: FBT001
    """A handler is without a worker when the books are closed, and has been away, or waited for one, for so many ns."""
    r[levels_of(r, loop) + (LEVEL_OPEN_AWAY if away else LEVEL_OPEN_RESUMING)] += elapsed
