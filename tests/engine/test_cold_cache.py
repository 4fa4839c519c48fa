"""A cold cache overloads its origin, and may keep it overloaded: the load that passes is what does not let it fill.

warm   400/s --> cache --28/s---> origin, which can do 200/s
cold   400/s --> cache --400/s--> origin: next to nothing is answered in time
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.engine import run_once
from sim.network import compile as compile_network
from sim.record.fields.caches import CACHE_HITS, CACHE_LOOKS
from sim.record.fields.flows import FLOW_SETTLED
from sim.record.outcomes import OK
from sim.scenario.scenario import Scenario

FLUSH = {"flush": {"kind": "cache_flush", "target": "prices", "at": "5s"}}
LIMIT = {"call": "origin.read", "timeout": "200ms"}
"""The handler gives its call up, in vain for the origin, and stores nothing."""
PATIENT = {"call": "origin.read"}
"""It waits for as long as it takes; its client gives up after 500 ms, and says so."""


def at_the_end(cache: dict[str, Any], call: dict[str, Any], *, flushed: bool, seed: int = 1) -> tuple[float, float]:
    """Answers per second in time, and the hit ratio, of the last 5 s of 20."""
    services = {
        "api": {"workers": 400, "operations": {"get": [{"cache": "prices", "miss": [call]}]}},
        "origin": {"workers": 4, "operations": {"read": [{"work": {"kind": "exponential", "mean": "20ms"}}]}},
    }
    flow = {"operation": "api.get", "arrivals": {"kind": "poisson", "rate": "400/s"}, "timeout": "500ms"}
    flow |= {"keys": {"count": 1000, "exponent": 0.8}, "cancel": call is PATIENT}
    whole = {
        "name": "cold-cache",
        "architecture": "synchronous",
        "services": services,
        "caches": {"prices": {"capacity": 1000, "ttl": "30s", "warm": "100%", **cache}},
        "workload": {"get": flow},
        "faults": FLUSH if flushed else {},
        "run": {"horizon": "20s", "window": "1s"},
    }
    record = run_once(compile_network(Scenario.model_validate(whole)), seed=seed, engine="compiled")
    row = record.tables["caches"][15:, 0].sum(axis=0)
    good = record.flows[15:, 0, FLOW_SETTLED + OK].sum() / 5
    return float(good), float(row[CACHE_HITS] / np.maximum(row[CACHE_LOOKS], 1))


def test_a_flush_is_not_over_when_it_is_over() -> None:
    """Warm, nine of ten are hits, and all are answered. A second's flush, and ten seconds later most fail still."""
    good, hits = at_the_end({}, LIMIT, flushed=False)
    assert good > 380
    assert hits > 0.9
    good, hits = at_the_end({}, LIMIT, flushed=True)
    assert good < 200
    assert hits < 0.6


@pytest.mark.parametrize("cache", [{"mode": "read_through"}, {"coalesce": True}], ids=["read through", "coalesced"])
def test_what_lets_a_cache_fill_lets_it_recover(cache: dict[str, Any]) -> None:
    """Loads that go on when their clients give up fill it, and so does one load a key in place of hundreds."""
    good, hits = at_the_end(cache, PATIENT, flushed=True)
    assert good > 380
    assert hits > 0.85
