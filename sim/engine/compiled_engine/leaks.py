"""Connections that leak, and what is counted of all leaks and hangs: of pools, of stores; restarted, killed, count.

The readable engine's verbs, in its order.
"""

from sim.engine.compiled_engine.calendar import then
from sim.engine.compiled_engine.codes import DO_CONNECTED
from sim.engine.compiled_engine.family_rows import LeakyPool, Store
from sim.engine.compiled_engine.guards import engaged
from sim.engine.compiled_engine.rooms import hand_on
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.lowering.language import Hook
from sim.record import fields, recorder
from sim.record import leaks as leak_recorder
from sim.record import stores as store_recorder
from sim.record.fields.hangs import HANG_KILLED
from sim.record.guards import guard_changed
from sim.semantics.hooks import LEAKING
from sim.semantics.leaks import change
from sim.semantics.processors import HANGS
from sim.shared import Words, rare
from sim.stores import transactions as rules

lose = Hook(tuple(kind.lose for kind in LEAKING))


def of_pool(m: World, r: Words, pool: LeakyPool, total: int) -> None:
    """So many connections of a pool of a replica are to be taken by nobody: one more is lost, or some are given back."""
    guard = pool.guard
    more = change(total, pool.taken, pool.lost, pool.size, Replica(m, pool.replica).up != 0)
    pool.taken = total
    pool.lost += more
    recorder.note(r, m.now, fields.facts.FACT_CONNECTIONS_LEAKED, pool.number, pool.lost)
    leak_recorder.leaked(r, m.now, pool.leak, more)
    before = engaged(guard.code, m, guard.settings, pool.state)
    lose(pool.loses, m, guard.settings, pool.state, more)
    if more < 0 and guard.has_rooms != 0:
        hand_on(m, guard, pool.state, guard.rooms[pool.place])
    guard_changed(r, m.now, guard.number, before, engaged(guard.code, m, guard.settings, pool.state))


def of_store(m: World, r: Words, store: Store, total: int) -> None:
    """So many connections of a store are to be taken by nobody: one more is lost, or some are given back."""
    more = change(total, store.taken, store.lost, store.connections, store.state.down == 0)
    store.taken = total
    store.lost += more
    recorder.note(r, m.now, fields.facts.FACT_CONNECTIONS_LEAKED, store.number, store.lost)
    leak_recorder.leaked(r, m.now, store.leak, more)
    rules.lose(store.state, more)
    connect(m, r, store)


def connect(m: World, r: Words, store: Store) -> None:
    """Those who wait have the connections that are free."""
    while store.state.first and store.state.in_use < store.connections:
        following = store.state.first
        waiting = Span(m, following.span)
        store_recorder.transaction_connected(r, m.now, store.number, waiting.ident, m.now - following.since)
        then(m, DO_CONNECTED, waiting.at, waiting.ident)
        rules.connect(store.state, m.now)


def store_went_down(m: World, r: Words, store: Store) -> None:
    """A store went down: the connections that it lost are there again."""
    if store.lost > 0:
        leak_recorder.restarted(r, m.now, store.leak, store.lost)
        rules.lose(store.state, -store.lost)
        store.lost = 0


@rare
def restarted(m: World, r: Words, replica: Replica) -> None:
    """A replica went down, and knows nothing of its pools any more: the connections that it lost are there again."""
    for number in range(m.leaky_pool_count):
        pool = LeakyPool(m, m.leaky_pools + number * LeakyPool.SIZE)
        if pool.replica == replica.at and pool.lost > 0:
            leak_recorder.restarted(r, m.now, pool.leak, pool.lost)
            recorder.note(r, m.now, fields.facts.FACT_CONNECTIONS_LEAKED, number, 0)
            pool.lost = 0


def killed(m: World, r: Words, span: Span) -> None:
    """A handler is no more that hung."""
    leak_recorder.hangs_no_more(r, m.now, span.replica.service.hang, HANG_KILLED)


@rare
def count(m: World) -> None:
    """Places that leaked, and handlers that hang, at the horizon."""
    leaks, hangs = m.inside[fields.leaks.LEAKS.number], m.inside[fields.hangs.HANGS.number]
    for number in range(m.leaky_pool_count):
        pool = LeakyPool(m, m.leaky_pools + number * LeakyPool.SIZE)
        m[leaks + pool.leak] += pool.lost
    for number in range(m.store_count):
        if m.stores[number].lost > 0:
            m[leaks + m.stores[number].leak] += m.stores[number].lost
    for number in range(m.replica_count):
        replica = m.replicas[number]
        if replica.leaked > 0:
            m[leaks + replica.service.leak] += replica.leaked
        if replica.service.hang >= 0:
            m[hangs + replica.service.hang] += hanging(replica)


@rare
def hanging(replica: Replica) -> int:
    """How many handlers of a replica hang: of requests, of messages, and those that lead sagas."""
    found = 0
    span = replica.resident_head
    while span:
        if span.place == HANGS:
            found += 1
        span = span.resident_next
    for index in range(replica.consumer_count):
        span = replica.consumers[index].span
        if span and span.place == HANGS:
            found += 1
    saga = replica.saga_head
    while saga:
        leader = saga.span
        if leader and leader.place == HANGS:
            found += 1
        saga = saga.next
    return found
