"""A view that is emptied and filled anew from what its topics keep: the events of its log, who reads them, and what is back.

    log     v1  v2  v3  v4  v5  v6 <-- appended           a reader: one event each `gap`, from the oldest on that is kept
            forgotten |  ^ ahead of the reader                      over when none is ahead
    a key   taken: v4 was there when the view was emptied; applied: v3 is there again; whole once v4 or a newer one is

Live events are projected meanwhile, too: of a key the newest one is there, whoever brings it, and what the reader brings later
is outdated. A key of which nothing is kept does not come back until something newer is published. Entries learn that their view
was emptied when they are looked at (`look`), so that emptying costs the same whatever the number of keys.
"""

from sim.projections.views import KeptEvent, ViewKey
from sim.rows import NOWHERE, Row
from sim.shared import shared


class RebuildState(Row):
    """The log of a view, and its reader, if one is at work."""

    first: KeptEvent
    last: KeptEvent
    ahead: KeptEvent  # of the reader; none: it has read everything, or there is no reader
    appended: int  # events in all
    kept: int  # those of them that are not forgotten
    unread: int  # those of them that are ahead of the reader
    generation: int  # how often the view was emptied
    running: int
    since: int


@shared
def keep(state: RebuildState, entry: ViewKey, event: KeptEvent) -> None:
    """An event is appended to a topic that feeds the view."""
    event.entry = entry
    event.next = NOWHERE
    event.after = NOWHERE
    last = entry.kept_last
    if last:
        last.next = event
    else:
        entry.kept = event
    entry.kept_last = event
    if not entry.ahead and entry.applied < event.version and entry.applied < entry.taken:
        entry.ahead = event
    end = state.last
    if end:
        end.after = event
    else:
        state.first = event
    state.last = event
    state.appended += 1
    state.kept += 1
    if state.running != 0:
        state.unread += 1
        if not state.ahead:
            state.ahead = event


@shared
def too_old(state: RebuildState, now: int, retention: int) -> KeptEvent:
    """The oldest event, if its topic keeps it no more; none otherwise. At the instant at which it goes it can still be read."""
    event = state.first
    if not event or event.appended_at + retention >= now:
        return NOWHERE  # type: ignore[no-any-return]
    return event


@shared
def forget(state: RebuildState, event: KeptEvent) -> bool:
    """The oldest event is kept no more; returns whether the reader has not come to it, and never will."""
    entry = event.entry
    state.first = event.after
    if not event.after:
        state.last = NOWHERE
    state.kept -= 1
    entry.kept = event.next
    if not event.next:
        entry.kept_last = NOWHERE
    if entry.ahead and entry.ahead.version == event.version:
        entry.ahead = event.next
        put_back(entry)
    if state.unread <= state.kept:
        return False
    state.ahead = event.after
    state.unread -= 1
    return True


@shared
def begin(state: RebuildState, now: int) -> None:
    """The view is emptied, and a reader begins with the oldest event; another one that is at work gives up."""
    state.generation += 1
    state.running = 1
    state.since = now
    state.ahead = state.first
    state.unread = state.kept


@shared
def take(state: RebuildState) -> KeptEvent:
    """The event that the reader comes to; it goes on behind it."""
    event = state.ahead
    state.ahead = event.after
    state.unread -= 1
    return event


@shared
def end(state: RebuildState) -> None:
    """Nothing is ahead of the reader: the view is rebuilt."""
    state.running = 0


@shared
def look(state: RebuildState, entry: ViewKey) -> None:
    """An entry learns whether its view was emptied since it was looked at: then nothing of its key is there."""
    if entry.generation == state.generation:
        return
    entry.generation = state.generation
    if entry.applied >= entry.taken:
        entry.taken = entry.applied
        entry.taken_at = entry.newest_at
    entry.applied = 0
    entry.known = 0
    entry.ahead = entry.kept


@shared
def put_back(entry: ViewKey) -> None:
    """The first event of a key that is kept and is not there: what is there, or older, is passed over."""
    while entry.ahead and entry.ahead.version <= entry.applied:
        entry.ahead = entry.ahead.next


@shared
def whole(entry: ViewKey) -> bool:
    """Whether something of a key is there, and nothing older than before the view was emptied."""
    return entry.applied > 0 and entry.applied >= entry.taken
