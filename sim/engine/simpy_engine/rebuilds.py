"""Read models that are emptied and filled anew: keep what they are filled from, rebuild, replay event by event, end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine import projections
from sim.projections import rebuilds as rules
from sim.projections.views import KeptEvent
from sim.record import rebuilds as recorder
from sim.semantics.order import REPLAYED, identity, rank_of

if TYPE_CHECKING:
    from sim.engine.simpy_engine.broker_state import Message
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import ViewAtWork
    from sim.network import ScheduledFault


def keep(run: Run, message: Message) -> None:
    """A message is in a log: read models that it feeds, and that are rebuilt, keep its event for as long as the log does."""
    now = run.clock.now
    for number in run.network.fed[message.channel]:
        view = run.views[number]
        if view.rebuilt < 0:
            continue
        entry, _version = message.trace.own[number]
        event = KeptEvent.plain()
        event.version, event.published_at = message.version, message.published_at
        event.appended_at, event.channel = now, message.channel
        projections.look(run, view, entry)
        rules.keep(view.log, entry, event)
        if view.log.running:
            recorder.one_more_due(run.r, now, view.rebuilt)


def rebuild(run: Run, fault: ScheduledFault) -> None:
    """A read model is emptied, and its reader begins with the oldest event; one that is at work gives up."""
    number, now = fault.number, run.clock.now
    view = run.views[number]
    projections.forget(run, view)
    if view.log.running:
        recorder.rebuild_broken_off(run.r, now, view.rebuilt, now - view.log.since)
        rules.end(view.log)
    rules.begin(view.log, now)
    recorder.rebuild_begun(run.r, now, view.rebuilt, number, view.log.kept, view.log.appended - view.log.kept)
    read_on(run, number)


def read_on(run: Run, number: int) -> None:
    """The reader of a read model needs some time for the next event; without one the rebuild is over."""
    view, now = run.views[number], run.clock.now
    if view.log.unread > 0:
        generation = view.log.generation
        run.clock.after(view.spec.gap, rank_of(REPLAYED, identity(generation, number, 0)), replay, run, number, generation)
    else:
        rules.end(view.log)
        recorder.rebuild_done(run.r, now, view.rebuilt, number, now - view.log.since)


def replay(run: Run, number: int, generation: int) -> None:
    """The reader of a read model projects the event that it has come to, unless another one took its place meanwhile.

    While the broker is down it tries again, at its pace.
    """
    view = run.views[number]
    if generation != view.log.generation:
        return
    projections.forget(run, view)
    if view.log.unread > 0 and not run.cut_off(view.log.ahead.channel):
        event = rules.take(view.log)
        newer = projections.put_event(run, number, event.entry, event.version, event.published_at, shared=True)
        recorder.event_replayed(run.r, run.clock.now, view.rebuilt, event.version, newer)
    read_on(run, number)


def count_rebuild(run: Run, view: ViewAtWork) -> None:
    """Whether a read model is being rebuilt, the events ahead of its reader, and the keys that are not back."""
    if view.rebuilt < 0:
        return
    log, unread, out = view.log, 0, 0
    event = log.ahead
    while event:
        event, unread = event.after, unread + 1
    for entry in view.entries.values():
        rules.look(log, entry)
        out += entry.applied < entry.taken
    run.recording.inside["rebuilds"][view.rebuilt] = (log.running, unread, out)
    if log.running:
        recorder.still_rebuilding(run.r, view.rebuilt, run.network.horizon - log.since)
