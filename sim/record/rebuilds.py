"""The recorder's verbs about read models that are emptied and filled anew.

    begun: keys taken out, events due --read--> keys put back --> done: those that are not back are lost
                                     '-> gone: their topic kept them no more          '-> broken off: another one began

The delay of an event is that of the first time that it was there: a rebuild adds nothing to it.
"""

from sim.record.fields.facts import FACT_REBUILDING, FACT_REBUILT, FACT_REPLAYED
from sim.record.fields.projections import LEVEL_AGE, LEVEL_KNOWN
from sim.record.fields.rebuilds import (
    LEVEL_REBUILD_OPEN_TIME,
    LEVEL_REBUILDING,
    LEVEL_TAKEN_OUT,
    LEVEL_UNREAD,
    LEVEL_WHOLE,
    REBUILD_BEGUN,
    REBUILD_BROKEN_OFF,
    REBUILD_BROKEN_OFF_TIME,
    REBUILD_DONE,
    REBUILD_DUE,
    REBUILD_GONE,
    REBUILD_KEYS_LOST,
    REBUILD_LEFT,
    REBUILD_MOST,
    REBUILD_PUT_BACK,
    REBUILD_READ,
    REBUILD_TAKEN_OUT,
    REBUILD_TAKEN_OUT_MAX,
    REBUILD_TIME,
    REBUILDS,
)
from sim.record.projections import bring_up, levels_of
from sim.record.recorder import advance, note
from sim.shared import Words, shared


@shared
def levels_of_rebuild(r: Words, row: int) -> int:
    """The address of the levels of a projection that is rebuilt."""
    return r[REBUILDS.level_at] + row * r[REBUILDS.levels_at]


@shared
def rebuild_begun(r: Words, now: int, row: int, view: int, kept: int, gone: int) -> None:
    """A view is emptied; so many events are kept of those that it is rebuilt from, and so many are not."""
    bring_up(r, now, view)
    of_view = levels_of(r, view)
    r[of_view + LEVEL_KNOWN] = 0
    r[of_view + LEVEL_AGE] = 0
    w = advance(r, now, REBUILDS.at, row)
    level = levels_of_rebuild(r, row)
    r[w + REBUILD_BEGUN] += 1
    r[w + REBUILD_DUE] += kept + gone
    r[w + REBUILD_GONE] += gone
    r[w + REBUILD_TAKEN_OUT] += r[level + LEVEL_WHOLE]
    r[level + LEVEL_TAKEN_OUT] += r[level + LEVEL_WHOLE]
    r[level + LEVEL_WHOLE] = 0
    r[level + LEVEL_UNREAD] = kept
    r[level + LEVEL_REBUILDING] = 1
    r[w + REBUILD_TAKEN_OUT_MAX] = max(r[w + REBUILD_TAKEN_OUT_MAX], r[level + LEVEL_TAKEN_OUT])
    note(r, now, FACT_REBUILDING, view, kept)


@shared
def rebuild_broken_off(r: Words, now: int, row: int, lasted: int) -> None:
    """A reader gives up after ``lasted`` ns, as its view is emptied again."""
    w = advance(r, now, REBUILDS.at, row)
    level = levels_of_rebuild(r, row)
    r[w + REBUILD_BROKEN_OFF] += 1
    r[w + REBUILD_BROKEN_OFF_TIME] += lasted
    r[w + REBUILD_LEFT] += r[level + LEVEL_UNREAD]
    r[level + LEVEL_UNREAD] = 0
    r[level + LEVEL_REBUILDING] = 0


@shared
def rebuild_done(r: Words, now: int, row: int, view: int, lasted: int) -> None:
    """Nothing is ahead of the reader, ``lasted`` ns after the view was emptied: what is not back is lost."""
    w = advance(r, now, REBUILDS.at, row)
    level = levels_of_rebuild(r, row)
    r[w + REBUILD_DONE] += 1
    r[w + REBUILD_TIME] += lasted
    r[w + REBUILD_MOST] = max(r[w + REBUILD_MOST], lasted)
    r[w + REBUILD_KEYS_LOST] += r[level + LEVEL_TAKEN_OUT]
    r[level + LEVEL_REBUILDING] = 0
    note(r, now, FACT_REBUILT, view, r[level + LEVEL_TAKEN_OUT])


@shared
def one_more_due(r: Words, now: int, row: int) -> None:
    """An event comes while a reader is at work: it will read that one, too."""
    r[advance(r, now, REBUILDS.at, row) + REBUILD_DUE] += 1
    r[levels_of_rebuild(r, row) + LEVEL_UNREAD] += 1


@shared
def event_replayed(r: Words, now: int, row: int, version: int, newer: bool) -> None:  # noqa: FBT001
    """A reader projects an event; one that is not newer than what is there changes nothing."""
    r[advance(r, now, REBUILDS.at, row) + REBUILD_READ] += 1
    r[levels_of_rebuild(r, row) + LEVEL_UNREAD] -= 1
    note(r, now, FACT_REPLAYED, version, 1 if newer else 0)


@shared
def event_gone(r: Words, now: int, row: int) -> None:
    """An event is kept no more, before the reader has come to it."""
    r[advance(r, now, REBUILDS.at, row) + REBUILD_GONE] += 1
    r[levels_of_rebuild(r, row) + LEVEL_UNREAD] -= 1


@shared
def key_whole(r: Words, now: int, row: int, back: bool) -> None:  # noqa: FBT001
    """Of a key there is something, for the first time, or (``back``) again what was there before the view was emptied."""
    w = advance(r, now, REBUILDS.at, row)
    level = levels_of_rebuild(r, row)
    r[level + LEVEL_WHOLE] += 1
    if back:
        r[w + REBUILD_PUT_BACK] += 1
        r[level + LEVEL_TAKEN_OUT] -= 1


@shared
def still_rebuilding(r: Words, row: int, lasted: int) -> None:
    """A rebuild is under way when the books are closed."""
    r[levels_of_rebuild(r, row) + LEVEL_REBUILD_OPEN_TIME] = lasted
