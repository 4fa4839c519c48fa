"""What caches have and load, in tables by a hash of the key: each place leads to the first of those that share it."""

from sim.engine.compiled_engine.cache_rows import Cache, Entries
from sim.engine.compiled_engine.calls import uniform
from sim.engine.compiled_engine.memory import release_row, take_row
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.semantics.balancing import HASH_MASK, HASH_MULTIPLIER
from sim.stores import caches as rules
from sim.stores.caches import CacheEntry, CacheLoad

HASH_SHIFT = 12


def cache_of(m: World, number: int) -> Cache:
    """A cache by its number."""
    return Cache(m, m.caches[number])


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


def add(m: World, cache: Cache, one: Entries, key: int) -> CacheEntry:
    """A new entry for a key."""
    entry, at = CacheEntry(m, take_row(m, m.cache_entries)), hash_of(key, cache.places)
    entry.key = key
    entry.next = one.table[at]
    one.table[at] = entry
    return entry


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
