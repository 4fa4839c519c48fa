"""What is counted of caches: what they are asked, what loads what they have not, and what they have (`sim.record.caches`)."""

from sim.record.families import Family

CACHES = Family("caches", one="cache")
LEVEL_CACHED = CACHES.level("cached")  # keys that it has, those that are too old and were not asked for since among them
LEVEL_LOADING = CACHES.level("loading")  # misses under way
LEVEL_CACHE_WAITING = CACHES.level("cache_waiting")  # handlers that wait for the load of another one
LEVEL_CACHE_SINCE = CACHES.since_level("cache_since")
LEVEL_CACHE_OPEN_WAITED = CACHES.level("cache_open_waited")
CACHE_LOOKS = CACHES.counter("looks")
CACHE_HITS = CACHES.counter("hits")
CACHE_MISSES = CACHES.counter("misses")  # of which each began to load
CACHE_COALESCED = CACHES.counter("coalesced")  # that wait for the load of another one
CACHE_FILLED = CACHES.counter("filled")  # loads that ended well
CACHE_LOAD_FAILED = CACHES.counter("load_failed")
CACHE_BROKEN_OFF = CACHES.counter("load_broken_off")  # nobody was left to go on
CACHE_SERVED = CACHES.counter("served")  # of the coalesced: their load ended well
CACHE_FAILED_TOO = CACHES.counter("failed_too")
CACHE_TOOK_OVER = CACHES.counter("took_over")  # whoever loaded was gone, and they loaded in its place
CACHE_LEFT = CACHES.counter("left")  # they were gone themselves
CACHE_WARM = CACHES.counter("warm")  # keys that it had when the run began
CACHE_STORED = CACHES.counter("stored")  # that it had not before
CACHE_REFRESHED = CACHES.counter("refreshed")  # that were loaded twice at a time
CACHE_EVICTED = CACHES.counter("evicted")  # for others
CACHE_EXPIRED = CACHES.counter("expired")
CACHE_FLUSHED = CACHES.counter("flushed")  # by a fault
CACHE_LOST = CACHES.counter("lost")  # with their replica
CACHE_WAITED = CACHES.counter("load_waited")
CACHE_WAITING_AREA = CACHES.area("cache_waiting_area", LEVEL_CACHE_WAITING)
CACHE_CACHED_AREA = CACHES.area("cached_area", LEVEL_CACHED)
CACHE_WAITING_MAX = CACHES.maximum("cache_waiting_max", LEVEL_CACHE_WAITING)
CACHE_CACHED_MAX = CACHES.maximum("cached_max", LEVEL_CACHED)
CACHES.balance("what cache is asked", CACHE_LOOKS, [CACHE_HITS, CACHE_MISSES, CACHE_COALESCED])
CACHES.balance("loads of cache", CACHE_MISSES, [CACHE_FILLED, CACHE_LOAD_FAILED, CACHE_BROKEN_OFF], [LEVEL_LOADING])
CACHES.balance("what loads of cache filled", CACHE_FILLED, [CACHE_STORED, CACHE_REFRESHED])
CACHES.balance(
    "handlers that wait at cache",
    CACHE_COALESCED,
    [CACHE_SERVED, CACHE_FAILED_TOO, CACHE_TOOK_OVER, CACHE_LEFT],
    [LEVEL_CACHE_WAITING],
)
CACHES.balance(
    "keys of cache",
    [CACHE_WARM, CACHE_STORED],
    [CACHE_EVICTED, CACHE_EXPIRED, CACHE_FLUSHED, CACHE_LOST],
    [LEVEL_CACHED],
)
CACHES.balance("Little (waiting) of cache", CACHE_WAITING_AREA, [CACHE_WAITED], [LEVEL_CACHE_OPEN_WAITED])
HELD_CACHED = CACHES.holding("keys of cache", LEVEL_CACHED)
HELD_LOADING = CACHES.holding("loads of cache", LEVEL_LOADING)
HELD_CACHE_WAITING = CACHES.holding("handlers that wait at cache", LEVEL_CACHE_WAITING)
