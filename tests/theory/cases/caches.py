r"""Hit ratios of caches: exact where they are known, and Che's approximation of a large one that is LRU.

    time to live   a miss stores a key for T, and the next request for it after T is a miss: h = x T / (1 + x T), x its rate
    coalesced      the load takes D, whose requests wait: h = x T / (1 + x (D + T)), and x D / (1 + x (D + T)) of them wait
    LRU            independent requests: every order of the last C keys has a product of chances (W. F. King, 1971)
    large LRU      a key is there if it was asked for in the last t, where sum(1 - exp(-x t)) = C (Che, Tung and Wang, 2002)
"""

from __future__ import annotations

import math
from itertools import permutations
from typing import TYPE_CHECKING, Any

from sim.record.fields.caches import CACHE_COALESCED, CACHE_HITS, CACHE_LOOKS
from tests.theory.case import Case, Figures, Known, Part
from tests.theory.declare import WORKERS_UNLIMITED, client, long_run, poisson, scenario, seconds, service
from tests.theory.judge import Bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.theory.observe import Observed

RATE = 100.0
CHE = "H. Che, Y. Tung, Z. Wang, Hierarchical Web caching systems, IEEE JSAC 20(7), 2002"
KING = "W. F. King, Analysis of demand paging algorithms, IFIP Congress 1971"
RENEWAL = "N. Choungmo Fofack et al., Performance evaluation of hierarchical TTL-based caches, Computer Networks 65, 2014"


def zipf(count: int, exponent: float) -> list[float]:
    """How often each key is asked for, as shares."""
    weights = [key**-exponent for key in range(1, count + 1)]
    return [weight / math.fsum(weights) for weight in weights]


def ttl_hits(shares: Sequence[float], ttl: float, load: float = 0.0) -> Figures:
    """Hits of a cache with a time to live, and who waits for a load that takes so long, of all."""
    cycles = [(share, 1.0 + RATE * share * (load + ttl)) for share in shares]
    found = {"hit_ratio": math.fsum(share * RATE * share * ttl / cycle for share, cycle in cycles)}
    if load:
        found["coalesced"] = math.fsum(share * RATE * share * load / cycle for share, cycle in cycles)
    return found


def lru_hits(shares: Sequence[float], capacity: int) -> float:
    """Hits of an LRU cache: over all orders of the keys that were used last."""
    found = []
    for order in permutations(shares, capacity):
        chance, left = 1.0, 1.0
        for share in order:
            chance *= share / left
            left -= share
        found.append(chance * math.fsum(order))
    return math.fsum(found)


def che_hits(shares: Sequence[float], capacity: int) -> float:
    """Hits of a large LRU cache, nearly: by the time that a key stays which is not asked for."""
    low, high = 0.0, 1.0
    while math.fsum(1.0 - math.exp(-share * high) for share in shares) < capacity:
        high *= 2.0
    for _ in range(200):
        middle = (low + high) / 2.0
        there = math.fsum(1.0 - math.exp(-share * middle) for share in shares)
        low, high = (middle, high) if there < capacity else (low, middle)
    return math.fsum(share * (1.0 - math.exp(-share * low)) for share in shares)


def cached(case_id: str, keys: Any, cache: dict[str, Any], expected: Figures, source: str, **settings: Any) -> Case:
    """Poisson requests that ask a cache, whose loads take no time unless it says so."""
    requests, load = settings.pop("requests", 2e5), settings.pop("load", "0s")

    def measure(batch: Sequence[Observed]) -> Figures:
        row = batch[0].record.tables["caches"][batch[0].first :, 0].sum(axis=0)
        found = {"hit_ratio": row[CACHE_HITS] / row[CACHE_LOOKS], "coalesced": row[CACHE_COALESCED] / row[CACHE_LOOKS]}
        return {name: float(found[name]) for name in expected}

    def parts(effort: float) -> Sequence[Part]:
        services = {"station": service([{"cache": "kept", "miss": [{"wait": load}]}], workers=WORKERS_UNLIMITED)}
        flows = {"client": client("station.serve", poisson(RATE), keys=keys)}
        run = long_run(requests * effort, RATE)
        return [Part(scenario(case_id, services, flows, run, caches={"kept": cache}), measure, replications=10)]

    inputs = {"arrival_rate": RATE, "keys": keys, **cache}
    return Case(Known(case_id, "hit ratio of a cache", "cache", inputs, expected, source), parts, **settings)


def lru(name: str, count: int, capacity: int, exponent: float, hits: float, source: str, **settings: Any) -> Case:
    """An LRU cache before keys by Zipf's law."""
    keys = {"count": count, "exponent": exponent}
    return cached(f"CACHE-LRU-{name}", keys, {"capacity": capacity, "warm": "100%"}, {"hit_ratio": hits}, source, **settings)


TTL, LOAD = 0.05, 0.02
UNIFORM, SKEWED, FEW, MANY = zipf(10, 0.0), zipf(1000, 0.8), zipf(6, 1.0), zipf(2000, 0.8)
CASES: tuple[Case, ...] = (
    cached("CACHE-TTL-uniform", 10, {"ttl": seconds(TTL)}, ttl_hits(UNIFORM, TTL), RENEWAL, fast=0.1),
    cached("CACHE-TTL-zipf", {"count": 1000, "exponent": 0.8}, {"ttl": seconds(3.0)}, ttl_hits(SKEWED, 3.0), RENEWAL),
    cached(
        "CACHE-TTL-coalesced",
        10,
        {"ttl": seconds(TTL), "coalesce": True},
        ttl_hits(UNIFORM, TTL, LOAD),
        RENEWAL,
        load=seconds(LOAD),
    ),
    lru("6-3", 6, 3, 1.0, lru_hits(FEW, 3), KING, fast=0.1),
    lru("6-1", 6, 1, 1.0, lru_hits(FEW, 1), KING),
    lru("2000-200", 2000, 200, 0.8, che_hits(MANY, 200), CHE, bars={"hit_ratio": Bar(slack=0.005)}),
)
"""The last is an approximation: C. Fricker, P. Robert and J. Roberts (2012) found it within a percent of simulations."""
