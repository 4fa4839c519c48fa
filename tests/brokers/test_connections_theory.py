"""Prefetch against the round trip: window flow control where services are alike, a closed queueing network where they vary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import sim
from sim.record import fields as f
from sim.scenario import loads
from tests.brokers.test_connections import told
from tests.brokers.test_queue import ENGINES
from tests.brokers.test_queue_theory import agrees

if TYPE_CHECKING:
    from numpy.typing import NDArray

SATURATED = """
name: saturated
architecture: event-driven
services:
  shop: {workers: 1000, operations: {order: [{publish: task, confirm: false}]}}
  worker: {operations: {handle: [{work: WORK}]}}
brokers: {tasks: {kind: queue, queues: {task: {visibility: 1h}}}}
subscriptions: {worker: {queue: task, operation: worker.handle, prefetch: PREFETCH, latency: LATENCY}}
workload: {order: {operation: shop.order, arrivals: {kind: constant, rate: RATE/s}}}
run: {horizon: HORIZON, warmup: WARMUP, window: WINDOW, replications: 16, seed: 5}
"""


def saturated(work: str, prefetch: int, latency: str, rate: int, horizon: int) -> str:
    """One consumer with a prefetch, more tasks than it can do, and so many seconds."""
    words = {"WORK": work, "PREFETCH": prefetch, "LATENCY": latency, "RATE": rate}
    words |= {"HORIZON": f"{horizon}s", "WARMUP": f"{horizon // 5}s", "WINDOW": f"{horizon // 5}s"}
    text = SATURATED
    for word, value in words.items():
        text = text.replace(word, str(value))
    return text


@ENGINES
@pytest.mark.parametrize(("prefetch", "throughput"), [(1, 90.90909090909092), (4, 363.6363636363637), (20, 1000.0)])
def test_prefetch_leaves_a_consumer_idle_for_a_round_trip(engine: str, prefetch: int, throughput: float) -> None:
    """P-CC-PREFETCH-RTT: 1 ms of work, 5 ms each way, n unacknowledged: min(1/S, n / (S + rtt)), exactly."""
    assert abs(throughput - min(1 / 0.001, prefetch / (0.001 + 0.010))) < 1e-9
    times = told(saturated("1ms", prefetch, "5ms", 1100, 5), engine).times("queue_acknowledged")
    last = len(times) - 1
    first = last - prefetch * ((last - prefetch) // prefetch)  # whole rounds, after the first one
    assert (last - first) / ((times[last] - times[first]) / 1000) == pytest.approx(throughput, rel=1e-9)


def mean_value_analysis(service: float, round_trip: float, customers: int) -> float:
    """Throughput of so many that go round a queue with one server and a way that all go at once (Reiser, Lavenberg, 1980)."""
    length = throughput = 0.0
    for here in range(1, customers + 1):
        response = service * (1.0 + length)
        throughput = here / (round_trip + response)
        length = throughput * response
    return throughput


def throughputs(text: str) -> NDArray[np.float64]:
    """Messages applied a second, after the warm-up of 8 s, by replication."""
    rows = [one.groups[1:, 0].sum(axis=0) for one in sim.run(loads(text)).records]
    return np.array([row[f.groups.GROUP_APPLIED] for row in rows]) / 32


@pytest.mark.parametrize(("prefetch", "latency"), [(3, "4ms"), (8, "4ms")])
def test_a_prefetch_is_the_population_of_a_closed_network(prefetch: int, latency: str) -> None:
    """Exponential services, n unacknowledged, a fixed way there and back: the throughput of a closed network."""
    text = saturated("{kind: exponential, mean: 2ms}", prefetch, latency, 500, 40)
    agrees(throughputs(text), mean_value_analysis(0.002, 0.008, prefetch), 0.01)


def test_the_time_on_the_way_may_vary() -> None:
    """With a prefetch of 1 nothing overtakes: a uniform way of 2 ms in the mean is as good as a fixed one, 1 / (S + rtt)."""
    way = "{kind: uniform, low: 0s, high: 4ms}"
    agrees(throughputs(saturated("{kind: exponential, mean: 2ms}", 1, way, 250, 40)), 1 / 0.006, 0.01)
