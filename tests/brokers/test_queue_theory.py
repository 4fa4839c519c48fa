"""Queues against closed forms: competing consumers are the servers of an M/M/c, deliveries in vain a geometric law."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

import sim
from sim.engine import run_once
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.scenario import loads

if TYPE_CHECKING:
    from numpy.typing import NDArray

COMPETING = """
name: competing
architecture: event-driven
services:
  shop: {workers: 1000, operations: {order: [{publish: mail, confirm: false}]}}
  mailer: {replicas: 2, operations: {send: [{work: {kind: exponential, mean: 10ms}}, {fail: FAIL}]}}
brokers: {rabbit: {kind: queue, queues: {mail: {visibility: 1h, dead_letter: {to: dead, deliveries_max: 3}}, dead: {}}}}
subscriptions: {mailer: {queue: mail, operation: mailer.send, consumers: 2}}
workload: {order: {operation: shop.order, arrivals: {kind: poisson, rate: RATE/s}}}
run: {horizon: 400s, warmup: 50s, window: 50s, replications: 16, seed: 5}
"""


def measured(rate: int, fail: str) -> NDArray[np.int64]:
    """What the queue counted after the warm-up, by replication, (n, columns)."""
    result = sim.run(loads(COMPETING.replace("RATE", str(rate)).replace("FAIL", fail)))
    return np.array([one.tables["queues"][1:, 0].sum(axis=0) for one in result.records])


def erlang_c(servers: int, load: float) -> float:
    """Probability that one who arrives has to wait, of M/M/c with ``load`` erlangs (Erlang, 1917)."""
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(load**k / math.factorial(k) for k in range(servers)) + last)


def agrees(values: NDArray[np.float64], exact: float, sharp: float) -> None:
    """The mean is right to four standard errors, which are small enough to have noticed otherwise."""
    error = values.std(ddof=1) / math.sqrt(len(values))
    assert error < sharp * exact
    assert abs(values.mean() - exact) < 4 * error, (values.mean(), exact, error)


def test_competing_consumers_wait_as_at_one_queue_with_many_servers() -> None:
    """320 mails a second for 4 consumers that do 100 each: the mean wait is Erlang's."""
    rows = measured(320, "0%")
    load, mean = 3.2, 0.010
    exact = erlang_c(4, load) * mean / (4 - load)
    agrees(rows[:, f.queues.QUEUE_WAITED] / rows[:, f.queues.QUEUE_DELIVERED] / 1e9, exact, 0.02)
    agrees(rows[:, f.queues.QUEUE_IN_FLIGHT_AREA] / 350e9, load, 0.005)


def test_the_share_of_dead_letters_is_that_of_failing_each_time() -> None:
    """Each delivery fails with 30 %, and there are three: 2.7 % die, and a mail is delivered 1.39 times on average."""
    rows = measured(150, "30%")
    agrees(rows[:, f.queues.QUEUE_DEAD] / rows[:, f.queues.QUEUE_ARRIVED], 0.3**3, 0.02)
    agrees(rows[:, f.queues.QUEUE_DELIVERED] / rows[:, f.queues.QUEUE_ARRIVED], 1 + 0.3 + 0.09, 0.002)


def test_what_takes_longer_than_its_visibility_is_delivered_so_often() -> None:
    """Work of 50 ms on average, 100 ms are allowed, a consumer is always free: 1 / (1 - exp(-2)) deliveries a mail."""
    text = COMPETING.replace("RATE", "20").replace("FAIL", "0%").replace("mean: 10ms", "mean: 50ms")
    text = text.replace("visibility: 1h, dead_letter: {to: dead, deliveries_max: 3}", "visibility: 100ms")
    text = text.replace("consumers: 2", "consumers: 50").replace(", dead: {}", "")
    result = sim.run(loads(text))
    rows = np.array([one.tables["queues"][1:, 0].sum(axis=0) for one in result.records])
    agrees(rows[:, f.queues.QUEUE_DELIVERED] / rows[:, f.queues.QUEUE_ARRIVED], 1 / (1 - math.exp(-2)), 0.005)


LATE = """
name: late
architecture: event-driven
services:
  shop: {workers: 1000, operations: {order: [{publish: mail, confirm: false}]}}
  mailer: {operations: {send: [{work: {kind: exponential, mean: 100ms}}]}}
brokers: {rabbit: {kind: queue, queues: {mail: {visibility: 150ms}}}}
subscriptions: {mailer: {queue: mail, operation: mailer.send, consumers: 200, READER}}
workload: {order: {operation: shop.order, arrivals: {kind: poisson, rate: 100/s}}}
run: {horizon: 110s, warmup: 10s, window: 10s, replications: 12, seed: 5}
"""


