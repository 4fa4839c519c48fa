"""Read models: publish, project, read; give up, stop waiting. How one is emptied and filled anew is in `rebuilds.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simpy.events import Event

from sim.network import NO_WAIT, WAIT_FOR_EVER
from sim.projections import rebuilds
from sim.projections import views as rules
from sim.record import projections as recorder
from sim.record import rebuilds as recorder_of_rebuilds
from sim.record.fields.projections import VIEW_WAITS_KILLED, VIEW_WAITS_OVER, VIEW_WAITS_SERVED
from sim.record.outcomes import DEPENDENCY, OK
from sim.semantics.order import READ_WAIT, rank_of

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run, Steps
    from sim.engine.simpy_engine.state import Span, Trace, ViewAtWork


def publish(run: Run, trace: Trace, channel: int) -> int:
    """An event is published to a channel that feeds read models: it is missing there. Returns its version."""
    run.published += 1
    for number in run.network.fed[channel]:
        entry = entry_of(run, number, trace)
        rules.publish(entry, rules.ViewEvent.plain(), run.published, run.clock.now)
        trace.own[number] = (entry, run.published)
        recorder.view_misses(run.r, run.clock.now, number, 1)
    return run.published


def entry_of(run: Run, number: int, trace: Trace) -> Any:
    """The key of a trace in a read model, in which it has an event."""
    view = run.views[number]
    if run.network.flows[trace.flow].keys > 0:
        if trace.partition_key not in view.entries:
            view.entries[trace.partition_key] = rules.ViewKey.plain()
        return view.entries[trace.partition_key]
    entry = trace.own[number][0] if number in trace.own else rules.ViewKey.plain()
    view.loose[trace.number] = entry
    return entry


def project(run: Run, span: Span, number: int, _: int) -> Steps:
    """The event of the message under way is put into a read model."""
    trace = span.trace
    entry, _version = trace.own[number]
    shared = run.network.flows[trace.flow].keys > 0
    newer = put_event(run, number, entry, span.version, span.published_at, shared=shared)
    recorder.view_projected(run.r, run.clock.now, number, span.ident, newer)
    if newer and not shared and not entry.first:
        del run.views[number].loose[trace.number]
    return OK
    yield


def put_event(run: Run, number: int, entry: Any, version: int, published_at: int, *, shared: bool) -> bool:
    """An event is put into a read model; returns whether it is newer than what is there of its key."""
    view = run.views[number]
    look(run, view, entry)
    was_whole = rebuilds.whole(entry)
    if rules.project(entry, version) != rules.NEWER:
        return False
    move_on(run, number, entry, published_at, shared=shared)
    if view.rebuilt >= 0:
        rebuilds.put_back(entry)
        if not was_whole and rebuilds.whole(entry):
            recorder_of_rebuilds.key_whole(run.r, run.clock.now, view.rebuilt, entry.taken > 0)
    return True


def look(run: Run, view: ViewAtWork, entry: Any) -> None:
    """What is known of a key of a view that is rebuilt is brought up to now."""
    if view.rebuilt >= 0:
        forget(run, view)
        rebuilds.look(view.log, entry)


def forget(run: Run, view: ViewAtWork) -> None:
    """A view forgets the events that its topics keep no more."""
    now = run.clock.now
    event = rebuilds.too_old(view.log, now, view.spec.retention)
    while event:
        if rebuilds.forget(view.log, event):
            recorder_of_rebuilds.event_gone(run.r, now, view.rebuilt)
        event = rebuilds.too_old(view.log, now, view.spec.retention)


def move_on(run: Run, number: int, entry: Any, published_at: int, *, shared: bool) -> None:
    """A newer version of a key is there: so is what was missing before it, and those who wait for that go on."""
    now, before = run.clock.now, entry.newest_at
    event = rules.passed(entry)
    while event:
        recorder.view_has(run.r, now, number, now - event.published_at, event.version < entry.applied)
        event = rules.passed(entry)
    entry.newest_at = published_at
    if shared:
        recorder.view_younger(run.r, now, number, entry.known == 0, published_at, before)
    entry.known = 1
    one = entry.waits
    while one:
        following = one.next
        if one.version <= entry.applied:
            stop(run, one, VIEW_WAITS_SERVED)
            one.span.read_over.succeed(OK)
        one = following


def read(run: Run, span: Span, number: int, wait_max: int) -> Steps:
    """A handler asks a read model, once its trace's own write is there if it waits for that."""
    trace, now = span.trace, run.clock.now
    entry, version = trace.own.get(number, (None, 0))
    if entry is not None:
        look(run, run.views[number], entry)
    if wait_max != NO_WAIT and entry is not None and entry.applied < version:
        recorder.read_waiting(run.r, now, number, span.ident)
        span.wait = one = rules.ViewWait.plain()
        one.span, one.view = span, number
        rules.wait(entry, one, version, now, wait_max)
        if wait_max != WAIT_FOR_EVER:
            run.clock.after(wait_max, rank_of(READ_WAIT, span.ident), give_up, run, one)
        span.read_over = Event(run.clock)
        outcome: int = yield span.read_over
        if outcome != OK or span.dead:
            return outcome
    answer(run, span, number)
    return OK


def answer(run: Run, span: Span, number: int) -> None:
    """A read model answers: how old that is, and whether it has what the same trace has published."""
    trace, now = span.trace, run.clock.now
    entry, version = trace.own.get(number, (None, 0))
    own = recorder.NOTHING_OWN
    if entry is not None:
        look(run, run.views[number], entry)
        own = recorder.OWN_FOUND if entry.applied >= version else recorder.OWN_MISSED
    elif run.network.flows[trace.flow].keys > 0:
        entry = run.views[number].entries.get(trace.partition_key)
        if entry is not None:
            look(run, run.views[number], entry)
    staleness = 0 if entry is None else rules.staleness(entry, now)
    recorder.view_read(run.r, now, number, span.ident, staleness, own)
    follow_up = run.waits_in.get(trace.flow, -1)
    if own == recorder.OWN_FOUND and follow_up >= 0 and run.network.follow_ups[follow_up].view == number:
        trace.known_at = now


def stop(run: Run, one: Any, how: int) -> None:
    """A read waits no longer."""
    span, now = one.span, run.clock.now
    rules.leave(one.entry, one)
    recorder.read_over(run.r, now, one.view, span.ident, now - one.since, how)
    span.wait = None


def give_up(run: Run, one: Any) -> None:
    """A read has waited as long as it may, unless it waits no longer."""
    if one.span.wait is one:
        stop(run, one, VIEW_WAITS_OVER)
        one.span.read_over.succeed(DEPENDENCY)


def stop_waiting(run: Run, span: Span) -> None:
    """An execution goes down with its replica: if it waited for a read model, it does no more."""
    if span.wait is not None:
        stop(run, span.wait, VIEW_WAITS_KILLED)


def count_view(run: Run, number: int) -> None:
    """Events that are missing in a read model, and reads that wait for it."""
    view, inside, horizon = run.views[number], run.recording.inside["projections"], run.network.horizon
    for entry in (*view.entries.values(), *view.loose.values()):
        for event in rows_from(entry.first):
            inside[number, 0] += 1
            recorder.still_missing(run.r, number, horizon - event.published_at)
        for one in rows_from(entry.waits):
            inside[number, 1] += 1
            recorder.still_waits(run.r, number, horizon - one.since)


def rows_from(row: Any) -> list[Any]:
    """A row, and those that follow it."""
    found = []
    while row:
        found.append(row)
        row = row.next
    return found
