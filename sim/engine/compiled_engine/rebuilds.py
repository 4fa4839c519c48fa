"""Read models that are emptied and filled anew: keep what they are filled from, rebuild, replay event by event, end.

The readable engine's verbs, in its order.
"""

from sim.engine.compiled_engine import projections
from sim.engine.compiled_engine.broker_state import Message
from sim.engine.compiled_engine.calendar import after
from sim.engine.compiled_engine.consumers import cut_off
from sim.engine.compiled_engine.family_rows import Projection
from sim.engine.compiled_engine.memory import take_row
from sim.engine.compiled_engine.state import World
from sim.projections import rebuilds as rules
from sim.projections.views import KeptEvent, ViewKey
from sim.record import fields
from sim.record import rebuilds as recorder
from sim.semantics.order import REPLAYED, identity, rank_of
from sim.shared import Words, entrance

HELD = len(fields.rebuilds.REBUILDS.holdings)


@entrance
def keep(m: World, r: Words, message: Message) -> None:
    """A message is in a log: read models that it feeds, and that are rebuilt, keep its event for as long as the log does."""
    channel = message.channel
    for index in range(channel.fed_count):
        view = m.views[channel.fed[index]]
        if view.rebuilt < 0:
            continue
        entry = projections.own_of(message.trace, view.number).entry
        event = KeptEvent(m, take_row(m, m.kept_events))
        event.version = message.version
        event.published_at = message.published_at
        event.appended_at = m.now
        event.channel = channel.number
        projections.look(m, r, view, entry)
        rules.keep(view.log, entry, event)
        if view.log.running != 0:
            recorder.one_more_due(r, m.now, view.rebuilt)


def rebuild(m: World, r: Words, view: Projection) -> None:
    """A read model is emptied, and its reader begins with the oldest event; one that is at work gives up."""
    log, now = view.log, m.now
    projections.forget(m, r, view)
    if log.running != 0:
        recorder.rebuild_broken_off(r, now, view.rebuilt, now - log.since)
        rules.end(log)
    rules.begin(log, now)
    recorder.rebuild_begun(r, now, view.rebuilt, view.number, log.kept, log.appended - log.kept)
    read_on(m, r, view)


def read_on(m: World, r: Words, view: Projection) -> None:
    """The reader of a read model needs some time for the next event; without one the rebuild is over."""
    log = view.log
    if log.unread > 0:
        after(m, view.gap, rank_of(REPLAYED, identity(log.generation, view.number, 0)), view.at)
    else:
        rules.end(log)
        recorder.rebuild_done(r, m.now, view.rebuilt, view.number, m.now - log.since)


def replay(m: World, r: Words, view: Projection, ident: int) -> None:
    """The reader of a read model projects the event that it has come to, unless another one took its place meanwhile.

    While the broker is down it tries again, at its pace.
    """
    log = view.log
    if ident != identity(log.generation, view.number, 0):
        return
    projections.forget(m, r, view)
    if log.unread > 0 and not cut_off(m.channels[log.ahead.channel]):
        event = rules.take(log)
        newer = projections.put_event(m, r, view, event.entry, event.version, event.published_at, True)
        recorder.event_replayed(r, m.now, view.rebuilt, event.version, newer)
    read_on(m, r, view)


def count_rebuild(m: World, r: Words, inside: int, view: Projection) -> None:
    """Whether a read model is being rebuilt, the events ahead of its reader, and the keys that are not back."""
    if view.rebuilt < 0:
        return
    log, at = view.log, inside + HELD * view.rebuilt
    event = log.ahead
    while event:
        m[at + fields.rebuilds.HELD_UNREAD] += 1
        event = event.after
    for bucket in range(view.mask + 1):
        entry = ViewKey(m, view.buckets[bucket])
        while entry:
            rules.look(log, entry)
            m[at + fields.rebuilds.HELD_TAKEN_OUT] += entry.applied < entry.taken
            entry = entry.next
    m[at + fields.rebuilds.HELD_REBUILDING] = log.running
    if log.running != 0:
        recorder.still_rebuilding(r, view.rebuilt, m.horizon - log.since)
