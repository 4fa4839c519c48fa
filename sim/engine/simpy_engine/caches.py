"""Caches: look, missed, filled, lost; flush; leave, break off, go cold: what handlers ask before they load it.

    look --there--> hit: goes on when the answer is there
      |--not there--> leads the load --steps--> filled: stored, and all who wait go on
      |                                  '-- lost: they fail too        break off: who loads is gone, the next one loads
      |--not there, and another handler loads it--> waits
      '--not there, and the cache loads what it has not itself--> waits for an execution of its own, which leads
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simpy.events import Event

from sim.draws import bits
from sim.engine.simpy_engine.branches import here
from sim.engine.simpy_engine.clock import Process, Timer
from sim.engine.simpy_engine.halted import thaw
from sim.engine.simpy_engine.lost_calls import lose
from sim.engine.simpy_engine.state import Span
from sim.record import caches as recorder
from sim.record.fields import caches as counts
from sim.record.outcomes import CRASHED, DEPENDENCY, OK
from sim.rows import NOWHERE
from sim.semantics.order import WAITED, rank_of
from sim.stores import caches as rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.engine.simpy_engine.run import Activity, Run, Steps
    from sim.engine.simpy_engine.state import Replica
    from sim.network import Cache, Network, ScheduledFault


class Entries:
    """What a replica has of a cache, or all of a service: its entries, and its loads, by key. ``place``: among the others.

    ``loaders``: executions of its own that load, by their identities, as they began.
    """

    __slots__ = ("entries", "loaders", "loads", "place", "state")

    def __init__(self, place: int) -> None:
        self.place = place
        self.state: Any = rules.CacheState.plain()
        self.entries: dict[int, Any] = {}
        self.loads: dict[int, list[Any]] = {}
        self.loaders: dict[int, Span] = {}


class CacheAtWork:
    """A cache: ``own``, of each replica of its service, from the ``first`` on; or one, of all of them (-1)."""

    __slots__ = ("first", "number", "own", "spec")

    def __init__(self, number: int, spec: Cache, network: Network) -> None:
        service = network.services[spec.service]
        self.number = number
        self.spec = spec
        self.first = service.replica_first if spec.per_replica else -1
        self.own = [Entries(place) for place in range(service.replicas if spec.per_replica else 1)]

    def of(self, replica: Replica) -> Entries:
        """What a replica asks."""
        return self.own[replica.number - self.first if self.first >= 0 else 0]


def begin(run: Run) -> None:
    """A run begins: caches that are warm have the keys that are asked for most often, the first of all used last."""
    run.caches = [CacheAtWork(number, one, run.network) for number, one in enumerate(run.network.caches)]
    for cache in run.caches:
        run.caches_of.setdefault(cache.spec.service, []).append(cache)
        for one in cache.own[: cache.spec.begin] if cache.spec.warm > 0 else ():
            for key in reversed(range(cache.spec.warm)):
                one.entries[key] = entry = rules.CacheEntry.plain()
                entry.key, entry.warm = key, 1
                rules.put_in(one.state, entry)
            recorder.warmed(run.r, cache.number, cache.spec.warm)


def look(run: Run, span: Span, number: int, table: int) -> Steps:
    """A handler asks for the key of its trace: it is there, or is to be loaded (fails), or the handler waits for a load."""
    cache, key, now = run.caches[number], span.trace.partition_key, run.clock.now
    one = cache.of(span.replica)
    found = rules.look(one.state, entry_of(run, cache, one, key), cache.spec.ttl, now)
    if found == rules.HIT:
        recorder.asked(run.r, now, number, span.ident, counts.CACHE_HITS)
        if cache.spec.hit >= 0:
            takes = run.sample(cache.spec.hit, run.tables[table], span.trace, span.occurrence)
            yield Timer(run.clock, takes, rank_of(WAITED, span.ident))
            yield from thaw(run, span, WAITED, span.ident)
        return OK
    if found == rules.EXPIRED:
        del one.entries[key]
        recorder.expired(run.r, now, number)
    if cache.spec.coalesce and key in one.loads:
        recorder.asked(run.r, now, number, span.ident, counts.CACHE_COALESCED)
        return (yield from wait(run, span, one.loads[key][0], own=False))
    load = rules.CacheLoad.plain()
    load.key, load.leader = key, span
    one.loads.setdefault(key, []).insert(0, load)
    recorder.asked(run.r, now, number, span.ident, counts.CACHE_MISSES)
    if not cache.spec.loads:
        return DEPENDENCY
    load.leader = loader(run, span, one, run.tables[table + 1])
    return (yield from wait(run, span, load, own=True))


def entry_of(run: Run, cache: CacheAtWork, one: Entries, key: int) -> Any:
    """The entry of a key, or none. How old it is that was there when the run began is known from now on."""
    entry = one.entries.get(key, NOWHERE)
    if entry and entry.warm:
        entry.warm = 0
        entry.stored_at = -rules.age_at_first(cache.spec.ttl, bits(run.keys[cache.spec.warm_stream], one.place, key))
    return entry


def loader(run: Run, span: Span, one: Entries, entry: int) -> Span:
    """A cache loads a key itself, from the replica of the handler that asks: an execution of its own begins."""
    trace, at = span.trace, run.clock.now
    leader = Span(trace, span.operation, trace.visit(span.operation, at), None)
    leader.replica, leader.entry = span.replica, entry
    one.loaders[leader.ident] = leader
    Process(run.clock, loading(run, leader))
    return leader


def loading(run: Run, leader: Span) -> Activity:
    """Process: a cache loads a key."""
    yield from run.handlers[leader.operation](run, leader)


def wait(run: Run, span: Span, load: Any, *, own: bool) -> Steps:
    """A handler waits for a load, until that has ended, or is for the handler itself to do."""
    waiting = rules.CacheWait.plain()
    waiting.span, waiting.since, waiting.own = span, run.clock.now, int(own)
    rules.join(load, waiting)
    span.connected = Event(run.clock)
    outcome: int = yield span.connected
    return outcome


def missed(run: Run, span: Span, number: int, _: int) -> Steps:
    """A handler loads a key, if that is its own to do; else the load that it waited for has failed, and it fails too."""
    cache = run.caches[number]
    load = led_by(span, cache.of(span.replica), span.trace.partition_key)
    return OK if load is not None else span.failed_with
    yield


def led_by(span: Span, one: Entries, key: int) -> Any:
    """The load of a key that a handler leads, or None."""
    return next((load for load in one.loads.get(key, ()) if load.leader is span), None)


def filled(run: Run, span: Span, number: int, _: int) -> Steps:
    """What a handler loaded is there: it is stored, and whoever waits for it goes on."""
    cache, key, now = run.caches[number], span.trace.partition_key, run.clock.now
    one = cache.of(span.replica)
    entry = entry_of(run, cache, one, key)
    known = bool(entry)
    if known:
        rules.use(one.state, entry)
    else:
        if rules.full(one.state, cache.spec.capacity):
            oldest: Any = one.state.first
            rules.take_out(one.state, oldest)
            del one.entries[oldest.key]
            recorder.gone(run.r, now, number, 1, counts.CACHE_EVICTED)
        one.entries[key] = entry = rules.CacheEntry.plain()
        entry.key = key
        rules.put_in(one.state, entry)
    entry.stored_at = now
    recorder.filled(run.r, now, number, span.ident, known)
    end(run, span, cache, one, counts.CACHE_SERVED, OK)
    return OK
    yield


def lost(run: Run, span: Span, number: int, _: int) -> Steps:
    """A step of a load failed: nothing is stored, who waits for it fails too, and the handler fails as that step did."""
    cache = run.caches[number]
    recorder.load_lost(run.r, run.clock.now, number, span.ident, counts.CACHE_LOAD_FAILED)
    end(run, span, cache, cache.of(span.replica), counts.CACHE_FAILED_TOO, span.failed_with)
    return span.failed_with
    yield


def end(run: Run, span: Span, cache: CacheAtWork, one: Entries, how: int, outcome: int) -> None:
    """The load that a handler leads is over: all who wait for it go on."""
    load = led_by(span, one, span.trace.partition_key)
    drop(one, load)
    if cache.spec.loads:  # it was an execution of the cache's own
        del one.loaders[span.ident]
        span.dead = True
    for waiting in waiters(load):
        waited(run, cache, waiting, how)
        waiting.span.connected.succeed(outcome)


def waited(run: Run, cache: CacheAtWork, waiting: Any, how: int) -> None:
    """A handler waits no longer for the load of another one, or for its own, of which nobody keeps books."""
    if not waiting.own:
        elapsed = run.clock.now - waiting.since
        recorder.waited(run.r, run.clock.now, cache.number, waiting.span.ident, elapsed, how)


def drop(one: Entries, load: Any) -> None:
    """A load is no more."""
    of_key = one.loads[load.key]
    of_key.remove(load)
    if not of_key:
        del one.loads[load.key]


def waiters(load: Any) -> Iterator[Any]:
    """Who waits for a load, in order."""
    waiting = load.first
    while waiting:
        yield waiting
        waiting = waiting.next


# -- what comes in between


def flush(run: Run, fault: ScheduledFault) -> None:
    """A fault empties a cache."""
    cache = run.caches[fault.number]
    keys = sum(map(empty, cache.own))
    recorder.flushed(run.r, run.clock.now, cache.number, keys)


def empty(one: Entries) -> int:
    """What was there is no more; returns how many keys that were."""
    keys = len(one.entries)
    one.entries.clear()
    one.state = rules.CacheState.plain()
    return keys


def leave(run: Run, replica: Replica) -> None:
    """A replica goes down: none of its handlers waits for a load any more, also not for one that it does itself."""
    consuming = [one.delivery.span for one in replica.consumers if one.delivery is not None]
    for span in (*replica.residents.values(), *consuming, *here(run, replica)):
        if span is not None:
            stop_waiting(run, span)


def stop_waiting(run: Run, span: Span) -> None:
    """A handler that is no more waits for no load."""
    key = span.trace.partition_key
    for cache in run.caches_of.get(span.replica.service, ()):
        for load in cache.of(span.replica).loads.get(key, ()):
            before: Any = NOWHERE
            for waiting in waiters(load):
                if waiting.span is span:
                    rules.leave(load, before, waiting)
                    waited(run, cache, waiting, counts.CACHE_LEFT)
                    return
                before = waiting


def break_off(run: Run, span: Span) -> None:
    """A handler is no more: it waits for no load, and what it loads itself is for the first of those who wait for it."""
    stop_waiting(run, span)
    for cache in run.caches_of[span.replica.service]:
        one = cache.of(span.replica)
        load = led_by(span, one, span.trace.partition_key)
        if load is not None:
            pass_on(run, cache, one, load)


def pass_on(run: Run, cache: CacheAtWork, one: Entries, load: Any) -> None:
    """Who loaded a key is gone: whoever waits first loads it now, from the first step on."""
    following = load.first
    if not following:
        recorder.load_lost(run.r, run.clock.now, cache.number, load.leader.ident, counts.CACHE_BROKEN_OFF)
        drop(one, load)
        return
    rules.leave(load, NOWHERE, following)
    load.leader = following.span
    waited(run, cache, following, counts.CACHE_TOOK_OVER)
    following.span.connected.succeed(DEPENDENCY)


def go_cold(run: Run, replica: Replica, *, tells: bool) -> None:
    """A replica went down: what it had for itself is lost, and so is what caches loaded from there; who waits for it fails."""
    for cache in run.caches_of.get(replica.service, ()):
        one = cache.of(replica)
        for leader in [each for each in one.loaders.values() if each.replica is replica]:
            recorder.load_lost(run.r, run.clock.now, cache.number, leader.ident, counts.CACHE_BROKEN_OFF)
            end(run, leader, cache, one, counts.CACHE_FAILED_TOO, DEPENDENCY)
            lose(run, leader, CRASHED, tells=tells)
        if cache.first >= 0:
            recorder.gone(run.r, run.clock.now, cache.number, empty(one), counts.CACHE_LOST)


def count_caches(run: Run) -> None:
    """What caches have at the horizon, what is loaded for them, and who waits for that."""
    for cache, one in ((each, one) for each in run.caches for one in each.own):
        loads = [load for of_key in one.loads.values() for load in of_key]
        waiting = [each for load in loads for each in waiters(load) if not each.own]
        run.recording.inside["caches"][cache.number] += (len(one.entries), len(loads), len(waiting))
        for each in waiting:
            recorder.still_waiting(run.r, cache.number, run.network.horizon - each.since)
