"""A pair of small shops, of which only the first has policies of every kind whose state the replay shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.api import compare
from sim.scenario import loads

if TYPE_CHECKING:
    from sim.results.comparison import Comparison

SHOP = """
name: shop-NAME
architecture: synchronous
services:
  shop:
    replicas: 2
    workers: 60
    operations:
      buy:
        - CACHE
        - {call: payment.charge, timeout: 300ms, BREAKER}
  catalog: {replicas: 4, workers: 4, CATALOG, operations: {read: [{work: 5ms}, {fail: 20%}]}}
  payment: {replicas: 2, workers: 4, SCALER, operations: {charge: [{work: 10ms}]}}
CACHES
workload: {orders: {operation: shop.buy, arrivals: {kind: poisson, rate: 200/s}, timeout: 2s, keys: {count: 500}}}
faults: {slow: {kind: slowdown, target: payment, factor: 100, at: 3s, for: 3s}}
run: {horizon: 10s, window: 1s, replications: 2, seed: 3}
"""
GUARDED = {
    "CACHES": "caches: {prices: {per: service, capacity: 300, ttl: 2s}}",
    "CACHE": "{cache: prices, key: flow, miss: [{call: catalog.read, timeout: 300ms, optional: true}]}",
    "BREAKER": "breaker: {kind: consecutive, failures: 5, open: 1s}",
    "CATALOG": "outliers: {consecutive: 2, ejection: 3s}, limit: {kind: aimd}",
    "SCALER": "autoscale: {kind: hpa, metric: utilisation, target: 60%, min: 2, max: 4, sync: 1s, start_up: 1s}",
    "NAME": "guarded",
}
PLAIN = {
    "CACHES": "",
    "CACHE": "{call: catalog.read, timeout: 300ms, optional: true}",
    "BREAKER": "retry: {kind: fixed, attempts_max: 2, delay: 1s}",
    "CATALOG": "queue_max: 50",
    "SCALER": "queue_max: 50",
    "NAME": "plain",
}


def shop(parts: dict[str, str]) -> str:
    """The text of one of them."""
    text = SHOP
    for name, part in parts.items():
        text = text.replace(name, part)
    return text


def guarded_pair() -> Comparison:
    """Both, run and compared."""
    return compare(loads(shop(GUARDED)), loads(shop(PLAIN)))
