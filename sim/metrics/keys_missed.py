"""How much of what a cache was asked came through to what it shields: each a load of its own."""

from sim.metrics.caches import share_of
from sim.record.fields.caches import CACHE_LOOKS, CACHE_MISSES

MEANING = "requests of which each began to load its key, of all that a cache was asked"
KEYS_MISSED = share_of("keys_missed", "loads begun", "lower", CACHE_MISSES, CACHE_LOOKS, MEANING)
