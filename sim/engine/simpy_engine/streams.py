"""Streams of events: load, append, reload: what handlers replay, and what becomes of what they append."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.draws import bits
from sim.engine.simpy_engine import failovers, stores
from sim.engine.simpy_engine.clock import Timer
from sim.record import streams as recorder
from sim.record.fields.event_streams import STREAM_ABORTS, STREAM_CONFLICTS
from sim.record.fields.stores import STORE_ABORTED, STORE_BROKEN_OFF, STORE_COMMITTED, STORE_ROLLED_BACK
from sim.record.outcomes import DEPENDENCY, OK
from sim.semantics.hooks import RETRIES
from sim.semantics.order import LOADED, OCCURRENCES_MAX, RELOADS, STORED, rank_of
from sim.semantics.rules import paced
from sim.stores import streams as rules
from sim.stores.transactions import COMMITTING, may_commit
from sim.stores.versions import noted, outdated

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run, Steps
    from sim.engine.simpy_engine.state import Span
    from sim.network.store_rows import Append


def aggregate_of(run: Run, span: Span, stream: int) -> Any:
    """The aggregate that an execution is about: that of the key of its trace."""
    key = stream, span.trace.partition_key
    if key not in run.aggregates:
        spec = run.network.event_streams[stream]
        run.aggregates[key] = one = rules.Aggregate.plain()
        one.version, one.snapshot = spec.initial, spec.first_snapshot
    return run.aggregates[key]


def load(run: Run, span: Span, number: int, _: int) -> Steps:
    """A load has its connection: it knows the version from now on, and takes as long as there is to replay."""
    spec, now = run.network.event_streams[number], run.clock.now
    one = aggregate_of(run, span, number)
    replayed = rules.to_replay(one, now)
    takes = replayed * spec.replay
    if one.snapshot > 0:
        takes += spec.snapshot_load
    span.seen = noted(one.version)
    recorder.stream_loading(run.r, now, number, span.ident, replayed, takes)
    yield Timer(run.clock, takes, rank_of(LOADED, span.ident))
    if not span.dead:
        stores.end(run, span, STORE_COMMITTED)
    return OK


def append(run: Run, span: Span, number: int, _: int) -> Steps:
    """An append has its connection, and is committed, which takes its time; then it is found out whether it conflicts."""
    spec, transaction, clock = run.network.appends[number], span.transaction, run.clock
    store, stream = run.stores[transaction.store], run.network.event_streams[spec.stream]
    transaction.place, transaction.rows = COMMITTING, spec.events
    takes = paced(run.sample(store.spec.commit, spec.commit_stream, span.trace, span.occurrence), 0, store.state.pace)
    yield Timer(clock, takes, rank_of(STORED, span.ident))
    if span.dead:
        return OK
    one = aggregate_of(run, span, spec.stream)
    if spec.checked and outdated(span.seen, one.version):
        return conflict(run, span, spec)
    if not may_commit(store.state, transaction):
        recorder.stream_refused(run.r, clock.now, spec.stream, span.ident, STREAM_ABORTS)
        stores.end(run, span, STORE_BROKEN_OFF)
        return DEPENDENCY
    if bits(run.keys[spec.abort_stream], span.trace.key, span.occurrence) < store.spec.aborts:
        recorder.stream_refused(run.r, clock.now, spec.stream, span.ident, STREAM_ABORTS)
        stores.end(run, span, STORE_ABORTED)
        return DEPENDENCY
    rules.settle(one, clock.now)
    latest = one.snapshot
    snapshot = rules.append(one, spec.events, stream.every, stream.snapshot_write, clock.now)
    recorder.stream_appended(run.r, clock.now, spec.stream, span.ident, spec.events, snapshot)
    stores.end(run, span, STORE_COMMITTED)
    failovers.remember_append(store, one, spec.stream, spec.events, latest)
    span.seen = noted(one.version)
    done(span)
    return OK


def conflict(run: Run, span: Span, spec: Append) -> int:
    """Another append came in between: nothing is appended, and the aggregate is to be loaded again."""
    recorder.stream_refused(run.r, run.clock.now, spec.stream, span.ident, STREAM_CONFLICTS)
    stores.end(run, span, STORE_ROLLED_BACK)
    span.seen = 0
    span.conflicts += 1
    if not spec.retried:
        recorder.stream_conflict_ends(run.r, spec.stream, reloads=False)
        done(span)
    return DEPENDENCY


def done(span: Span) -> None:
    """No conflict is left: what is drawn from here on is what would be without one."""
    span.conflicts = 0
    span.reload_waited = 0
    span.occurrence %= OCCURRENCES_MAX


def reload(run: Run, span: Span, number: int, _: int) -> Steps:
    """An append has failed: after a conflict all is done again from the load on, with draws of its own, or the step fails."""
    if span.seen != 0:
        return span.failed_with
    spec = run.network.appends[number]
    u = bits(run.keys[spec.retry_stream], span.trace.key, span.occurrence)
    delay = RETRIES[spec.retry].retry(run.settings[spec.retry_at], span.conflicts, span.reload_waited, u)
    recorder.stream_conflict_ends(run.r, spec.stream, reloads=delay >= 0)
    if delay < 0:
        done(span)
        return span.failed_with
    span.occurrence += OCCURRENCES_MAX
    span.reload_waited = delay
    if delay > 0:
        yield Timer(run.clock, delay, rank_of(RELOADS, span.ident))
    return OK
