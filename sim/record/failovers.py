"""The recorder's verbs about failovers of stores: commits that are lost, and rows of outboxes that a relay holds in vain.

    failed over --> commit lost, commit lost, ...        abandoned: a relay holds a row that its store lost --> let go of
"""

from sim.record.fields.facts import FACT_COMMIT_LOST, FACT_FAILOVER
from sim.record.fields.failovers import (
    FAILOVER_ABANDONED,
    FAILOVER_COMMITS,
    FAILOVER_COUNT,
    FAILOVER_LET_GO,
    FAILOVER_ROWS,
    FAILOVERS,
    LEVEL_ABANDONED,
)
from sim.record.recorder import note
from sim.shared import Words, shared

FAILOVER_FIELDS, FAILOVER_LEVELS = len(FAILOVERS.counters), len(FAILOVERS.levels)


@shared
def counters_of_failover(r: Words, failover: int) -> int:
    """The address of a store's counters of the current window."""
    return r[FAILOVERS.window_at] + failover * FAILOVER_FIELDS


@shared
def failed_over(r: Words, now: int, failover: int, span: int) -> None:
    """A store loses what was committed in the last so many ns."""
    r[counters_of_failover(r, failover) + FAILOVER_COUNT] += 1
    note(r, now, FACT_FAILOVER, failover, span)


@shared
def commit_lost(r: Words, now: int, failover: int, ident: int, rows: int) -> None:
    """A commit of so many rows is lost."""
    w = counters_of_failover(r, failover)
    r[w + FAILOVER_COMMITS] += 1
    r[w + FAILOVER_ROWS] += rows
    note(r, now, FACT_COMMIT_LOST, ident, rows)


@shared
def row_abandoned(r: Words, failover: int) -> None:
    """A row of an outbox is lost, and its relay holds it still, and may publish it."""
    r[counters_of_failover(r, failover) + FAILOVER_ABANDONED] += 1
    r[r[FAILOVERS.level_at] + failover * FAILOVER_LEVELS + LEVEL_ABANDONED] += 1


@shared
def row_let_go(r: Words, failover: int) -> None:
    """The relay holds it no more."""
    r[counters_of_failover(r, failover) + FAILOVER_LET_GO] += 1
    r[r[FAILOVERS.level_at] + failover * FAILOVER_LEVELS + LEVEL_ABANDONED] -= 1
