"""Read models: publish, project, read; give up, stop waiting. How one is emptied and filled anew is in `rebuilds.py`.

The readable engine's verbs, in its order.
"""

from sim import network
from sim.engine.compiled_engine.broker_state import Channel
from sim.engine.compiled_engine.calendar import after, then
from sim.engine.compiled_engine.calls import partition_key
from sim.engine.compiled_engine.codes import DO_SEEN
from sim.engine.compiled_engine.family_rows import Own, Projection
from sim.engine.compiled_engine.kernel_rows import Chunk
from sim.engine.compiled_engine.memory import release_row, take_room, take_row
from sim.engine.compiled_engine.state import Span, Trace, World
from sim.projections import rebuilds
from sim.projections import views as rules
from sim.projections.views import ViewEvent, ViewKey, ViewWait
from sim.record import projections as recorder
from sim.record import rebuilds as recorder_of_rebuilds
from sim.record.fields.projections import (
    HELD_MISSING,
    HELD_READS_WAITING,
    VIEW_WAITS_KILLED,
    VIEW_WAITS_OVER,
    VIEW_WAITS_SERVED,
)
from sim.record.outcomes import OK
from sim.rows import NOWHERE
from sim.semantics.order import READ_WAIT, rank_of
from sim.shared import Words

WAITS = -1
MULTIPLIER = 0x9E3779B1
BUCKETS = Projection.fields["buckets"].offset


def publish(m: World, r: Words, x: Trace, channel: Channel) -> int:
    """An event is published to a channel that feeds read models: it is missing there. Returns its version."""
    m.published += 1
    for index in range(channel.fed_count):
        number = channel.fed[index]
        own = own_of(x, number)
        if not own:
            own = Own(m, take_row(m, m.owns))
            own.view = number
            own.entry = entry_of(m, number, x)
            own.next = x.own
            x.own = own
        own.version = m.published
        rules.publish(own.entry, ViewEvent(m, take_row(m, m.view_events)), m.published, m.now)
        recorder.view_misses(r, m.now, number, 1)
    return m.published


def own_of(x: Trace, number: int) -> Own:
    """What a trace has published for a read model, or none."""
    own = x.own
    while own and own.view != number:
        own = own.next
    return own


def entry_of(m: World, number: int, x: Trace) -> ViewKey:
    """The key of a trace in a read model, made now if there is none."""
    view = m.views[number]
    if x.flow.keys == 0:
        return ViewKey(m, take_row(m, m.view_keys))
    key = partition_key(m, x)
    entry = found(m, view, key)
    if entry:
        return entry
    entry = ViewKey(m, take_row(m, m.view_keys))
    entry.key = key
    if view.count > view.mask:
        widen(m, view)
    put(m, view, entry)
    view.count += 1
    return entry


def bucket_of(view: Projection, key: int) -> int:
    """Where in the table of a read model a key is."""
    return ((((key & 0xFFFFFFFF) * MULTIPLIER) & 0xFFFFFFFF) >> 8) & view.mask


def found(m: World, view: Projection, key: int) -> ViewKey:
    """The entry of a key, or none."""
    entry = ViewKey(m, view.buckets[bucket_of(view, key)])
    while entry and entry.key != key:
        entry = entry.next
    return entry


def put(m: World, view: Projection, entry: ViewKey) -> None:
    """Put an entry into the table."""
    bucket = bucket_of(view, entry.key)
    entry.next = ViewKey(m, view.buckets[bucket])
    view.buckets[bucket] = entry.at


def widen(m: World, view: Projection) -> None:
    """A table twice as large, if there is room for it."""
    buckets, size = view.buckets.at, view.mask + 1
    start = take_room(m, 2 * size)
    if start == 0:
        return
    m[view.at + BUCKETS] = start
    view.mask = 2 * size - 1
    for bucket in range(size):
        entry = ViewKey(m, m[buckets + bucket])
        while entry:
            following = entry.next
            put(m, view, entry)
            entry = following


def project(m: World, r: Words, span: Span, number: int) -> None:
    """The event of the message under way is put into a read model."""
    x, message = span.trace, span.consumer.message
    entry = own_of(x, number).entry
    newer = put_event(m, r, m.views[number], entry, message.version, message.published_at, x.flow.keys > 0)
    recorder.view_projected(r, m.now, number, span.ident, newer)


def put_event(
    m: World, r: Words, view: Projection, entry: ViewKey, version: int, published_at: int, shared: bool  # noqa: FBT001
) -> bool:
    """An event is put into a read model; returns whether it is newer than what is there of its key."""
    look(m, r, view, entry)
    was_whole = rebuilds.whole(entry)
    if rules.project(entry, version) != rules.NEWER:
        return False
    move_on(m, r, view.number, entry, published_at, shared)
    if view.rebuilt >= 0:
        rebuilds.put_back(entry)
        if not was_whole and rebuilds.whole(entry):
            recorder_of_rebuilds.key_whole(r, m.now, view.rebuilt, entry.taken > 0)
    return True


def look(m: World, r: Words, view: Projection, entry: ViewKey) -> None:
    """What is known of a key of a view that is rebuilt is brought up to now."""
    if view.rebuilt >= 0:
        forget(m, r, view)
        rebuilds.look(view.log, entry)


def forget(m: World, r: Words, view: Projection) -> None:
    """A view forgets the events that its topics keep no more."""
    event = rebuilds.too_old(view.log, m.now, view.retention)
    while event:
        if rebuilds.forget(view.log, event):
            recorder_of_rebuilds.event_gone(r, m.now, view.rebuilt)
        release_row(m, m.kept_events, event.at)
        event = rebuilds.too_old(view.log, m.now, view.retention)


