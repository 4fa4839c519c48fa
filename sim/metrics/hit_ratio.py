"""How much of what a cache was asked it had: of each window, as the keys are asked for that it has, or has not."""

from sim.metrics.caches import share_of
from sim.record.fields.caches import CACHE_HITS, CACHE_LOOKS

MEANING = "requests that a cache answered with what it had, of all that it was asked"
HIT_RATIO = share_of("hit_ratio", "hits", "higher", CACHE_HITS, CACHE_LOOKS, MEANING)
