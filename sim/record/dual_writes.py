"""The recorder's verbs about dual writes: executions that commit and publish, and whether they did both."""

from sim.record.families import FIELDS
from sim.record.fields.dual_writes import (
    DUAL_BEGUN,
    DUAL_LOST,
    DUAL_PHANTOMS,
    DUAL_UNDONE,
    DUAL_WHOLE,
    DUAL_WRITES,
    LEVEL_DUAL_OPEN,
)
from sim.record.fields.facts import FACT_DUAL_WRITE_OVER
from sim.record.recorder import note
from sim.shared import Words, shared
from sim.stores.dual_writes import LOST, PHANTOM


@shared
def dual_write_begun(r: Words, number: int) -> None:
    """An execution is under way that will commit and publish."""
    w = r[DUAL_WRITES.window_at] + number * r[DUAL_WRITES.at + FIELDS]
    r[w + DUAL_BEGUN] += 1
    r[r[DUAL_WRITES.level_at] + number * r[DUAL_WRITES.levels_at] + LEVEL_DUAL_OPEN] += 1


@shared
def dual_write_over(r: Words, now: int, number: int, ident: int, verdict: int) -> None:
    """It is known what came of both writes."""
    w = r[DUAL_WRITES.window_at] + number * r[DUAL_WRITES.at + FIELDS]
    if verdict == LOST:
        r[w + DUAL_LOST] += 1
    elif verdict == PHANTOM:
        r[w + DUAL_PHANTOMS] += 1
    else:
        r[w + DUAL_WHOLE] += 1
    r[r[DUAL_WRITES.level_at] + number * r[DUAL_WRITES.levels_at] + LEVEL_DUAL_OPEN] -= 1
    note(r, now, FACT_DUAL_WRITE_OVER, ident, verdict)


@shared
def dual_write_undone(r: Words, number: int, messages: int) -> None:
    """So many messages were published, and their store has lost since what they tell of."""
    r[r[DUAL_WRITES.window_at] + number * r[DUAL_WRITES.at + FIELDS] + DUAL_UNDONE] += messages