def move_on(m: World, r: Words, number: int, entry: ViewKey, published_at: int, shared: bool) -> None:  # noqa: FBT001
    """A newer version of a key is there: so is what was missing before it, and those who wait for that go on."""
    now, before = m.now, entry.newest_at
    event = rules.passed(entry)
    while event:
        recorder.view_has(r, now, number, now - event.published_at, event.version < entry.applied)
        release_row(m, m.view_events, event.at)
        event = rules.passed(entry)
    entry.newest_at = published_at
    if shared:
        recorder.view_younger(r, now, number, entry.known == 0, published_at, before)
    entry.known = 1
    one = entry.waits
    while one:
        following = one.next
        if one.version <= entry.applied:
            waiting = Span(m, one.span)
            stop(m, r, one, VIEW_WAITS_SERVED)
            then(m, DO_SEEN, waiting.at, waiting.ident)
        one = following


def read(m: World, r: Words, span: Span, number: int, wait_max: int) -> int:
    """A handler asks a read model, once its trace's own write is there if it waits for that."""
    own = own_of(span.trace, number)
    if wait_max == network.NO_WAIT or not own:
        answer(m, r, span, number)
        return OK
    look(m, r, m.views[number], own.entry)
    if own.entry.applied >= own.version:
        answer(m, r, span, number)
        return OK
    recorder.read_waiting(r, m.now, number, span.ident)
    one = ViewWait(m, take_row(m, m.view_waits))
    one.span = span.at
    one.view = number
    span.wait = one
    rules.wait(own.entry, one, own.version, m.now, wait_max)
    if wait_max != network.WAIT_FOR_EVER:
        after(m, wait_max, rank_of(READ_WAIT, span.ident), span.at)
    span.pending = number
    return WAITS


def answer(m: World, r: Words, span: Span, number: int) -> None:
    """A read model answers: how old that is, and whether it has what the same trace has published."""
    x = span.trace
    own = own_of(x, number)
    is_own, staleness = recorder.NOTHING_OWN, 0
    if own:
        look(m, r, m.views[number], own.entry)
        is_own = recorder.OWN_FOUND if own.entry.applied >= own.version else recorder.OWN_MISSED
        staleness = rules.staleness(own.entry, m.now)
    elif x.flow.keys > 0:
        entry = found(m, m.views[number], partition_key(m, x))
        if entry:
            look(m, r, m.views[number], entry)
            staleness = rules.staleness(entry, m.now)
    recorder.view_read(r, m.now, number, span.ident, staleness, is_own)
    follow_up = x.flow.waits_in
    if is_own == recorder.OWN_FOUND and follow_up and follow_up.view == number:
        x.known = 1
        x.known_at = m.now


def seen(m: World, r: Words, span: Span, ident: int) -> bool:
    """Whether a handler goes on whose read had to wait, and reads now: it may have gone down since."""
    if span.ident != ident or span.wait:
        return False
    answer(m, r, span, span.pending)
    return True


def stop(m: World, r: Words, one: ViewWait, how: int) -> None:
    """A read waits no longer."""
    span, now = Span(m, one.span), m.now
    rules.leave(one.entry, one)
    recorder.read_over(r, now, one.view, span.ident, now - one.since, how)
    span.wait = NOWHERE
    release_row(m, m.view_waits, one.at)


def give_up(m: World, r: Words, span: Span, ident: int) -> bool:
    """A read has waited as long as it may, unless it waits no longer; returns whether it has."""
    if span.ident != ident or not span.wait:
        return False
    if span.wait.gives_up_at != m.now:
        return False
    stop(m, r, span.wait, VIEW_WAITS_OVER)
    return True


def stop_waiting(m: World, r: Words, span: Span) -> None:
    """An execution goes down with its replica: if it waited for a read model, it does no more."""
    if span.wait:
        stop(m, r, span.wait, VIEW_WAITS_KILLED)


def count_view(m: World, r: Words, at: int, view: Projection) -> None:
    """Events that are missing in a read model, and reads that wait for it."""
    for bucket in range(view.mask + 1):
        entry = ViewKey(m, view.buckets[bucket])
        while entry:
            count_key(m, r, at, view.number, entry)
            entry = entry.next
    entry = view.left
    while entry:
        count_key(m, r, at, view.number, entry)
        entry = entry.next
    chunk = m.traces_chunk
    while chunk:
        for row in range(chunk.count):
            x = Trace(m, chunk.at + Chunk.SIZE + row * m.trace_size)
            if x.references > 0 and x.own:
                count_own(m, r, at, view.number, x)
        chunk = chunk.before


def count_own(m: World, r: Words, at: int, number: int, x: Trace) -> None:
    """The same of the key of a trace that has one of its own."""
    own = x.own
    while own and x.flow.keys == 0:
        if own.view == number:
            count_key(m, r, at, number, own.entry)
        own = own.next


def count_key(m: World, r: Words, at: int, number: int, entry: ViewKey) -> None:
    """The same of one key."""
    event, one = entry.first, entry.waits
    while event:
        m[at + HELD_MISSING] += 1
        recorder.still_missing(r, number, m.horizon - event.published_at)
        event = event.next
    while one:
        m[at + HELD_READS_WAITING] += 1
        recorder.still_waits(r, number, m.horizon - one.since)
        one = one.next
