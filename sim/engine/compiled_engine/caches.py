"""Caches: look, missed, filled, lost; flush; leave, break off, go cold. The readable engine's verbs, in its order."""

from sim import network
from sim.engine.compiled_engine.cache_rows import Cache, Entries
from sim.engine.compiled_engine.calendar import after, then
from sim.engine.compiled_engine.calls import partition_key, sample, uniform
from sim.engine.compiled_engine.codes import DO_GO_ON, WAITS
from sim.engine.compiled_engine.memory import release_row, take_row
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.record import caches as recorder
from sim.record.fields.caches import (
    CACHE_BROKEN_OFF,
    CACHE_COALESCED,
    CACHE_EVICTED,
    CACHE_FAILED_TOO,
    CACHE_HITS,
    CACHE_LEFT,
    CACHE_LOAD_FAILED,
    CACHE_LOST,
    CACHE_MISSES,
    CACHE_SERVED,
    CACHE_TOOK_OVER,
    CACHES,
    HELD_CACHE_WAITING,
    HELD_CACHED,
    HELD_LOADING,
)
from sim.record.outcomes import DEPENDENCY, OK
from sim.rows import NOWHERE
from sim.semantics.balancing import HASH_MASK, HASH_MULTIPLIER
from sim.semantics.order import WAITED, rank_of
from sim.shared import Words, entrance, rare
from sim.stores import caches as rules
from sim.stores.caches import CacheEntry, CacheLoad, CacheWait

CACHES_HELD = len(CACHES.holdings)
HASH_SHIFT = 12


@entrance
def step(m: World, r: Words, span: Span, code: int, a: int, b: int) -> int:
    """Do a step, or begin it."""
    if code == network.LOOK:
        return look(m, r, span, a, b)
    if code == network.MISSED:
        return missed(m, span, a)
    if code == network.FILLED:
        filled(m, r, span, a)
        return OK
    return lost(m, r, span, a)


# -- where they are


def of_replica(cache: Cache, replica: Replica) -> Entries:
    """What a replica asks."""
    return cache.own[replica.number - cache.first if cache.first >= 0 else 0]


def hash_of(key: int, places: int) -> int:
    """Where what has this key lies, and others with the same hash; keys are below 2**30."""
    return (((key * HASH_MULTIPLIER) & HASH_MASK) >> HASH_SHIFT) & (places - 1)


def entry_of(m: World, cache: Cache, one: Entries, key: int) -> CacheEntry:
    """The entry of a key, or none. How old it is that was there when the run began is known from now on."""
    entry = one.table[hash_of(key, cache.places)]
    while entry and entry.key != key:
        entry = entry.next
    if entry and entry.warm != 0:
        entry.warm = 0
        entry.stored_at = -rules.age_at_first(cache.ttl, uniform(m, cache.warm_stream, one.place, key))
    return entry


def remove(m: World, cache: Cache, one: Entries, entry: CacheEntry) -> None:
    """An entry that was taken out is no more."""
    at = hash_of(entry.key, cache.places)
    before = one.table[at]
    if before == entry:
        one.table[at] = entry.next
    else:
        while before.next != entry:
            before = before.next
        before.next = entry.next
    release_row(m, m.cache_entries, entry.at)


def load_of(cache: Cache, one: Entries, key: int) -> CacheLoad:
    """A load of a key, or none."""
    load = one.loads[hash_of(key, cache.load_places)]
    while load and load.key != key:
        load = load.next
    return load


def led_by(span: Span, cache: Cache, one: Entries, key: int) -> CacheLoad:
    """The load of a key that a handler leads, or none."""
    load = one.loads[hash_of(key, cache.load_places)]
    while load and (load.key != key or load.leader != span.at):
        load = load.next
    return load


def drop(m: World, cache: Cache, one: Entries, load: CacheLoad) -> None:
    """A load is no more."""
    at = hash_of(load.key, cache.load_places)
    before = one.loads[at]
    if before == load:
        one.loads[at] = load.next
    else:
        while before.next != load:
            before = before.next
        before.next = load.next
    release_row(m, m.cache_loads, load.at)


# -- the steps


