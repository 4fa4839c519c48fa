"""Who of those that wait at a replica is next."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.policies.disciplines._bounded import accept
from sim.record import fields as f
from sim.scenario import loads
from sim.scenario.kinds import REJECT, START, WAIT

DESK = """
name: desk
architecture: synchronous
services: {desk: {workers: 1, discipline: KIND, operations: {ask: [{work: WORK}]}}}
workload: {people: {operation: desk.ask, arrivals: ARRIVALS}}
run: {horizon: HORIZON, warmup: 0s, window: HORIZON, replications: N, seed: 6}
"""


def desk(kind: str, work: str, arrivals: str, horizon: str = "10s", n: int = 1) -> sim.Scenario:
    """A desk with one worker."""
    text = DESK.replace("KIND", kind).replace("WORK", work).replace("ARRIVALS", arrivals)
    return loads(text.replace("HORIZON", horizon).replace("N}", f"{n}}}").replace(" N,", f" {n},"))


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
@pytest.mark.parametrize(("kind", "waits"), [("fifo", [9, 18, 27, 36, 45]), ("lifo", [1, 1, 1, 1, 1])])
def test_who_is_next(kind: str, waits: list[int], engine: str) -> None:
    """One comes each millisecond and work takes 10 ms: each who is served waits 9 ms longer than the one before, or 1 ms."""
    scenario = desk(kind, "10ms", "{kind: renewal, interarrival: 1ms}", "60ms")
    record = sim.run_once(scenario, seed=1, engine=engine, log_facts=1000)  # type: ignore[arg-type]
    started = record.log[record.log[:, f.facts.LOG_FACT] == f.facts.FACT_STARTED][:, f.facts.LOG_VALUE]
    assert (started // 1_000_000).tolist() == waits


@pytest.mark.parametrize("kind", ["fifo", "lifo"])
def test_the_mean_wait_is_the_same_whoever_is_next(kind: str) -> None:
    """M/M/1 at 80 %: the mean wait is rho / (mu - lambda) under both (conservation law: Kleinrock 1965)."""
    scenario = desk(kind, "{kind: exponential, mean: 10ms}", "{kind: poisson, rate: 80/s}", "600s", 16)
    rows = [one.services[:, 0].sum(axis=0) for one in sim.run(scenario).records]
    waits = [row[f.services.SERVICE_WAITED] / row[f.services.SERVICE_STARTED] for row in rows]
    error = np.std(waits, ddof=1) / 4
    assert abs(np.mean(waits) - 40e6) < 4 * error
    assert error < 0.03 * 40e6


def test_last_come_first_served_has_the_longer_tail() -> None:
    """The same mean, more spread: the 99th percentile is more than twice as far out."""
    tails = []
    for kind in ("fifo", "lifo"):
        scenario = desk(kind, "{kind: exponential, mean: 10ms}", "{kind: poisson, rate: 80/s}", "600s", 8)
        tails.append(sim.run(scenario).estimate("people.latency.p99").mean)
    assert tails[1] > 2 * tails[0] > 0


def test_a_request_starts_waits_or_is_turned_away() -> None:
    """As many start as there are workers, as many wait as there is room for; without a bound all wait."""
    assert accept(1, 2, 0, 0) == START
    assert accept(2, 2, 0, 1) == WAIT
    assert accept(2, 2, 1, 1) == accept(2, 2, 0, 0) == REJECT
    assert accept(2, 2, 10**9, -1) == WAIT
    assert accept(0, 1, 0, -1) == START
