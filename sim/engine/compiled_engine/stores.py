"""Stores: begin, write, commit, roll back; connected, give up, leave, break off. The readable engine's verbs, in its order."""

from sim.draws import bits
from sim.engine.compiled_engine import dual_writes, failovers, key_locks, row_locks, row_versions
from sim.engine.compiled_engine.calendar import after, then
from sim.engine.compiled_engine.calls import sample
from sim.engine.compiled_engine.codes import DO_CONNECTED, DO_GO_ON
from sim.engine.compiled_engine.family_rows import Store
from sim.engine.compiled_engine.memory import release_row, take_row
from sim.engine.compiled_engine.relays import commit_rows, drop_rows
from sim.engine.compiled_engine.state import Replica, Span, World
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
from sim.rows import NOWHERE
from sim.semantics.order import COMMITTED, CONNECTION_WAIT, rank_of
from sim.semantics.rules import paced
from sim.shared import Words
from sim.stores import transactions as rules
from sim.stores import versions
from sim.stores.transactions import Transaction

WAITS = -1


def begin(m: World, r: Words, span: Span, number: int, wait_max: int) -> int:
    """A transaction waits for a connection of its store, and gets it, or has waited too long."""
    store, now = m.stores[number], m.now
    dual_writes.begun(span)
    one = Transaction(m, take_row(m, m.transactions))
    one.span = span.at
    one.store = number
    answer = rules.ask(store.state, one, store.connections, wait_max, now)
    if answer == rules.REFUSED:
        release_row(m, m.transactions, one.at)
        recorder.transaction_refused(r, now, number, span.ident)
        return DEPENDENCY
    span.transaction = one
    if answer == rules.GRANTED:
        recorder.transaction_begun(r, now, number, span.ident)
        return OK
    recorder.transaction_waiting(r, now, number, span.ident)
    if wait_max > 0:
        after(m, wait_max, rank_of(CONNECTION_WAIT, span.ident), span.at)
    return WAITS


def write(m: World, r: Words, span: Span, rows: int, which: int) -> int:
    """A transaction has written so many rows more; one with a key it must have the lock of, or its version."""
    span.transaction.rows += rows
    if which == 0:
        return OK
    if m.stores[span.transaction.store].versions != 0:
        row_versions.read(m, span, which)
        return OK
    return row_locks.take(m, r, span, which)


def commit(m: World, span: Span, stream: int, aborts: int) -> None:
    """A transaction is committed, which takes its time; the store aborts some in the end."""
    one = span.transaction
    store = m.stores[one.store]
    one.place = rules.COMMITTING
    one.aborts = aborts
    takes = paced(sample(m, store.commit, stream, span.key, span.occurrence), 0, store.state.pace)
    after(m, takes, rank_of(COMMITTED, span.ident), span.at)


def committed(m: World, r: Words, span: Span, ident: int) -> int:
    """The commit of a transaction is over, unless its handler is no more: the outcome of the step, or `WAITS`."""
    if span.ident != ident or not span.transaction or span.transaction.place != rules.COMMITTING:
        return WAITS
    one = span.transaction
    if not rules.may_commit(m.stores[one.store].state, one):
        end(m, r, span, STORE_BROKEN_OFF)
        return DEPENDENCY
    if not versions.up_to_date(one):
        end(m, r, span, STORE_CONFLICTED)
        return DEPENDENCY
    aborted = bits(m.keys[one.aborts], span.key, span.occurrence) < m.stores[one.store].aborts
    end(m, r, span, STORE_ABORTED if aborted else STORE_COMMITTED)
    return DEPENDENCY if aborted else OK


def roll_back(m: World, r: Words, span: Span) -> int:
    """A step of a transaction failed: what it wrote is gone, and it fails as that step did."""
    end(m, r, span, STORE_ROLLED_BACK)
    return span.failed_with


