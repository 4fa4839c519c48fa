"""A cache: what it has by key, the least recently used first, each for a time to live; and who loads what it has not.

    look --> there, and young enough: HIT, and used last of all      '--> too old: EXPIRED, and gone
         '-> not there: MISS                                               stored: the one used longest ago goes, if it is full

    first (used longest ago) <-> ... <-> last (used last)

An entry that is too old is found out when it is asked for, as memcached does it: until then it takes its place. What is in the
cache when a run begins was stored at some time before: how long ago is drawn, from no time to the whole time to live, as it is
of an entry that one looks at by chance. It is drawn when somebody asks for it first.

A load is one miss under way: who leads it, and who else waits for it, where misses of a key are one. Look-aside the handler
that misses a key leads; read-through an execution of the cache's own does, and the handler waits for it as others do.
"""

from sim.rows import NOWHERE, Row
from sim.shared import shared

MISS = 0
HIT = 1
EXPIRED = 2
"""What is found of a key."""

AGE_BITS = 31


class CacheEntry(Row):
    """What a cache has of a key."""

    next: "CacheEntry"  # in its place of the table
    key: int
    stored_at: int
    warm: int  # whether it was there when the run began, and how long before that it was stored is not known yet
    older: "CacheEntry"
    newer: "CacheEntry"


class CacheState(Row):
    """The entries of a cache by when they were used, and how many there are."""

    first: "CacheEntry"
    last: "CacheEntry"
    count: int


class CacheWait(Row):
    """A handler that waits for what another one loads."""

    next: "CacheWait"
    span: int  # as an engine knows it
    since: int
    own: int  # whether the load is its own miss, which another execution does for it


class CacheLoad(Row):
    """A miss under way: of which key, who leads it (as an engine knows it), and who waits for it."""

    next: "CacheLoad"  # in its place of the table
    key: int
    leader: int
    first: "CacheWait"
    last: "CacheWait"


@shared
def look(state: CacheState, entry: CacheEntry, ttl: int, now: int) -> int:
    """What is found of an entry, or of none: a hit is used last of all from now on, one that is too old is taken out."""
    if not entry:
        return MISS
    if ttl > 0 and now - entry.stored_at >= ttl:
        take_out(state, entry)
        return EXPIRED
    use(state, entry)
    return HIT


@shared
def use(state: CacheState, entry: CacheEntry) -> None:
    """An entry that is there is used last of all from now on."""
    if state.last != entry:
        take_out(state, entry)
        put_in(state, entry)


@shared
def take_out(state: CacheState, entry: CacheEntry) -> None:
    """An entry is there no more."""
    older, newer = entry.older, entry.newer
    if older:
        older.newer = newer
    else:
        state.first = newer
    if newer:
        newer.older = older
    else:
        state.last = older
    state.count -= 1


@shared
def put_in(state: CacheState, entry: CacheEntry) -> None:
    """A new entry is there, used last of all."""
    last = state.last
    entry.older = last
    entry.newer = NOWHERE
    if last:
        last.newer = entry
    else:
        state.first = entry
    state.last = entry
    state.count += 1


@shared
def full(state: CacheState, capacity: int) -> bool:
    """Whether a new entry takes the place of the one that was used longest ago; a capacity of 0 is none."""
    return capacity > 0 and state.count >= capacity


@shared
def age_at_first(ttl: int, u: int) -> int:
    """How long before the run an entry was stored that is there when it begins, ns: from uniform bits, below the ttl."""
    share = u >> (63 - AGE_BITS)
    return (ttl >> AGE_BITS) * share + (((ttl & ((1 << AGE_BITS) - 1)) * share) >> AGE_BITS)


@shared
def join(load: CacheLoad, one: CacheWait) -> None:
    """One more waits for a load, last of all."""
    last = load.last
    if last:
        last.next = one
    else:
        load.first = one
    load.last = one


@shared
def leave(load: CacheLoad, before: CacheWait, one: CacheWait) -> None:
    """Somebody waits no longer; ``before`` is who stands before it, or none."""
    if before:
        before.next = one.next
    else:
        load.first = one.next
    if load.last == one:
        load.last = before
