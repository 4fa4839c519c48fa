"""Keys that a cache gave up for others, as it was full."""

from sim.metrics.caches import number_of
from sim.record.fields.caches import CACHE_EVICTED, CACHE_LOOKS

MEANING = "keys that a full cache gave up for others"
KEYS_EVICTED = number_of("keys_evicted", "keys evicted", CACHE_EVICTED, CACHE_LOOKS, MEANING)
