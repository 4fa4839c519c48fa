"""The recorder's verbs about streams of events: what loads replay, and how appends end.

    load --> replayed             append --> appended (a snapshot is begun now and then), aborted by the store
                                     '--> conflict --> loaded again, or given up
"""

from sim.record.fields.event_streams import (
    EVENT_STREAMS,
    LEVEL_STORED,
    STREAM_APPENDED,
    STREAM_APPENDS,
    STREAM_EVENTS,
    STREAM_EVENTS_LOST,
    STREAM_GAVE_UP,
    STREAM_LOAD_MOST,
    STREAM_LOAD_TIME,
    STREAM_LOADS,
    STREAM_RELOADS,
    STREAM_REPLAYED,
    STREAM_SNAPSHOTS,
)
from sim.record.fields.facts import FACT_STREAM_APPEND, FACT_STREAM_LOADING
from sim.record.recorder import note
from sim.shared import Words, shared

STREAM_FIELDS, STREAM_LEVELS = len(EVENT_STREAMS.counters), len(EVENT_STREAMS.levels)


@shared
def counters_of(r: Words, stream: int) -> int:
    """The address of a stream's counters of the current window."""
    return r[EVENT_STREAMS.window_at] + stream * STREAM_FIELDS


@shared
def stream_loading(r: Words, now: int, stream: int, ident: int, replayed: int, takes: int) -> None:
    """A load begins, that replays so many events and takes so many ns."""
    w = counters_of(r, stream)
    r[w + STREAM_LOADS] += 1
    r[w + STREAM_REPLAYED] += replayed
    r[w + STREAM_LOAD_TIME] += takes
    r[w + STREAM_LOAD_MOST] = max(r[w + STREAM_LOAD_MOST], takes)
    note(r, now, FACT_STREAM_LOADING, ident, takes)


@shared
def stream_appended(r: Words, now: int, stream: int, ident: int, events: int, snapshot: bool) -> None:  # noqa: FBT001
    """So many events are in the stream; ``snapshot``: that begins one."""
    w = counters_of(r, stream)
    r[w + STREAM_APPENDS] += 1
    r[w + STREAM_APPENDED] += 1
    r[w + STREAM_EVENTS] += events
    r[r[EVENT_STREAMS.level_at] + stream * STREAM_LEVELS + LEVEL_STORED] += events
    if snapshot:
        r[w + STREAM_SNAPSHOTS] += 1
    note(r, now, FACT_STREAM_APPEND, ident, STREAM_APPENDED)


@shared
def stream_refused(r: Words, now: int, stream: int, ident: int, how: int) -> None:
    """An append has failed: ``how`` is the counter, of conflicts or of aborts."""
    w = counters_of(r, stream)
    r[w + STREAM_APPENDS] += 1
    r[w + how] += 1
    note(r, now, FACT_STREAM_APPEND, ident, how)


@shared
def stream_conflict_ends(r: Words, stream: int, reloads: bool) -> None:  # noqa: FBT001
    """After a conflict all is done again from the load on, or the step has failed."""
    r[counters_of(r, stream) + (STREAM_RELOADS if reloads else STREAM_GAVE_UP)] += 1


@shared
def stream_events_lost(r: Words, stream: int, events: int) -> None:
    """So many events are in the stream no more: their store has lost them."""
    r[counters_of(r, stream) + STREAM_EVENTS_LOST] += events
    r[r[EVENT_STREAMS.level_at] + stream * STREAM_LEVELS + LEVEL_STORED] -= events
