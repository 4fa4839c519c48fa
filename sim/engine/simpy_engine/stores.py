"""Stores: begin, write, commit, roll back; connected, give up, leave, break off: transactions that handlers are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpy.events import Event

from sim.draws import bits
from sim.engine.simpy_engine import dual_writes, failovers, key_locks, row_locks, row_versions
from sim.engine.simpy_engine.branches import here
from sim.engine.simpy_engine.clock import Timer
from sim.engine.simpy_engine.relays import commit_rows
from sim.record import stores as recorder
from sim.record.fields.stores import (
    STORE_ABORTED,
    STORE_BROKEN_OFF,
    STORE_COMMITTED,
    STORE_CONFLICTED,
    STORE_LEFT,
    STORE_REFUSED,
    STORE_ROLLED_BACK,
)
from sim.record.outcomes import DEPENDENCY, OK
from sim.semantics.order import COMMITTED, CONNECTION_WAIT, rank_of
from sim.semantics.rules import paced
from sim.stores import transactions as rules
from sim.stores import versions

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run, Steps
    from sim.engine.simpy_engine.state import Replica, Span, StoreAtWork


def begin(run: Run, span: Span, number: int, wait_max: int) -> Steps:
    """A transaction waits for a connection of its store, and gets it, or has waited too long."""
    store, now = run.stores[number], run.clock.now
    dual_writes.begun(span)
    span.transaction = one = rules.Transaction.plain()
    one.span, one.store = span, number
    answer = rules.ask(store.state, one, store.spec.connections, wait_max, now)
    if answer == rules.REFUSED:
        span.transaction = None
        recorder.transaction_refused(run.r, now, number, span.ident)
        return DEPENDENCY
    store.transactions[span.ident] = one
    if answer == rules.GRANTED:
        recorder.transaction_begun(run.r, now, number, span.ident)
        return OK
    recorder.transaction_waiting(run.r, now, number, span.ident)
    if wait_max > 0:
        run.clock.after(wait_max, rank_of(CONNECTION_WAIT, span.ident), give_up, run, one)
    span.connected = Event(run.clock)
    outcome: int = yield span.connected
    return outcome


def write(run: Run, span: Span, rows: int, which: int) -> Steps:
    """A transaction has written so many rows more; one with a key it must have the lock of, or its version."""
    span.transaction.rows += rows
    if which == 0:
        return OK
    if run.stores[span.transaction.store].spec.versions:
        row_versions.read(run, span, which)
        return OK
    return (yield from row_locks.take(run, span, which))


def commit(run: Run, span: Span, stream: int, aborts: int) -> Steps:
    """A transaction is committed, which takes its time; the store aborts some in the end."""
    one, clock = span.transaction, run.clock
    store = run.stores[one.store]
    one.place, one.aborts = rules.COMMITTING, aborts
    takes = paced(run.sample(store.spec.commit, stream, span.trace, span.occurrence), 0, store.state.pace)
    yield Timer(clock, takes, rank_of(COMMITTED, span.ident))
    if span.dead:
        return OK
    if not rules.may_commit(store.state, one):
        end(run, span, STORE_BROKEN_OFF)
        return DEPENDENCY
    if not versions.up_to_date(one):
        end(run, span, STORE_CONFLICTED)
        return DEPENDENCY
    aborted = bits(run.keys[aborts], span.trace.key, span.occurrence) < store.spec.aborts
    end(run, span, STORE_ABORTED if aborted else STORE_COMMITTED)
    return DEPENDENCY if aborted else OK


def roll_back(run: Run, span: Span, a: int, b: int) -> Steps:  # noqa: ARG001 - as all steps of families
    """A step of a transaction failed: what it wrote is gone, and it fails as that step did."""
    end(run, span, STORE_ROLLED_BACK)
    return span.failed_with
    yield


def end(run: Run, span: Span, how: int) -> None:
    """A transaction is over: the next one that waits has its connection."""
    one, now = span.transaction, run.clock.now
    store = run.stores[one.store]
    recorder.transaction_ended(run.r, now, one.store, span.ident, now - one.since, how, one.rows)
    if how == STORE_COMMITTED and one.place == rules.COMMITTING:
        dual_writes.committed(span)
        versions.write(one)
        failovers.remember(run, span)
    if how == STORE_COMMITTED and store.spec.relay >= 0:
        commit_rows(run, one, run.relays[store.spec.relay])
    row_locks.let_go(run, span)
    row_versions.let_go(run, span)
    forget(run, span)
    following = store.state.first
    if following and store.state.in_use > store.spec.connections:
        rules.end_leaked(store.state, one)
        return
    if following:
        recorder.transaction_connected(run.r, now, one.store, following.span.ident, now - following.since)
        following.span.connected.succeed(OK)
    rules.end(store.state, one, now)


def forget(run: Run, span: Span) -> None:
    """An execution has no transaction any more."""
    del run.stores[span.transaction.store].transactions[span.ident]
    span.transaction = None


def give_up(run: Run, one: rules.Transaction) -> None:
    """A transaction has waited as long as it may, unless it has its connection, or is over."""
    if one.place != rules.WAITING:
        return
    span: Span = one.span  # type: ignore[assignment]
    stop_waiting(run, span, STORE_REFUSED)
    span.connected.succeed(DEPENDENCY)


def stop_waiting(run: Run, span: Span, how: int) -> None:
    """A transaction waits no longer for a connection, and has none."""
    one, now = span.transaction, run.clock.now
    recorder.transaction_gave_up(run.r, now, one.store, span.ident, now - one.since, how)
    rules.leave(run.stores[one.store].state, one)
    forget(run, span)


def leave(run: Run, replica: Replica) -> None:
    """A replica goes down: none of its transactions waits for a connection any more, also not for one that it has itself."""
    consuming = [one.delivery.span for one in replica.consumers if one.delivery is not None]
    leading = [saga.span for saga in replica.sagas.values()]
    for span in (*replica.residents.values(), *consuming, *leading, *here(run, replica)):
        if span is not None:
            stop_if_waiting(run, span)


def stop_if_waiting(run: Run, span: Span) -> None:
    """An execution that goes down waits no longer for a connection, nor for a lock."""
    if span.transaction is not None and span.transaction.place == rules.WAITING:
        stop_waiting(run, span, STORE_LEFT)
    elif span.transaction is not None and span.transaction.place == rules.LOCKED_OUT:
        row_locks.leave(run, span)
    key_locks.stop_if_waiting(run, span)


def break_off(run: Run, span: Span) -> None:
    """A handler is no more: the transaction that it was in is rolled back, or waits no longer, and it publishes no more."""
    stop_if_waiting(run, span)
    if span.transaction is not None:
        end(run, span, STORE_BROKEN_OFF)
    key_locks.break_off(run, span)
    dual_writes.gone(run, span)


def set_down(run: Run, store: StoreAtWork, down: int) -> None:
    """A store goes down, and refuses those that wait for a connection; or it is up again."""
    rules.set_down(store.state, down)
    while down and store.state.first:
        span: Span = store.state.first.span
        stop_waiting(run, span, STORE_REFUSED)
        span.connected.succeed(DEPENDENCY)
