"""Guards of one key are engaged for a share of their own time: idle bulkheads do not dilute breakers that are open."""

from __future__ import annotations

import math

import pytest

import sim
from sim.charts.guards import engaged, slots_of
from sim.metrics import metric_paths
from sim.scenario import loads

SHOP = """
name: shop
architecture: synchronous
services:
  shop:
    replicas: 2
    workers: 20
    operations:
      buy: [{call: pay.charge, timeout: 50ms, optional: true, breaker: {failures: 1, open: 10s}, bulkhead: {calls_max: 10}}]
  pay: {workers: 2, operations: {charge: [{work: 10ms}]}}
workload: {buy: {operation: shop.buy, arrivals: {kind: constant, rate: 50/s}}}
faults: {down: {kind: crash, target: pay, at: 1s, for: 3s}}
run: {horizon: 4s, window: 1s, replications: 1}
"""


def test_breakers_are_open_whatever_other_guards_are() -> None:
    """Both breakers open within a tenth of a second of the crash, and stay so; the bulkheads are idle: a half of all guards."""
    result = sim.run(loads(SHOP))
    breakers, bulkheads, both = (result.values(path)[0] for path in ("engaged_by.breaker", "engaged_by.bulkhead", "engaged"))
    assert breakers == pytest.approx(3 / 4, abs=0.03)
    assert bulkheads == 0.0
    assert both == pytest.approx(breakers / 2)
    assert result.values("pay.engaged_by.breaker")[0] == breakers
    assert math.isnan(result.values("engaged_by.throttle")[0])
    assert "engaged_by.breaker" in metric_paths(result.scenario)


def test_the_chart_has_a_curve_for_each_key() -> None:
    """Breakers first: none is open in the first second, all are from the third on; of bulkheads none is full."""
    records = sim.run(loads(SHOP)).records
    assert slots_of(records) == ["breaker", "bulkhead"]
    assert engaged(records, "breaker")[0].tolist()[0] == 0.0
    assert engaged(records, "breaker")[0].tolist()[2:] == [1.0, 1.0]
    assert engaged(records, "bulkhead")[0].tolist() == [0.0] * 4
