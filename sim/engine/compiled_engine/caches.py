"""Caches: look, missed, filled, lost; flush; leave, break off, go cold. The readable engine's verbs, in its order."""

from sim import network
from sim.engine.compiled_engine.cache_loaders import loader, over
from sim.engine.compiled_engine.cache_rows import Cache, Entries
from sim.engine.compiled_engine.cache_tables import add, cache_of, drop, entry_of, hash_of, led_by, load_of, of_replica, remove
from sim.engine.compiled_engine.calendar import after, then
from sim.engine.compiled_engine.calls import partition_key, sample
from sim.engine.compiled_engine.codes import DO_GO_ON, WAITS
from sim.engine.compiled_engine.lost_calls import lose
from sim.engine.compiled_engine.memory import release_row, take_row
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.record import caches as recorder
from sim.record.fields import caches as counts
from sim.record.outcomes import CRASHED, DEPENDENCY, OK
from sim.rows import NOWHERE
from sim.semantics.order import WAITED, rank_of
from sim.shared import Words, entrance, rare
from sim.stores import caches as rules
from sim.stores.caches import CacheLoad, CacheWait

CACHES_HELD = len(counts.CACHES.holdings)


@entrance
def step(m: World, r: Words, span: Span, code: int, a: int, b: int) -> int:
    """Do a step, or begin it."""
    if code == network.LOOK:
        return look(m, r, span, a, b)
    if code == network.MISSED:
        return missed(m, span, a)
    if code == network.FILLED:
        return filled(m, r, span, a)
    return lost(m, r, span, a)


def look(m: World, r: Words, span: Span, number: int, table: int) -> int:
    """A handler asks for the key of its trace: it is there, or is to be loaded (fails), or the handler waits for a load."""
    cache, key, now = cache_of(m, number), partition_key(m, span.trace), m.now
    one = of_replica(cache, span.replica)
    entry = entry_of(m, cache, one, key)
    found = rules.look(one.state, entry, cache.ttl, now)
    if found == rules.HIT:
        recorder.asked(r, now, number, span.ident, counts.CACHE_HITS)
        if cache.hit < 0:
            return OK
        takes = sample(m, cache.hit, m.tables[table], span.key, span.occurrence)
        after(m, takes, rank_of(WAITED, span.ident), span.at)
        return WAITS
    if found == rules.EXPIRED:
        remove(m, cache, one, entry)
        recorder.expired(r, now, number)
    if cache.coalesce != 0:
        under_way = load_of(cache, one, key)
        if under_way:
            recorder.asked(r, now, number, span.ident, counts.CACHE_COALESCED)
            wait(m, span, under_way, 0)
            return WAITS
    load = CacheLoad(m, take_row(m, m.cache_loads))
    load.key = key
    load.leader = span.at
    at = hash_of(key, cache.load_places)
    load.next = one.loads[at]
    one.loads[at] = load
    recorder.asked(r, now, number, span.ident, counts.CACHE_MISSES)
    if cache.loading == 0:
        return DEPENDENCY
    load.leader = loader(m, span, one, m.tables[table + 1]).at
    wait(m, span, load, 1)
    return WAITS


def wait(m: World, span: Span, load: CacheLoad, own: int) -> None:
    """A handler waits for a load, until that has ended, or is for the handler itself to do."""
    waiting = CacheWait(m, take_row(m, m.cache_waits))
    waiting.span = span.at
    waiting.since = m.now
    waiting.own = own
    rules.join(load, waiting)


def missed(m: World, span: Span, number: int) -> int:
    """A handler loads a key, if that is its own to do; else the load that it waited for has failed, and it fails too."""
    cache = cache_of(m, number)
    load = led_by(span, cache, of_replica(cache, span.replica), partition_key(m, span.trace))
    return OK if load else span.failed_with


def filled(m: World, r: Words, span: Span, number: int) -> int:
    """What a handler loaded is there: it is stored, and whoever waits for it goes on."""
    cache, key, now = cache_of(m, number), partition_key(m, span.trace), m.now
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
            recorder.gone(r, now, number, 1, counts.CACHE_EVICTED)
        entry = add(m, cache, one, key)
        rules.put_in(one.state, entry)
    entry.stored_at = now
    recorder.filled(r, now, number, span.ident, known)
    end(m, r, span, number, one, counts.CACHE_SERVED, OK)
    return goes_on(m, span, number, one, OK)


def lost(m: World, r: Words, span: Span, number: int) -> int:
    """A step of a load failed: nothing is stored, who waits for it fails too, and the handler fails as that step did."""
    recorder.load_lost(r, m.now, number, span.ident, counts.CACHE_LOAD_FAILED)
    one = of_replica(cache_of(m, number), span.replica)
    end(m, r, span, number, one, counts.CACHE_FAILED_TOO, span.failed_with)
    return goes_on(m, span, number, one, span.failed_with)


