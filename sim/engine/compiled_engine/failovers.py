"""Failovers of stores: remember, forget, lose. The readable engine's verbs, in its order."""

from sim.engine.compiled_engine import dual_writes, relays
from sim.engine.compiled_engine.family_rows import Instance, Relay, Store
from sim.engine.compiled_engine.memory import release_row, take_row
from sim.engine.compiled_engine.state import Span, Trace, World
from sim.engine.compiled_engine.traces import part_done
from sim.record import dual_writes as of_dual_writes
from sim.record import failovers as recorder
from sim.record import relays as of_relays
from sim.record import streams as of_streams
from sim.shared import Words, rare
from sim.stores import history as rules
from sim.stores import relays as rows
from sim.stores.history import Commit
from sim.stores.relays import OutboxRow, RowLine
from sim.stores.streams import Aggregate


def remember(m: World, span: Span) -> None:
    """A transaction has committed: its store may lose that for a while."""
    store = m.stores[span.transaction.store]
    if store.loses == 0:
        return
    forget(m, store)
    one = Commit(m, take_row(m, m.commits))
    one.ident = span.ident
    one.rows = span.transaction.rows
    if span.writes:
        one.writes = span.writes
        dual_writes.may_be_lost(span)
    rules.remember(store.history, one, m.now)


def remember_append(store: Store, aggregate: Aggregate, stream: int, events: int, snapshot: int) -> None:
    """The transaction that committed last has appended to an aggregate, whose latest snapshot was that."""
    if store.loses == 0:
        return
    one = store.history.last
    one.aggregate = aggregate
    one.stream = stream
    one.events = events
    one.snapshot = snapshot


def forget(m: World, store: Store) -> None:
    """What no failover can reach any more need not be remembered."""
    until = m.now - store.loses
    one = rules.forget(store.history, until)
    while one:
        dual_writes.is_kept(m, one.writes)
        release_row(m, m.commits, one.at)
        one = rules.forget(store.history, until)


@rare
def lose(m: World, r: Words, store: Store, span: int) -> None:
    """A store loses what was committed in the last so many ns, and what was marked."""
    now, failover = m.now, store.failover
    recorder.failed_over(r, now, failover, span)
    one = rules.lose(store.history, now - span)
    while one:
        recorder.commit_lost(r, now, failover, one.ident, one.rows)
        if one.aggregate:
            lose_events(m, r, one)
        dual_writes.is_lost(m, r, one.writes)
        release_row(m, m.commits, one.at)
        one = rules.lose(store.history, now - span)
    if store.relay:
        lose_rows(m, r, store.relay, failover, now - span)


@rare
def lose_events(m: World, r: Words, one: Commit) -> None:
    """The events of an append are gone; those who heard of them have heard of what is not there."""
    rules.undo(one, m.now)
    of_streams.stream_events_lost(r, one.stream, one.events)
    undone = m.event_streams[one.stream].undone
    if undone > 0:
        of_dual_writes.dual_write_undone(r, undone - 1, one.events)


@rare
def lose_rows(m: World, r: Words, relay: Relay, failover: int, after: int) -> None:
    """Rows of an outbox that were committed after a time are gone, and so are the marks that were made after it."""
    lose_line(m, r, relay, relay.state.unseen, after)
    lose_line(m, r, relay, relay.state.waiting, after)
    for index in range(relay.instance_count):
        lose_held(m, r, relay.instances[index], failover, after)
    unmark(m, r, relay, after)


@rare
def lose_line(m: World, r: Words, relay: Relay, line: RowLine, after: int) -> None:
    """Those of a line."""
    row = rows.lose(line, after)
    while row:
        lose_row(m, r, relay, row)
        relays.discard(m, row)
        row = rows.lose(line, after)


@rare
def lose_held(m: World, r: Words, one: Instance, failover: int, after: int) -> None:
    """Those that an instance holds, and does not let go of before its run is over."""
    row = one.state.held.head
    while row:
        if row.since > after and row.lost == 0:
            row.lost = rows.UNHEARD
            one.relay.state.abandoned += 1
            recorder.row_abandoned(r, failover)
            if rows.publishes(one.state, row) and row.confirmed == 0:
                row.out = 0  # what comes of it is to be seen
            lose_row(m, r, one.relay, row)
        row = row.next


@rare
def lose_row(m: World, r: Words, relay: Relay, row: OutboxRow) -> None:
    """A row that was not marked is gone."""
    of_relays.row_lost(r, m.now, relay.number, row.ident, row.confirmed != 0)
    if row.confirmed == 0:
        part_done(m, r, Trace(m, row.trace), False)
    if row.out != 0:
        relays.heard_of(r, row)


@rare
def unmark(m: World, r: Words, relay: Relay, after: int) -> None:
    """Of what was marked after a time, what was committed by then waits again, and the rest is gone."""
    row = rows.unmark(relay.state, after)
    while row:
        if row.since > after:
            relays.heard_of(r, row)
            relays.discard(m, row)
        else:
            rows.put_back(relay.state, row)
            of_relays.row_unmarked(r, m.now, relay.number, row.ident)
            relays.rouse(m, relay)
        row = rows.unmark(relay.state, after)
