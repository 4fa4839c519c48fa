"""Caches, laid out in the kernel's memory, with the keys that they have when a run begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.engine.compiled_engine.cache_rows import Cache, Entries
from sim.engine.compiled_engine.cache_tables import hash_of
from sim.record.caches import warmed
from sim.stores.caches import CacheEntry, CacheState

if TYPE_CHECKING:
    from sim.engine.compiled_engine.host import Image, Memory
    from sim.network import Network

OFFSET = {name: field.offset for name, field in CacheEntry.fields.items()}
STATE = Entries.fields["state"].offset
PLACES_LEAST, PLACES_MOST = 1 << 4, 1 << 16
LOAD_PLACES_MOST = 1 << 10


def rows(image: Image) -> list[int]:
    """A row for each cache."""
    return image.rows(len(image.network.caches), Cache.SIZE)


def fill(image: Image) -> None:
    """Set every field of the rows of caches."""
    network = image.network
    image.cache_list = image.listed(image.caches)
    for number, (row, spec) in enumerate(zip(image.caches, network.caches, strict=True)):
        service = network.services[spec.service]
        count = service.replicas if spec.per_replica else 1
        places = min(max(PLACES_LEAST, 1 << spec.entries.bit_length()), PLACES_MOST)
        own, load_places = image.rows(count, Entries.SIZE), min(places, LOAD_PLACES_MOST)
        image.put(Cache, row, own=own[0], count=count, first=service.replica_first if spec.per_replica else -1)
        image.put(Cache, row, number=number, service=spec.service, capacity=spec.capacity, ttl=spec.ttl)
        image.put(Cache, row, coalesce=spec.coalesce, loading=spec.loads)
        image.put(Cache, row, hit=spec.hit, warm_stream=spec.warm_stream, places=places, load_places=load_places)
        for place, one in enumerate(own):
            warm = spec.warm if place < spec.begin else 0
            first = image.room_for(warm * CacheEntry.SIZE)
            entries, table = warm_entries(warm, places, first)
            image.lists.append((first, entries))
            image.put(Entries, one, table=image.listed(table), loads=image.room_for(load_places), place=place)
            if warm > 0:
                oldest = first + (warm - 1) * CacheEntry.SIZE
                image.put(CacheState, one + STATE, first=oldest, last=first, count=warm)


def warm_entries(count: int, places: int, first: int) -> tuple[Memory, Memory]:
    """The entries of the keys from 0 to below a count, from the address ``first`` on, and a table that leads to them."""
    keys = np.arange(count, dtype=np.int64)
    at, entries = first + keys * CacheEntry.SIZE, np.zeros((count, CacheEntry.SIZE), dtype=np.int64)
    entries[:, OFFSET["key"]], entries[:, OFFSET["warm"]] = keys, 1
    entries[:-1, OFFSET["older"]], entries[1:, OFFSET["newer"]] = at[1:], at[:-1]
    hashes: Any = hash_of(keys, places)  # type: ignore[arg-type]
    order = np.argsort(hashes, kind="stable")
    ranked = hashes[order]
    same = ranked[1:] == ranked[:-1]
    entries[order[:-1][same], OFFSET["next"]] = at[order[1:][same]]
    table, begins = np.zeros(places, dtype=np.int64), np.append(True, ~same)[: len(order)]
    table[ranked[begins]] = at[order[begins]]
    return entries.reshape(-1), table


def begin(network: Network, r: Any) -> None:
    """At time 0: how many keys each cache has."""
    for number, spec in enumerate(network.caches):
        for _ in range(spec.begin if spec.warm > 0 else 0):
            warmed(r, number, spec.warm)
