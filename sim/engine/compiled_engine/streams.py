"""Streams of events: load, loaded, append, stored, reload. The readable engine's verbs, in its order."""

from sim import network
from sim.draws import bits
from sim.engine.compiled_engine import failovers, stores
from sim.engine.compiled_engine.calendar import after
from sim.engine.compiled_engine.calls import retry_rule
from sim.engine.compiled_engine.chance import partition_key, sample, uniform
from sim.engine.compiled_engine.codes import WORKING
from sim.engine.compiled_engine.family_rows import Append, EventStream
from sim.engine.compiled_engine.state import Span, World
from sim.record import streams as recorder
from sim.record.fields.event_streams import STREAM_ABORTS, STREAM_CONFLICTS
from sim.record.fields.stores import STORE_ABORTED, STORE_BROKEN_OFF, STORE_COMMITTED, STORE_ROLLED_BACK
from sim.record.outcomes import DEPENDENCY, OK
from sim.semantics.order import LOADED, OCCURRENCES_MAX, RELOADS, STORED, rank_of
from sim.semantics.rules import paced
from sim.shared import Words
from sim.stores import streams as rules
from sim.stores.streams import Aggregate
from sim.stores.transactions import COMMITTING, may_commit
from sim.stores.versions import noted, outdated

WAITS = -1


def aggregate_of(m: World, span: Span, stream: EventStream) -> Aggregate:
    """The aggregate that an execution is about: that of the key of its trace."""
    return stream.aggregates[partition_key(m, span.trace)]


def load(m: World, r: Words, span: Span, number: int) -> int:
    """A load has its connection: it knows the version from now on, and takes as long as there is to replay."""
    stream = m.event_streams[number]
    one = aggregate_of(m, span, stream)
    replayed = rules.to_replay(one, m.now)
    takes = replayed * stream.replay
    if one.snapshot > 0:
        takes += stream.snapshot_load
    span.seen = noted(one.version)
    recorder.stream_loading(r, m.now, number, span.ident, replayed, takes)
    after(m, takes, rank_of(LOADED, span.ident), span.at)
    return WAITS


def loaded(m: World, r: Words, span: Span, ident: int) -> int:
    """A load is over, unless its handler is no more: the outcome of the step, or `WAITS`."""
    if span.ident != ident or not span.transaction:
        return WAITS
    stores.end(m, r, span, STORE_COMMITTED)
    return OK


def append(m: World, span: Span, number: int) -> int:
    """An append has its connection, and is committed, which takes its time."""
    spec, one = m.appends[number], span.transaction
    one.place = COMMITTING
    one.rows = spec.events
    store = m.stores[one.store]
    takes = paced(sample(m, store.commit, spec.commit_stream, span.key, span.occurrence), 0, store.state.pace)
    after(m, takes, rank_of(STORED, span.ident), span.at)
    return WAITS


def stored(m: World, r: Words, span: Span, ident: int) -> int:
    """The commit of an append is over, unless its handler is no more: the outcome of the step, or `WAITS`."""
    if span.ident != ident or not span.transaction:
        return WAITS
    now, spec = m.now, m.appends[m.program[span.pc - network.INSTRUCTION + 1]]
    stream = spec.stream
    one = aggregate_of(m, span, stream)
    if spec.checked != 0 and outdated(span.seen, one.version):
        return conflict(m, r, span, spec)
    if not may_commit(m.stores[span.transaction.store].state, span.transaction):
        recorder.stream_refused(r, now, stream.number, ident, STREAM_ABORTS)
        stores.end(m, r, span, STORE_BROKEN_OFF)
        return DEPENDENCY
    if bits(m.keys[spec.abort_stream], span.key, span.occurrence) < m.stores[span.transaction.store].aborts:
        recorder.stream_refused(r, now, stream.number, ident, STREAM_ABORTS)
        stores.end(m, r, span, STORE_ABORTED)
        return DEPENDENCY
    store = m.stores[span.transaction.store]
    rules.settle(one, now)
    latest = one.snapshot
    snapshot = rules.append(one, spec.events, stream.every, stream.snapshot_write, now)
    recorder.stream_appended(r, now, stream.number, ident, spec.events, snapshot)
    stores.end(m, r, span, STORE_COMMITTED)
    failovers.remember_append(store, one, stream.number, spec.events, latest)
    span.seen = noted(one.version)
    done(span)
    return OK


def conflict(m: World, r: Words, span: Span, spec: Append) -> int:
    """Another append came in between: nothing is appended, and the aggregate is to be loaded again."""
    recorder.stream_refused(r, m.now, spec.stream.number, span.ident, STREAM_CONFLICTS)
    stores.end(m, r, span, STORE_ROLLED_BACK)
    span.seen = 0
    span.conflicts += 1
    if spec.retried == 0:
        recorder.stream_conflict_ends(r, spec.stream.number, False)
        done(span)
    return DEPENDENCY


def done(span: Span) -> None:
    """No conflict is left: what is drawn from here on is what would be without one."""
    span.conflicts = 0
    span.occurrence %= OCCURRENCES_MAX


def reload(m: World, r: Words, span: Span, number: int) -> int:
    """An append has failed: after a conflict all is done again from the load on, with draws of its own, or the step fails."""
    if span.seen != 0:
        return span.failed_with
    spec = m.appends[number]
    u = uniform(m, spec.retry_stream, span.key, span.occurrence)
    delay = retry_rule(spec.retry, m, m.tables.at + spec.retry_at, span.conflicts, u)
    recorder.stream_conflict_ends(r, spec.stream.number, delay >= 0)
    if delay < 0:
        done(span)
        return span.failed_with
    span.occurrence += OCCURRENCES_MAX
    if delay == 0:
        return OK
    after(m, delay, rank_of(RELOADS, span.ident), span.at)
    return WAITS


def reloads(span: Span, ident: int) -> int:
    """The wait after a conflict is over, unless its handler is no more: the outcome of the step, or `WAITS`."""
    return OK if span.ident == ident and span.state == WORKING else WAITS
