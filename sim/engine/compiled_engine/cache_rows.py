"""Rows of caches in the kernel's memory."""

from __future__ import annotations

from sim.engine.compiled_engine.state import Span  # noqa: TC001 - rows are found by their names
from sim.rows import Refs, Row, Rows, inside
from sim.stores.caches import CacheEntry, CacheLoad, CacheState  # noqa: TC001 - the same


class Entries(Row):
    """What a replica has of a cache, or all of a service: its entries, and its loads, by a hash of their keys."""

    state: CacheState = inside()
    table: Refs[CacheEntry]
    loads: Refs[CacheLoad]
    place: int  # among the others of the cache
    loader_first: Span  # executions of its own that load, as they began, linked as residents are
    loader_last: Span


class Cache(Row):
    """A cache: its own, of each replica of its service, from the first on; or one, of all of them."""

    own: Rows[Entries]
    count: int  # of those
    first: int  # number of the first replica, or -1
    number: int
    service: int  # its number
    capacity: int
    ttl: int
    hit: int  # a distribution, or -1
    coalesce: int
    loading: int  # whether it loads what it has not itself
    warm_stream: int
    places: int  # of each table of entries, a power of two
    load_places: int  # and of loads
