"""A read model (a projection, a view): what was published for each of its keys, what of it is there, and who waits for it.

    publish --> missing --projected--> there           of a key:   v1  v2  v3 | v4  v5        applied: v3
                   '--a newer one is--> there, superseded                       ^ first missing: the view is as old as that

Events of a key have versions that grow in the order of publishing, and a view has the newest one that was projected: an older
one that comes late, or comes again, changes nothing. What is missing of a key are the events behind the version that is there;
when a newer one is projected, those before it are superseded and missing no more. What a view that is rebuilt has besides is in
`sim.projections.rebuilds`.
"""

from sim.rows import NOWHERE, Row
from sim.shared import shared

OUTDATED = 0
NEWER = 1
"""What a projected event is to the view."""


class ViewEvent(Row):
    """Something that was published for a key of a view."""

    next: "ViewEvent"  # of the same key
    version: int
    published_at: int


class KeptEvent(Row):
    """An event that is in the log of a topic which feeds a view, and that the view is rebuilt from."""

    next: "KeptEvent"  # of the same key, in the order of appending
    after: "KeptEvent"  # of the whole view, in that order
    entry: "ViewKey"
    version: int
    published_at: int
    appended_at: int
    channel: int


class ViewWait(Row):
    """A read that waits until a version of its key is there."""

    next: "ViewWait"
    previous: "ViewWait"
    entry: "ViewKey"
    span: int  # the execution, as an engine knows it
    view: int  # its number
    version: int
    since: int
    gives_up_at: int


class ViewKey(Row):
    """A key of a view."""

    key: int
    next: "ViewKey"  # in the engine's table
    first: ViewEvent  # that never was there
    last: ViewEvent
    applied: int  # the version that is there, 0: none
    newest_at: int  # when that was published
    known: int  # whether anything is there
    waits: ViewWait
    waits_last: ViewWait
    generation: int  # of a view that is rebuilt, when the entry was last looked at; and the following
    taken: int  # the newest version that was there when it was emptied
    taken_at: int  # when that was published
    kept: KeptEvent
    kept_last: KeptEvent
    ahead: KeptEvent  # the first one that is kept and is not there again


@shared
def publish(entry: ViewKey, event: ViewEvent, version: int, now: int) -> None:
    """An event is published for a key: it is missing in the view."""
    event.version = version
    event.published_at = now
    event.next = NOWHERE
    last = entry.last
    if last:
        last.next = event
    else:
        entry.first = event
    entry.last = event


@shared
def project(entry: ViewKey, version: int) -> int:
    """A version of a key is projected; whether it is newer than what is there, and takes its place."""
    if version <= entry.applied:
        return OUTDATED
    entry.applied = version
    return NEWER


@shared
def passed(entry: ViewKey) -> ViewEvent:
    """The first missing event, if it is missing no more: the version that is there, or an older one; none otherwise."""
    event = entry.first
    if not event or event.version > entry.applied:
        return NOWHERE  # type: ignore[no-any-return]
    entry.first = event.next
    if not event.next:
        entry.last = NOWHERE
    return event


@shared
def staleness(entry: ViewKey, now: int) -> int:
    """How long ago the oldest missing event of a key was published; 0 when none is missing.

    Of what was there before the view was emptied, that is the first one that is kept; if none is, the newest that was there.
    """
    since = now
    if entry.first:
        since = entry.first.published_at
    if entry.applied < entry.taken:
        ahead = entry.ahead
        since = min(since, ahead.published_at if ahead and ahead.version <= entry.taken else entry.taken_at)
    return now - since


@shared
def wait(entry: ViewKey, one: ViewWait, version: int, now: int, wait_max: int) -> None:
    """A read waits for a version of a key."""
    one.entry = entry
    one.version = version
    one.since = now
    one.gives_up_at = now + wait_max
    last = entry.waits_last
    one.previous = last
    one.next = NOWHERE
    if last:
        last.next = one
    else:
        entry.waits = one
    entry.waits_last = one


@shared
def leave(entry: ViewKey, one: ViewWait) -> None:
    """A read waits no longer."""
    previous, following = one.previous, one.next
    if previous:
        previous.next = following
    else:
        entry.waits = following
    if following:
        following.previous = previous
    else:
        entry.waits_last = previous
