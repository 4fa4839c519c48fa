"""Connections that leak, and what is counted of all leaks and hangs: begin; of pools, of stores; restarted, killed, count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.engine.simpy_engine.rooms import hand_on
from sim.record import fields, recorder
from sim.record import leaks as leak_recorder
from sim.record import stores as store_recorder
from sim.record.fields.hangs import HANG_KILLED
from sim.record.guards import guard_changed
from sim.record.outcomes import OK
from sim.semantics.leaks import change
from sim.semantics.processors import HANGS
from sim.stores import transactions as rules

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Replica, Span, StoreAtWork
    from sim.network import Network, ScheduledFault


class Taken:
    """What of a pool of a replica, or of a store, faults have ``taken`` in all, and how much of it is ``lost`` now."""

    __slots__ = ("lost", "taken")

    def __init__(self) -> None:
        self.lost = self.taken = 0


class Leaks:
    """What may leak, or hang, in a network: rows of the record by service and store, and what is taken of pools and stores."""

    def __init__(self, network: Network) -> None:
        rows = list(enumerate(network.leaks))
        self.workers = {one.service: row for row, one in rows if one.service >= 0 and not one.pool}
        self.stores = {one.store: row for row, one in rows if one.store >= 0}
        self.hangs = {one.service: row for row, one in enumerate(network.hangs)}
        self.of_pools = [Taken() for _ in network.leaky_pools]
        self.of_stores = {store: Taken() for store in self.stores}


def begin(run: Run) -> None:
    """At time 0 nothing is lost."""
    run.leaks = Leaks(run.network)


def of_pool(run: Run, fault: ScheduledFault) -> None:
    """So many connections of a pool of a replica are to be taken by nobody: one more is lost, or some are given back."""
    spec, taken, now = run.network.leaky_pools[fault.number], run.leaks.of_pools[fault.number], run.clock.now
    more = change(fault.value, taken.taken, taken.lost, spec.size, run.replicas[spec.replica].up)
    taken.taken = fault.value
    taken.lost += more
    recorder.note(run.r, now, fields.facts.FACT_CONNECTIONS_LEAKED, fault.number, taken.lost)
    leak_recorder.leaked(run.r, now, spec.leak, more)
    guard = run.guards[spec.guard]
    state = guard.states[spec.place]
    before = guard.engaged(state)
    kind: Any = guard.kind
    kind.lose(guard.settings, state, more)
    if more < 0:
        hand_on(guard, spec.place)
    guard_changed(run.r, now, spec.guard, before, guard.engaged(state))


def of_store(run: Run, fault: ScheduledFault) -> None:
    """So many connections of a store are to be taken by nobody: one more is lost, or some are given back."""
    store, taken, now = run.stores[fault.number], run.leaks.of_stores[fault.number], run.clock.now
    more = change(fault.value, taken.taken, taken.lost, store.spec.connections, not store.state.down)
    taken.taken = fault.value
    taken.lost += more
    recorder.note(run.r, now, fields.facts.FACT_CONNECTIONS_LEAKED, fault.number, taken.lost)
    leak_recorder.leaked(run.r, now, run.leaks.stores[fault.number], more)
    rules.lose(store.state, more)
    connect(run, store, fault.number)


def connect(run: Run, store: StoreAtWork, number: int) -> None:
    """Those who wait have the connections that are free."""
    while store.state.first and store.state.in_use < store.spec.connections:
        following: Any = store.state.first
        now = run.clock.now
        store_recorder.transaction_connected(run.r, now, number, following.span.ident, now - following.since)
        following.span.connected.succeed(OK)
        rules.connect(store.state, now)


def store_went_down(run: Run, number: int) -> None:
    """A store went down: the connections that it lost are there again."""
    taken = run.leaks.of_stores.get(number)
    if taken is not None and taken.lost:
        leak_recorder.restarted(run.r, run.clock.now, run.leaks.stores[number], taken.lost)
        rules.lose(run.stores[number].state, -taken.lost)
        taken.lost = 0


def restarted(run: Run, replica: Replica) -> None:
    """A replica went down, and knows nothing of its pools any more: the connections that it lost are there again."""
    for number, (spec, taken) in enumerate(zip(run.network.leaky_pools, run.leaks.of_pools, strict=True)):
        if spec.replica == replica.number and taken.lost:
            leak_recorder.restarted(run.r, run.clock.now, spec.leak, taken.lost)
            recorder.note(run.r, run.clock.now, fields.facts.FACT_CONNECTIONS_LEAKED, number, 0)
            taken.lost = 0


def killed(run: Run, span: Span) -> None:
    """A handler is no more, which may have hung."""
    if span.place == HANGS:
        leak_recorder.hangs_no_more(run.r, run.clock.now, run.leaks.hangs[span.replica.service], HANG_KILLED)


def count(run: Run) -> None:
    """Places that leaked, and handlers that hang, at the horizon."""
    inside, leaks = run.recording.inside, run.leaks
    for spec, taken in zip(run.network.leaky_pools, leaks.of_pools, strict=True):
        inside["leaks"][spec.leak, 0] += taken.lost
    for store, one in leaks.of_stores.items():
        inside["leaks"][leaks.stores[store], 0] += one.lost
    for replica in run.replicas:
        if replica.leaked:
            inside["leaks"][leaks.workers[replica.service], 0] += replica.leaked
        if replica.service in leaks.hangs:
            inside["hangs"][leaks.hangs[replica.service], 0] += hanging(replica)


def hanging(replica: Replica) -> int:
    """How many handlers of a replica hang: of requests, of messages, and those that lead sagas."""
    consuming = [one.delivery.span for one in replica.consumers if one.delivery is not None]
    leading = [saga.span for saga in replica.sagas.values()]
    spans = {id(span): span for span in (*replica.residents.values(), *consuming, *leading) if span is not None}
    return sum(span.place == HANGS for span in spans.values())
