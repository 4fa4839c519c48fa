"""The recorder's verbs about caches: what is asked, what is loaded, what is kept.

    asked --> hit                                          stored --> evicted, expired, flushed, lost
       |--> missed --> load over: filled, failed, broken off
       '--> coalesced --> waited: served, failed too, took over, left
"""

from sim.record.fields.caches import (
    CACHE_CACHED_MAX,
    CACHE_COALESCED,
    CACHE_EXPIRED,
    CACHE_FILLED,
    CACHE_FLUSHED,
    CACHE_LOOKS,
    CACHE_MISSES,
    CACHE_REFRESHED,
    CACHE_STORED,
    CACHE_WAITED,
    CACHE_WAITING_MAX,
    CACHE_WARM,
    CACHES,
    LEVEL_CACHE_OPEN_WAITED,
    LEVEL_CACHE_WAITING,
    LEVEL_CACHED,
    LEVEL_LOADING,
)
from sim.record.fields.facts import FACT_CACHE_ASKED, FACT_CACHE_FLUSHED, FACT_CACHE_LOADED, FACT_CACHE_WAITED
from sim.record.recorder import advance, note
from sim.shared import Words, shared


@shared
def levels_of(r: Words, cache: int) -> int:
    """The address of a cache's levels."""
    return r[CACHES.level_at] + cache * r[CACHES.levels_at]


@shared
def warmed(r: Words, cache: int, keys: int) -> None:
    """A run begins, and so many keys are there."""
    w = advance(r, 0, CACHES.at, cache)
    r[w + CACHE_WARM] += keys
    r[levels_of(r, cache) + LEVEL_CACHED] += keys
    r[w + CACHE_CACHED_MAX] = max(r[w + CACHE_CACHED_MAX], keys)


@shared
def asked(r: Words, now: int, cache: int, ident: int, how: int) -> None:
    """A handler asks for a key: ``how`` is the counter, of hits, of misses or of those that wait for a load."""
    w = advance(r, now, CACHES.at, cache)
    level = levels_of(r, cache)
    r[w + CACHE_LOOKS] += 1
    r[w + how] += 1
    if how == CACHE_MISSES:
        r[level + LEVEL_LOADING] += 1
    elif how == CACHE_COALESCED:
        r[level + LEVEL_CACHE_WAITING] += 1
        r[w + CACHE_WAITING_MAX] = max(r[w + CACHE_WAITING_MAX], r[level + LEVEL_CACHE_WAITING])
    note(r, now, FACT_CACHE_ASKED, ident, how)


@shared
def filled(r: Words, now: int, cache: int, ident: int, known: bool) -> None:  # noqa: FBT001
    """A load has ended well: the key is there, or is so anew."""
    w = advance(r, now, CACHES.at, cache)
    level = levels_of(r, cache)
    r[level + LEVEL_LOADING] -= 1
    r[w + CACHE_FILLED] += 1
    if known:
        r[w + CACHE_REFRESHED] += 1
    else:
        r[w + CACHE_STORED] += 1
        r[level + LEVEL_CACHED] += 1
        r[w + CACHE_CACHED_MAX] = max(r[w + CACHE_CACHED_MAX], r[level + LEVEL_CACHED])
    note(r, now, FACT_CACHE_LOADED, ident, CACHE_FILLED)


@shared
def load_lost(r: Words, now: int, cache: int, ident: int, how: int) -> None:
    """A load has failed, or was broken off: ``how`` is the counter."""
    w = advance(r, now, CACHES.at, cache)
    r[levels_of(r, cache) + LEVEL_LOADING] -= 1
    r[w + how] += 1
    note(r, now, FACT_CACHE_LOADED, ident, how)


@shared
def waited(r: Words, now: int, cache: int, ident: int, elapsed: int, how: int) -> None:
    """A handler waits no longer for the load of another one, after so many ns: ``how`` is the counter."""
    w = advance(r, now, CACHES.at, cache)
    r[w + how] += 1
    r[w + CACHE_WAITED] += elapsed
    r[levels_of(r, cache) + LEVEL_CACHE_WAITING] -= 1
    note(r, now, FACT_CACHE_WAITED, ident, how)


@shared
def gone(r: Words, now: int, cache: int, keys: int, how: int) -> None:
    """So many keys are there no more: ``how`` is the counter."""
    w = advance(r, now, CACHES.at, cache)
    r[w + how] += keys
    r[levels_of(r, cache) + LEVEL_CACHED] -= keys


@shared
def expired(r: Words, now: int, cache: int) -> None:
    """A key was asked for that was too old."""
    gone(r, now, cache, 1, CACHE_EXPIRED)


@shared
def flushed(r: Words, now: int, cache: int, keys: int) -> None:
    """A fault has emptied a cache, of so many keys."""
    gone(r, now, cache, keys, CACHE_FLUSHED)
    note(r, now, FACT_CACHE_FLUSHED, cache, keys)


@shared
def still_waiting(r: Words, cache: int, elapsed: int) -> None:
    """A handler waits for the load of another one when the books are closed, for so many ns."""
    r[levels_of(r, cache) + LEVEL_CACHE_OPEN_WAITED] += elapsed
