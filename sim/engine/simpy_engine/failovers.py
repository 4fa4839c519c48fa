"""Failovers of stores: remember, forget, lose: the latest commits, and what becomes of what hangs on those that are lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.engine.simpy_engine import dual_writes, relays
from sim.engine.simpy_engine.traces import part_done
from sim.record import dual_writes as of_dual_writes
from sim.record import failovers as recorder
from sim.record import relays as of_relays
from sim.record import streams as of_streams
from sim.stores import history as rules
from sim.stores import relays as rows

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import RelayAtWork, Span, StoreAtWork


def remember(run: Run, span: Span) -> None:
    """A transaction has committed: its store may lose that for a while."""
    store = run.stores[span.transaction.store]
    if store.spec.loses == 0:
        return
    forget(run, store)
    one = rules.Commit.plain()
    one.ident, one.rows = span.ident, span.transaction.rows
    if span.writes is not None:
        one.writes = span.writes
        dual_writes.may_be_lost(span)
    rules.remember(store.history, one, run.clock.now)


def remember_append(store: StoreAtWork, aggregate: Any, stream: int, events: int, snapshot: int) -> None:
    """The transaction that committed last has appended to an aggregate, whose latest snapshot was that."""
    if store.spec.loses == 0:
        return
    one = store.history.last
    one.aggregate, one.stream, one.events, one.snapshot = aggregate, stream, events, snapshot


def forget(run: Run, store: StoreAtWork) -> None:
    """What no failover can reach any more need not be remembered."""
    until = run.clock.now - store.spec.loses
    one: Any = rules.forget(store.history, until)
    while one:
        dual_writes.is_kept(one.writes)
        one = rules.forget(store.history, until)


def lose(run: Run, store: StoreAtWork, span: int) -> None:
    """A store loses what was committed in the last so many ns, and what was marked."""
    now, failover = run.clock.now, store.spec.failover
    recorder.failed_over(run.r, now, failover, span)
    one: Any = rules.lose(store.history, now - span)
    while one:
        recorder.commit_lost(run.r, now, failover, one.ident, one.rows)
        if one.aggregate:
            lose_events(run, one)
        dual_writes.is_lost(run, one.writes)
        one = rules.lose(store.history, now - span)
    if store.spec.relay >= 0:
        lose_rows(run, run.relays[store.spec.relay], failover, now - span)


def lose_events(run: Run, one: Any) -> None:
    """The events of an append are gone; those who heard of them have heard of what is not there."""
    rules.undo(one, run.clock.now)
    of_streams.stream_events_lost(run.r, one.stream, one.events)
    undone = run.network.event_streams[one.stream].undone
    if undone > 0:
        of_dual_writes.dual_write_undone(run.r, undone - 1, one.events)


def lose_rows(run: Run, relay: RelayAtWork, failover: int, after: int) -> None:
    """Rows of an outbox that were committed after a time are gone, and so are the marks that were made after it."""
    for line in (relay.state.unseen, relay.state.waiting):
        row: Any = rows.lose(line, after)
        while row:
            lose_row(run, relay, row)
            row = rows.lose(line, after)
    for one in relay.instances:
        row = one.state.held.head
        while row:
            if row.since > after and not row.lost:
                row.lost = rows.UNHEARD
                relay.state.abandoned += 1
                recorder.row_abandoned(run.r, failover)
                if rows.publishes(one.state, row) and not row.confirmed:
                    row.out = 0  # what comes of it is to be seen
                lose_row(run, relay, row)
            row = row.next
    unmark(run, relay, after)


def lose_row(run: Run, relay: RelayAtWork, row: Any) -> None:
    """A row that was not marked is gone."""
    of_relays.row_lost(run.r, run.clock.now, relay.number, row.ident, row.confirmed != 0)
    if not row.confirmed:
        part_done(run, row.trace, good=False)
    if row.out:
        relays.heard_of(run, row)


def unmark(run: Run, relay: RelayAtWork, after: int) -> None:
    """Of what was marked after a time, what was committed by then waits again, and the rest is gone."""
    row: Any = rows.unmark(relay.state, after)
    while row:
        if row.since > after:
            relays.heard_of(run, row)
        else:
            rows.put_back(relay.state, row)
            of_relays.row_unmarked(run.r, run.clock.now, relay.number, row.ident)
            relays.rouse(run, relay)
        row = rows.unmark(relay.state, after)
