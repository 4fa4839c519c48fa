"""Keys that were too old when somebody asked a cache for them."""

from sim.metrics.caches import number_of
from sim.record.fields.caches import CACHE_EXPIRED, CACHE_LOOKS

MEANING = "keys that were asked for, and were older than the ttl of the cache"
KEYS_EXPIRED = number_of("keys_expired", "keys expired", CACHE_EXPIRED, CACHE_LOOKS, MEANING)