def test_deliveries_a_message_are_geometric_and_one_with_extensions() -> None:
    """A delivery is late with probability p = P(S > V) = exp(-1.5): 1/(1 - p) deliveries a message; extended in time, one."""
    tables = [one.tables["queues"][1:, 0].sum(axis=0) for one in sim.run(loads(LATE.replace("READER", "prefetch: 1"))).records]
    rows = np.array(tables)
    agrees(rows[:, f.queues.QUEUE_DELIVERED] / rows[:, f.queues.QUEUE_ARRIVED], 1 / (1 - math.exp(-1.5)), 0.005)
    result = sim.run(loads(LATE.replace("READER", "extend_visibility: {every: 70ms}")), replications=2)
    rows = np.array([one.tables["queues"][:, 0].sum(axis=0) for one in result.records])
    assert (rows[:, [f.queues.QUEUE_EXPIRED, f.queues.QUEUE_UNHEARD, f.queues.QUEUE_EXTENSION_UNHEARD]] == 0).all()
    assert (rows[:, f.queues.QUEUE_DELIVERED] == rows[:, f.queues.QUEUE_ARRIVED]).all()


SHARED = """
name: shared
architecture: event-driven
services:
  shop: {workers: 1000, operations: {order: [{publish: mail, confirm: false}]}}
  mailer: {operations: {send: [{work: {kind: exponential, mean: 80ms}}]}}
brokers: {rabbit: {kind: queue, queues: {mail: {visibility: 1h}}}}
subscriptions: {mailer: {queue: mail, operation: mailer.send, consumers: 8}}
workload: {order: {operation: shop.order, arrivals: {kind: poisson, rate: 80/s}, keys: 1000000000}}
run: {horizon: 1200s, warmup: 200s, window: 200s, replications: 16, seed: 7}
"""
PARTITIONED = (
    SHARED.replace("kind: queue, queues: {mail: {visibility: 1h}}", "topics: {mail: {partitions: 8}}")
    .replace("queue: mail", "topic: mail")
    .replace("confirm: false", "acks: none")
)


def times_of(text: str, fact: int, replication: int) -> NDArray[np.int64]:
    """From when each message came to its broker until a fact about it, in ns; of those that came between 200 s and 1100 s."""
    log = run_once(compile_network(loads(text)), seed=7, replication=replication, log_facts=3_000_000).log
    when = {}
    for which in (f.facts.FACT_APPENDED, fact):
        rows = log[log[:, f.facts.LOG_FACT] == which]
        when[which] = dict(zip((rows[:, f.facts.LOG_IDENTITY] >> 26).tolist(), rows[:, f.facts.LOG_TIME].tolist(), strict=True))
    came = when[f.facts.FACT_APPENDED]
    return np.array([when[fact][trace] - time for trace, time in came.items() if 200e9 < time < 1100e9])


@pytest.mark.theory
def test_eight_consumers_of_a_queue_are_eight_servers() -> None:
    """P-CC-SHARED-8: who waits, how long, who longer than 100 ms, and how many wait: Erlang C, and an exponential tail."""
    waits = erlang_c(8, 6.4)
    excess = 8 / 0.08 - 80
    assert abs(waits - 0.45764492544201607) < 1e-12
    runs = [times_of(SHARED, f.facts.FACT_DELIVERED, number) for number in range(16)]
    agrees(np.array([(one > 0).mean() for one in runs]), waits, 0.02)
    agrees(np.array([one.mean() / 1e9 for one in runs]), waits / excess, 0.02)
    agrees(np.array([(one > 100e6).mean() for one in runs]), waits * math.exp(-excess * 0.1), 0.05)
    assert abs(waits * math.exp(-excess * 0.1) - 0.061935505606493746) < 1e-12
    rows = np.array([one.tables["queues"][1:, 0].sum(axis=0) for one in sim.run(loads(SHARED)).records])
    agrees(rows[:, f.queues.QUEUE_WAITING_AREA] / 1000e9, 80 * waits / excess, 0.02)


@pytest.mark.theory
def test_eight_consumers_of_eight_partitions_are_eight_queues() -> None:
    """P-CC-PARTITIONED-8: by random keys each is an M/M/1: 400 ms in the mean, and one in twelve takes longer than a second."""
    runs = [times_of(PARTITIONED, f.facts.FACT_HANDLED, number) for number in range(16)]
    agrees(np.array([one.mean() / 1e9 for one in runs]), 0.4, 0.02)
    agrees(np.array([(one > 1e9).mean() for one in runs]), math.exp(-2.5), 0.05)
