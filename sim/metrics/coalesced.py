"""How much of what a cache was asked waited for what another one loaded already."""

from sim.metrics.caches import share_of
from sim.record.fields.caches import CACHE_COALESCED, CACHE_LOOKS

MEANING = "requests that waited for the load of another one, of all that a cache was asked"
COALESCED = share_of("coalesced", "coalesced misses", "neither", CACHE_COALESCED, CACHE_LOOKS, MEANING)