def look(m: World, r: Words, span: Span, number: int, stream: int) -> int:
    """A handler asks for the key of its trace: it is there, or the handler loads it (fails), or waits for another one's load."""
    cache, key, now = m.caches[number], partition_key(m, span.trace), m.now
    one = of_replica(cache, span.replica)
    entry = entry_of(m, cache, one, key)
    found = rules.look(one.state, entry, cache.ttl, now)
    if found == rules.HIT:
        recorder.asked(r, now, number, span.ident, CACHE_HITS)
        if cache.hit < 0:
            return OK
        after(m, sample(m, cache.hit, stream, span.key, span.occurrence), rank_of(WAITED, span.ident), span.at)
        return WAITS
    if found == rules.EXPIRED:
        remove(m, cache, one, entry)
        recorder.expired(r, now, number)
    if cache.coalesce != 0:
        under_way = load_of(cache, one, key)
        if under_way:
            wait(m, r, span, number, under_way)
            return WAITS
    load = CacheLoad(m, take_row(m, m.cache_loads))
    load.key = key
    load.leader = span.at
    at = hash_of(key, cache.load_places)
    load.next = one.loads[at]
    one.loads[at] = load
    recorder.asked(r, now, number, span.ident, CACHE_MISSES)
    return DEPENDENCY


def wait(m: World, r: Words, span: Span, number: int, load: CacheLoad) -> None:
    """A handler waits for the load of another one, until that has ended, or is its own."""
    recorder.asked(r, m.now, number, span.ident, CACHE_COALESCED)
    waiting = CacheWait(m, take_row(m, m.cache_waits))
    waiting.span = span.at
    waiting.since = m.now
    rules.join(load, waiting)


def missed(m: World, span: Span, number: int) -> int:
    """A handler loads a key, if that is its own to do; else the load that it waited for has failed, and it fails too."""
    cache = m.caches[number]
    load = led_by(span, cache, of_replica(cache, span.replica), partition_key(m, span.trace))
    return OK if load else span.failed_with


def filled(m: World, r: Words, span: Span, number: int) -> None:
    """What a handler loaded is there: it is stored, and whoever waits for it goes on."""
    cache, key, now = m.caches[number], partition_key(m, span.trace), m.now
    one = of_replica(cache, span.replica)
    entry = entry_of(m, cache, one, key)
    known = bool(entry)
    if known:
        rules.use(one.state, entry)
    else:
        if rules.full(one.state, cache.capacity):
            oldest = one.state.first
            rules.take_out(one.state, oldest)
            remove(m, cache, one, oldest)
            recorder.gone(r, now, number, 1, CACHE_EVICTED)
        entry = CacheEntry(m, take_row(m, m.cache_entries))
        entry.key = key
        at = hash_of(key, cache.places)
        entry.next = one.table[at]
        one.table[at] = entry
        rules.put_in(one.state, entry)
    entry.stored_at = now
    recorder.filled(r, now, number, span.ident, known)
    end(m, r, span, number, one, CACHE_SERVED, OK)


def lost(m: World, r: Words, span: Span, number: int) -> int:
    """A step of a load failed: nothing is stored, who waits for it fails too, and the handler fails as that step did."""
    recorder.load_lost(r, m.now, number, span.ident, CACHE_LOAD_FAILED)
    end(m, r, span, number, of_replica(m.caches[number], span.replica), CACHE_FAILED_TOO, span.failed_with)
    return span.failed_with


def end(m: World, r: Words, span: Span, number: int, one: Entries, how: int, outcome: int) -> None:
    """The load that a handler leads is over: all who wait for it go on."""
    cache = m.caches[number]
    load = led_by(span, cache, one, partition_key(m, span.trace))
    waiting = load.first
    drop(m, cache, one, load)
    while waiting:
        following, other = waiting.next, Span(m, waiting.span)
        recorder.waited(r, m.now, number, other.ident, m.now - waiting.since, how)
        release_row(m, m.cache_waits, waiting.at)
        then(m, DO_GO_ON, other.at, outcome)
        waiting = following


# -- what comes in between


def flush(m: World, r: Words, cache: Cache) -> None:
    """A fault empties a cache."""
    keys = 0
    for index in range(cache.count):
        keys += empty(m, cache, cache.own[index])
    recorder.flushed(r, m.now, cache.number, keys)


