"""The slice of the language that is about caches: it validates, both engines run it to the bit, its comments hold."""

from __future__ import annotations

import numpy as np

from sim.engine import run_once
from sim.network import compile as compile_network
from sim.record.fields.caches import CACHE_HITS, CACHE_LOOKS, CACHE_WARM
from sim.record.fields.services import SERVICE_ARRIVED
from sim.scenario import loads
from sim.scenario.checks import check

CACHES = """
name: scaling-and-caches
architecture: synchronous
network: {hop: 1ms, between_zones: 4ms}
zones: [a, b, c]
services:
  api:
    replicas: 4
    zones: spread
    workers: 20
    balance: {kind: least_requests, zone_aware: true, slow_start: 10s}
    health: {check: {every: 5s, timeout: 1s, unhealthy_after: 3, healthy_after: 1}}
    outliers: {profile: envoy}
    operations:
      get:
        - work: 60ms
        - cache: prices
          key: flow
          miss: [{call: origin.read, timeout: 300ms}]
  origin:
    replicas: 2
    workers: 4
    balance: {kind: consistent_hash, key: flow, load_factor: 1.25}
    operations: {read: [{work: {kind: exponential, mean: 10ms}}]}
caches:
  prices: {per: service, capacity: 5000, ttl: 60s, hit: 0.3ms, mode: look_aside, warm: 90%, coalesce: true}
workload:
  get: {operation: api.get, arrivals: {kind: ramp, points: [{at: 0s, rate: 400/s}, {at: 2s, rate: 600/s}]}, timeout: 1s, keys: {count: 20000, kind: zipf, exponent: 1.0}}
faults:
  flush: {kind: cache_flush, target: prices, at: 1s}
run: {horizon: 2s, window: 250ms, replications: 1, seed: 1}
"""  # noqa: E501 - as it is given


def test_a_cache_shields_an_origin_until_it_is_flushed() -> None:
    """Both engines tell the same; with 90 % of its capacity there it answers most of what it is asked, and few right after."""
    scenario = loads(CACHES)
    assert not [problem for problem in check(scenario) if problem.severity == "error"]
    network = compile_network(scenario)
    readable, compiled = (run_once(network, seed=1, engine=engine) for engine in ("simpy", "compiled"))
    assert readable.fingerprint() == compiled.fingerprint()
    row = compiled.tables["caches"][:, 0]
    assert row[:, CACHE_WARM].sum() == 4500
    ratio = row[:, CACHE_HITS] / np.maximum(row[:, CACHE_LOOKS], 1)
    assert ratio[1:4].min() > 0.6
    assert ratio[4] < 0.4
    origin = compiled.services[:, 1, SERVICE_ARRIVED]
    assert origin[4] > 1.5 * origin[3]