def end(m: World, r: Words, span: Span, how: int) -> None:
    """A transaction is over: the next one that waits has its connection."""
    one, now = span.transaction, m.now
    store = m.stores[one.store]
    recorder.transaction_ended(r, now, one.store, span.ident, now - one.since, how, one.rows)
    if how == STORE_COMMITTED and one.place == rules.COMMITTING:
        dual_writes.committed(span)
        versions.write(one)
        failovers.remember(m, span)
    if how == STORE_COMMITTED and store.relay:
        commit_rows(m, r, one, store.relay)
    row_locks.let_go(m, r, span)
    row_versions.let_go(m, span)
    following = store.state.first
    if following and store.state.in_use > store.connections:
        rules.end_leaked(store.state, one)
        forget(m, span)
        return
    if following:
        waiting = Span(m, following.span)
        recorder.transaction_connected(r, now, one.store, waiting.ident, now - following.since)
        then(m, DO_CONNECTED, waiting.at, waiting.ident)
    rules.end(store.state, one, now)
    forget(m, span)


def forget(m: World, span: Span) -> None:
    """An execution has no transaction any more."""
    drop_rows(m, span.transaction)
    release_row(m, m.transactions, span.transaction.at)
    span.transaction = NOWHERE


def connected(span: Span, ident: int) -> bool:
    """Whether a handler goes on that got a connection: it may have gone down since."""
    if span.ident != ident or not span.transaction:
        return False
    return span.transaction.place == rules.OPEN


def give_up(m: World, r: Words, span: Span, ident: int) -> bool:
    """A transaction has waited as long as it may, unless it has its connection, or is over; returns whether it has."""
    one = span.transaction
    if span.ident != ident or not one or one.place != rules.WAITING or one.gives_up_at != m.now:
        return False
    stop_waiting(m, r, span, STORE_REFUSED)
    return True


def stop_waiting(m: World, r: Words, span: Span, how: int) -> None:
    """A transaction waits no longer for a connection, and has none."""
    one, now = span.transaction, m.now
    recorder.transaction_gave_up(r, now, one.store, span.ident, now - one.since, how)
    rules.leave(m.stores[one.store].state, one)
    forget(m, span)


def leave(m: World, r: Words, replica: Replica) -> None:
    """A replica goes down: none of its transactions waits for a connection any more, also not for one that it has itself."""
    span = replica.resident_head
    while span:
        stop_if_waiting(m, r, span)
        span = span.resident_next
    for index in range(replica.consumer_count):
        span = replica.consumers[index].span
        if span:
            stop_if_waiting(m, r, span)
    saga = replica.saga_head
    while saga:
        if saga.span:
            stop_if_waiting(m, r, saga.span)
        saga = saga.next
    span = replica.branch_first
    while span:
        stop_if_waiting(m, r, span)
        span = span.resident_next


def stop_if_waiting(m: World, r: Words, span: Span) -> None:
    """An execution that goes down waits no longer for a connection, nor for a lock."""
    if span.transaction and span.transaction.place == rules.WAITING:
        stop_waiting(m, r, span, STORE_LEFT)
    elif span.transaction and span.transaction.place == rules.LOCKED_OUT:
        row_locks.leave(m, r, span)
    key_locks.stop_if_waiting(m, r, span)


def break_off(m: World, r: Words, span: Span) -> None:
    """A handler is no more: the transaction that it was in is rolled back, or waits no longer, and it publishes no more."""
    stop_if_waiting(m, r, span)
    if span.transaction:
        end(m, r, span, STORE_BROKEN_OFF)
    key_locks.break_off(m, r, span)
    dual_writes.gone(m, r, span)


def set_down(m: World, r: Words, store: Store, down: int) -> None:
    """A store goes down, and refuses those that wait for a connection; or it is up again."""
    rules.set_down(store.state, down)
    while down != 0 and store.state.first:
        span = Span(m, store.state.first.span)
        stop_waiting(m, r, span, STORE_REFUSED)
        then(m, DO_GO_ON, span.at, DEPENDENCY)