def empty(m: World, cache: Cache, one: Entries) -> int:
    """What was there is no more; returns how many keys that were."""
    keys, entry = one.state.count, one.state.first
    while entry:
        newer = entry.newer
        release_row(m, m.cache_entries, entry.at)
        entry = newer
    for place in range(cache.places):
        one.table[place] = NOWHERE
    one.state.first = NOWHERE
    one.state.last = NOWHERE
    one.state.count = 0
    return keys


@rare
def leave(m: World, r: Words, replica: Replica) -> None:
    """A replica goes down: none of its handlers waits for a load any more, also not for one that it does itself."""
    span = replica.resident_head
    while span:
        stop_waiting(m, r, span)
        span = span.resident_next
    for index in range(replica.consumer_count):
        span = replica.consumers[index].span
        if span:
            stop_waiting(m, r, span)


def stop_waiting(m: World, r: Words, span: Span) -> None:
    """A handler that is no more waits for no load."""
    key = partition_key(m, span.trace)
    for number in range(m.cache_count):
        cache = m.caches[number]
        if cache.service == span.replica.service.number:
            load = of_replica(cache, span.replica).loads[hash_of(key, cache.load_places)]
            while load:
                if load.key == key and waits_no_more(m, r, span, number, load):
                    return
                load = load.next


def waits_no_more(m: World, r: Words, span: Span, number: int, load: CacheLoad) -> bool:
    """Take a handler from those that wait for a load; returns whether it was among them."""
    before, waiting = CacheWait(m, 0), load.first
    while waiting and waiting.span != span.at:
        before = waiting
        waiting = waiting.next
    if not waiting:
        return False
    rules.leave(load, before, waiting)
    recorder.waited(r, m.now, number, span.ident, m.now - waiting.since, CACHE_LEFT)
    release_row(m, m.cache_waits, waiting.at)
    return True


@entrance
def break_off(m: World, r: Words, span: Span) -> None:
    """A handler is no more: it waits for no load, and what it loads itself is for the first of those who wait for it."""
    stop_waiting(m, r, span)
    key = partition_key(m, span.trace)
    for number in range(m.cache_count):
        cache = m.caches[number]
        if cache.service == span.replica.service.number:
            one = of_replica(cache, span.replica)
            load = led_by(span, cache, one, key)
            if load:
                pass_on(m, r, number, one, load)


def pass_on(m: World, r: Words, number: int, one: Entries, load: CacheLoad) -> None:
    """Who loaded a key is gone: whoever waits first loads it now, from the first step on."""
    following = load.first
    if not following:
        recorder.load_lost(r, m.now, number, Span(m, load.leader).ident, CACHE_BROKEN_OFF)
        drop(m, m.caches[number], one, load)
        return
    other = Span(m, following.span)
    rules.leave(load, NOWHERE, following)
    load.leader = other.at
    recorder.waited(r, m.now, number, other.ident, m.now - following.since, CACHE_TOOK_OVER)
    release_row(m, m.cache_waits, following.at)
    then(m, DO_GO_ON, other.at, DEPENDENCY)


@rare
def go_cold(m: World, r: Words, replica: Replica) -> None:
    """A replica went down: what it had for itself is lost."""
    for number in range(m.cache_count):
        cache = m.caches[number]
        if cache.service == replica.service.number and cache.first >= 0:
            recorder.gone(r, m.now, number, empty(m, cache, of_replica(cache, replica)), CACHE_LOST)


@rare
def count_cache(m: World, r: Words, at: int, number: int) -> None:
    """What a cache has at the horizon, what is loaded for it, and who waits for that."""
    cache = m.caches[number]
    at += CACHES_HELD * number
    for index in range(cache.count):
        one = cache.own[index]
        for place in range(cache.places):
            entry = one.table[place]
            while entry:
                m[at + HELD_CACHED] += 1
                entry = entry.next
        for place in range(cache.load_places):
            load = one.loads[place]
            while load:
                m[at + HELD_LOADING] += 1
                waiting = load.first
                while waiting:
                    m[at + HELD_CACHE_WAITING] += 1
                    recorder.still_waiting(r, number, m.horizon - waiting.since)
                    waiting = waiting.next
                load = load.next