def end(m: World, r: Words, span: Span, number: int, one: Entries, how: int, outcome: int) -> None:
    """The load that a handler leads is over: all who wait for it go on."""
    cache = cache_of(m, number)
    load = led_by(span, cache, one, partition_key(m, span.trace))
    waiting = load.first
    drop(m, cache, one, load)
    while waiting:
        following, other = waiting.next, Span(m, waiting.span)
        waited(m, r, number, waiting, how)
        then(m, DO_GO_ON, other.at, outcome)
        waiting = following


def goes_on(m: World, span: Span, number: int, one: Entries, outcome: int) -> int:
    """A handler has loaded what it asked for, or failed to, and goes on; an execution of the cache's own is over."""
    if cache_of(m, number).loading == 0:
        return outcome
    over(m, one, span)
    return WAITS


def waited(m: World, r: Words, number: int, waiting: CacheWait, how: int) -> None:
    """A handler waits no longer for the load of another one, or for its own, of which nobody keeps books."""
    if waiting.own == 0:
        recorder.waited(r, m.now, number, Span(m, waiting.span).ident, m.now - waiting.since, how)
    release_row(m, m.cache_waits, waiting.at)


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
    span = replica.branch_first
    while span:
        stop_waiting(m, r, span)
        span = span.resident_next


def stop_waiting(m: World, r: Words, span: Span) -> None:
    """A handler that is no more waits for no load."""
    key = partition_key(m, span.trace)
    for number in range(m.cache_count):
        cache = cache_of(m, number)
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
    waited(m, r, number, waiting, counts.CACHE_LEFT)
    return True


@entrance
def break_off(m: World, r: Words, span: Span) -> None:
    """A handler is no more: it waits for no load, and what it loads itself is for the first of those who wait for it."""
    stop_waiting(m, r, span)
    key = partition_key(m, span.trace)
    for number in range(m.cache_count):
        cache = cache_of(m, number)
        if cache.service == span.replica.service.number:
            one = of_replica(cache, span.replica)
            load = led_by(span, cache, one, key)
            if load:
                pass_on(m, r, number, one, load)


def pass_on(m: World, r: Words, number: int, one: Entries, load: CacheLoad) -> None:
    """Who loaded a key is gone: whoever waits first loads it now, from the first step on."""
    following = load.first
    if not following:
        recorder.load_lost(r, m.now, number, Span(m, load.leader).ident, counts.CACHE_BROKEN_OFF)
        drop(m, cache_of(m, number), one, load)
        return
    other = Span(m, following.span)
    rules.leave(load, NOWHERE, following)
    load.leader = other.at
    waited(m, r, number, following, counts.CACHE_TOOK_OVER)
    then(m, DO_GO_ON, other.at, DEPENDENCY)


@rare
def go_cold(m: World, r: Words, replica: Replica, tells: bool) -> None:  # noqa: FBT001
    """A replica went down: what it had for itself is lost, and so is what caches loaded from there; who waits for it fails."""
    for number in range(m.cache_count):
        cache = cache_of(m, number)
        if cache.service == replica.service.number:
            one = of_replica(cache, replica)
            leader = one.loader_first
            while leader:
                following = leader.resident_next
                if leader.replica == replica:
                    recorder.load_lost(r, m.now, number, leader.ident, counts.CACHE_BROKEN_OFF)
                    end(m, r, leader, number, one, counts.CACHE_FAILED_TOO, DEPENDENCY)
                    lose(m, r, leader, CRASHED, tells)
                    over(m, one, leader)
                leader = following
            if cache.first >= 0:
                recorder.gone(r, m.now, number, empty(m, cache, one), counts.CACHE_LOST)


@rare
def count_cache(m: World, r: Words, at: int, number: int) -> None:
    """What a cache has at the horizon, what is loaded for it, and who waits for that."""
    cache = cache_of(m, number)
    at += CACHES_HELD * number
    for index in range(cache.count):
        one = cache.own[index]
        for place in range(cache.places):
            entry = one.table[place]
            while entry:
                m[at + counts.HELD_CACHED] += 1
                entry = entry.next
        for place in range(cache.load_places):
            load = one.loads[place]
            while load:
                m[at + counts.HELD_LOADING] += 1
                waiting = load.first
                while waiting:
                    if waiting.own == 0:
                        m[at + counts.HELD_CACHE_WAITING] += 1
                        recorder.still_waiting(r, number, m.horizon - waiting.since)
                    waiting = waiting.next
                load = load.next
