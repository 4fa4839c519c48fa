"""The recorder's verbs about relays: rows that are written, published, perhaps again, and marked.

    written --> backlog --published, published again ...--> marked
                  ^ '--> lost: its store failed over           |
                  '----- unmarked: its store lost the mark ----'
"""

from sim.record.fields.facts import FACT_ROW_LOST, FACT_ROW_MARKED, FACT_ROW_PUBLISHED, FACT_ROW_UNMARKED, FACT_ROW_WRITTEN
from sim.record.fields.relays import (
    LEVEL_BACKLOG,
    LEVEL_OLDEST_ROW,
    LEVEL_OPEN_DELAY,
    LEVEL_RESENT,
    LEVEL_UNPUBLISHED,
    RELAY_AGAIN,
    RELAY_BACKLOG_MAX,
    RELAY_DELAY,
    RELAY_LOST,
    RELAY_LOST_UNPUBLISHED,
    RELAY_MARKED,
    RELAY_OLDEST,
    RELAY_POLLS,
    RELAY_POLLS_EMPTY,
    RELAY_PUBLISHED,
    RELAY_REFUSED,
    RELAY_UNMARKED,
    RELAY_WRITTEN,
    RELAYS,
)
from sim.record.recorder import advance, note
from sim.shared import Words, shared


@shared
def levels_of_relay(r: Words, relay: int) -> int:
    """The address of a relay's levels."""
    return r[RELAYS.level_at] + relay * r[RELAYS.levels_at]


@shared
def row_written(r: Words, now: int, relay: int, ident: int) -> None:
    """A row of the outbox is committed."""
    w = advance(r, now, RELAYS.at, relay)
    level = levels_of_relay(r, relay)
    r[w + RELAY_WRITTEN] += 1
    r[level + LEVEL_BACKLOG] += 1
    r[level + LEVEL_UNPUBLISHED] += 1
    r[w + RELAY_BACKLOG_MAX] = max(r[w + RELAY_BACKLOG_MAX], r[level + LEVEL_BACKLOG])
    note(r, now, FACT_ROW_WRITTEN, ident, relay)


@shared
def relay_polled(r: Words, now: int, relay: int, found: int) -> None:
    """An instance looked for rows, and claimed so many."""
    w = advance(r, now, RELAYS.at, relay)
    r[w + RELAY_POLLS] += 1
    if found == 0:
        r[w + RELAY_POLLS_EMPTY] += 1


@shared
def row_sent_again(r: Words, now: int, relay: int) -> None:
    """A row leaves for the broker that has left for it before."""
    w = advance(r, now, RELAYS.at, relay)
    r[w + RELAY_AGAIN] += 1


@shared
def row_published(r: Words, now: int, relay: int, ident: int, age: int) -> None:
    """The broker has confirmed a row for the first time, that was committed so many ns ago."""
    w = advance(r, now, RELAYS.at, relay)
    r[w + RELAY_PUBLISHED] += 1
    r[w + RELAY_DELAY] += age
    r[w + RELAY_OLDEST] = max(r[w + RELAY_OLDEST], age)
    r[levels_of_relay(r, relay) + LEVEL_UNPUBLISHED] -= 1
    note(r, now, FACT_ROW_PUBLISHED, ident, relay)


@shared
def row_refused(r: Words, now: int, relay: int) -> None:
    """The broker refused a row."""
    w = advance(r, now, RELAYS.at, relay)
    r[w + RELAY_REFUSED] += 1


@shared
def row_marked(r: Words, now: int, relay: int, ident: int) -> None:
    """A row that was published is marked, and gone."""
    w = advance(r, now, RELAYS.at, relay)
    r[w + RELAY_MARKED] += 1
    r[levels_of_relay(r, relay) + LEVEL_BACKLOG] -= 1
    note(r, now, FACT_ROW_MARKED, ident, relay)


@shared
def row_lost(r: Words, now: int, relay: int, ident: int, published: bool) -> None:  # noqa: FBT001
    """A row that was not marked is lost; ``published``: the broker had confirmed it."""
    w = advance(r, now, RELAYS.at, relay)
    level = levels_of_relay(r, relay)
    r[w + RELAY_LOST] += 1
    r[level + LEVEL_BACKLOG] -= 1
    if not published:
        r[w + RELAY_LOST_UNPUBLISHED] += 1
        r[level + LEVEL_UNPUBLISHED] -= 1
    note(r, now, FACT_ROW_LOST, ident, relay)


@shared
def row_unmarked(r: Words, now: int, relay: int, ident: int) -> None:
    """The mark of a row is lost: it will be published again."""
    w = advance(r, now, RELAYS.at, relay)
    level = levels_of_relay(r, relay)
    r[w + RELAY_UNMARKED] += 1
    r[level + LEVEL_BACKLOG] += 1
    r[w + RELAY_BACKLOG_MAX] = max(r[w + RELAY_BACKLOG_MAX], r[level + LEVEL_BACKLOG])
    note(r, now, FACT_ROW_UNMARKED, ident, relay)


@shared
def still_unpublished(r: Words, relay: int, age: int) -> None:
    """A row was never published when the books are closed, so many ns after its commit."""
    level = levels_of_relay(r, relay)
    r[level + LEVEL_OPEN_DELAY] += age
    r[level + LEVEL_OLDEST_ROW] = max(r[level + LEVEL_OLDEST_ROW], age)


@shared
def still_resent(r: Words, relay: int) -> None:
    """A row that has left for the broker waits when the books are closed, and will leave again."""
    r[levels_of_relay(r, relay) + LEVEL_RESENT] += 1
