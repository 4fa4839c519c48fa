"""A spike of traffic: so many times as many arrivals, and before it the run that there is without it."""

from __future__ import annotations

import math

import pytest

from sim import network
from sim.api import run
from sim.record import fields as f
from sim.scenario import loads

SHOP = """
name: shop
architecture: synchronous
services:
  shop: {replicas: 2, workers: 8, operations: {buy: [{work: {kind: exponential, mean: 5ms}}], look: [{work: 1ms}]}}
workload:
  buyers: {operation: shop.buy, arrivals: ARRIVALS, timeout: 1s}
  lookers: {operation: shop.look, arrivals: {kind: poisson, rate: 50/s}}
FAULTS
run: {horizon: 30s, replications: 1, seed: 5}
"""
SPIKE = "faults: {spike: {kind: traffic, flow: buyers, factor: 3, at: 10s, for: 5s}}"
ARRIVALS = {
    "poisson": "{kind: poisson, rate: 200/s}",
    "constant": "{kind: constant, rate: 200/s}",
    "ramp": "{kind: ramp, points: [{at: 0s, rate: 50/s}, {at: 17s, rate: 350/s}, {at: 23s, rate: 100/s}]}",
    "step": "{kind: step, steps: [{at: 0s, rate: 150/s}, {at: 12s, rate: 250/s}]}",
    "renewal": "{kind: renewal, interarrival: {kind: uniform, low: 1ms, high: 9ms}}",
}


def times(arrivals: str, faults: str = "") -> list[list[int]]:
    """When the requests of each flow arrive."""
    scenario = loads(SHOP.replace("ARRIVALS", arrivals).replace("FAULTS", faults))
    net = network.compile(scenario)
    found = []
    for flow in range(2):
        of_flow = []
        for at in net.arrival_times(flow, 5, 0):
            if at >= net.horizon:
                break
            of_flow.append(at)
        found.append(of_flow)
    return found


@pytest.mark.parametrize("kind", sorted(ARRIVALS))
def test_before_the_spike_arrivals_are_the_same_to_the_bit(kind: str) -> None:
    """And those of other flows always are."""
    calm, rush = times(ARRIVALS[kind]), times(ARRIVALS[kind], SPIKE)
    before = [at for at in calm[0] if at < 10**10]
    assert before
    assert [at for at in rush[0] if at < 10**10] == before
    assert rush[1] == calm[1]


@pytest.mark.parametrize("kind", sorted(ARRIVALS))
def test_a_spike_brings_so_many_times_as_many(kind: str) -> None:
    """The count in the spike is three times the expected one, within four standard deviations; after it is as expected."""
    scenario = loads(SHOP.replace("ARRIVALS", ARRIVALS[kind]).replace("FAULTS", ""))
    arrivals, rush = scenario.workload["buyers"].arrivals, times(ARRIVALS[kind], SPIKE)[0]
    until = [arrivals.mean_rate(at) * at / 1e9 for at in (10**10, 15 * 10**9, 30 * 10**9)]
    for begin, end, expected in ((10, 15, 3 * (until[1] - until[0])), (15, 30, until[2] - until[1])):
        count = sum(begin * 10**9 <= at < end * 10**9 for at in rush)
        assert count == pytest.approx(expected, abs=4 * math.sqrt(expected))


def test_spikes_multiply_and_may_stop_all() -> None:
    """Factors of overlapping spikes multiply; a factor of 0 lets nobody come, and ends when the fault does."""
    two = SPIKE.replace("}}", "}, more: {kind: traffic, flow: buyers, factor: 2, at: 12s, for: 2s}}")
    rush = times(ARRIVALS["constant"], two)[0]
    assert sum(12 * 10**9 <= at < 14 * 10**9 for at in rush) == pytest.approx(200 * 2 * 6, abs=2)
    none = times(ARRIVALS["constant"], SPIKE.replace("factor: 3", "factor: 0"))[0]
    assert sum(10 * 10**9 <= at < 15 * 10**9 for at in none) <= 1
    assert sum(at >= 15 * 10**9 for at in none) == pytest.approx(200 * 15, abs=2)


@pytest.mark.parametrize("kind", ["poisson", "ramp"])
def test_both_engines_meet_the_spike(kind: str) -> None:
    """The run before the spike is the one without it, window by window, and the engines agree."""
    calm = run(loads(SHOP.replace("ARRIVALS", ARRIVALS[kind]).replace("FAULTS", ""))).records[0]
    scenario = loads(SHOP.replace("ARRIVALS", ARRIVALS[kind]).replace("FAULTS", SPIKE))
    simpy, compiled = (run(scenario, engine=engine).records[0] for engine in ("simpy", "compiled"))
    assert simpy.fingerprint() == compiled.fingerprint()
    assert (simpy.flows[:10] == calm.flows[:10]).all()
    assert simpy.flows[10:15, 0, f.flows.FLOW_OFFERED].sum() > 2 * calm.flows[10:15, 0, f.flows.FLOW_OFFERED].sum()


def test_a_spike_that_nobody_comes_in_is_not_exercised() -> None:
    """A flow without arrivals has no spike, and the result says so."""
    ending = "{kind: step, steps: [{at: 0s, rate: 50/s}, {at: 8s, rate: 0/s}]}"
    scenario = loads(SHOP.replace("ARRIVALS", ending).replace("FAULTS", SPIKE))
    assert any("not exercised" in note.lower() and "spike" in note for note in run(scenario).to_dict()["fault_notes"])
