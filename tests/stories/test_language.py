"""Scenarios of the language that patterns grow into: each of their comments is an assertion."""

from __future__ import annotations

import math

import numpy as np
import pytest

import sim
from sim.engine import run_once
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.scenario import loads
from sim.scenario.checks import check

# ruff: noqa: E501 - as they are given
OUTBOX = """
name: outbox
architecture: event-driven
services:
  shop:
    replicas: 2
    workers: 20
    operations:
      place:
        - transaction: {store: orders, wait_max: 1s}
          steps: [{work: 3ms}, {write: order, rows: 1}, {outbox: order.placed}]
  payment: {workers: 4, operations: {charge: [{work: 6ms}, {effect: charged, idempotent: {window: 10m}}]}}
stores:
  orders: {connections: 20, commit: 2ms, aborts: 0.1%}
relays:
  orders: {store: orders, kind: poll, every: 500ms, batch: 100, instances: 1}
brokers: {log: {kind: log, topics: {order.placed: {partitions: 6}}}}
subscriptions: {payment: {topic: order.placed, operation: payment.charge, consumers: 4}}
workload: {place: {operation: shop.place, arrivals: {kind: poisson, rate: 100/s}, timeout: 2s}}
faults:
  relay: {kind: crash, target: {relay: orders}, at: 20s, for: 5s}
  broker: {kind: broker_outage, target: log, at: 40s, for: 10s}
  shop: {kind: crash, target: shop, random: {mtbf: 20s, mttr: 1s}}
  database: {kind: store_slow, target: orders, factor: 10, at: 60s, for: 5s}
objectives: ["order.placed.lost <= 0", "order.placed.phantoms <= 0", "charged.duplicates <= 0"]
run: {horizon: 80s, warmup: 2s, replications: 20, seed: 1}
"""
EVENT_SOURCING = """
name: event-sourcing
architecture: event-driven
services:
  accounts:
    workers: 20
    operations:
      deposit:
        - load: {stream: account, key: flow}
        - work: 1ms
        - append: {stream: account, key: flow, events: 1, on_conflict: {kind: full_jitter, attempts_max: 5, base: 2ms, cap: 100ms}}
stores:
  events:
    connections: 20
    commit: 1ms
    streams: {account: {replay: 0.02ms, snapshot: {every: 100, load: 2ms, write: 5ms}, initial: 0, publishes: account.changed}}
brokers: {log: {kind: log, topics: {account.changed: {partitions: 6}}}}
workload: {deposit: {operation: accounts.deposit, arrivals: {kind: poisson, rate: 200/s}, timeout: 1s, keys: {count: 500, kind: zipf, exponent: 0.8}}}
run: {horizon: 60s, warmup: 2s, replications: 10, seed: 1}
"""
ASYNC_TASK = """
name: async-task
architecture: event-driven
services:
  api: {workers: 20, operations: {submit: [{work: 1ms}, {publish: tasks, confirm: true}], status: [{work: 0.3ms}, {read: task_state, key: flow}]}}
  workers: {replicas: 6, workers: 2, operations: {run: [{work: {kind: lognormal, median: 400ms, p99: 6s}}, {project: task_state, key: flow}, {effect: done, idempotent: {window: 1h}}]}}
projections: {task_state: {}}
brokers: {q: {kind: queue, queues: {tasks: {visibility: 10s, dead_letter: {to: tasks.dead, deliveries_max: 3}}, tasks.dead: {}}}}
subscriptions: {workers: {queue: tasks, operation: workers.run, consumers: 2, prefetch: 1, extend_visibility: {every: 5s}}}
workload:
  submit: {operation: api.submit, arrivals: {kind: poisson, rate: 12/s}, timeout: 1s, deadline: 60s, then: {operation: api.status, every: 2s, until: done}}
run: {horizon: 120s, warmup: 5s, replications: 10, seed: 1}
"""
COMPETING = """
name: competing-consumers
architecture: event-driven
services:
  shop: {workers: 50, operations: {order: [{work: 1ms}, {publish: orders, confirm: true}]}}
  packing: {replicas: 2, workers: 4, operations: {pack: [{work: {kind: exponential, mean: 80ms}}]}}
brokers: {tasks: {kind: queue, queues: {orders: {}}}}
subscriptions: {packing: {queue: orders, operation: packing.pack, consumers: 4, prefetch: 1, ack: after}}
workload: {order: {operation: shop.order, arrivals: {kind: poisson, rate: 80/s}, timeout: 1s}}
run: {horizon: 10m, warmup: 1m, replications: 10, seed: 1}
"""


def changed(text: str, *changes: tuple[str, str]) -> str:
    """A scenario with other words in it, each of which is there."""
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


POLL = "kind: poll, every: 500ms, batch: 100, instances: 1"


@pytest.mark.parametrize(
    "text",
    [
        *(OUTBOX, changed(OUTBOX, (POLL, "kind: wake_at_commit, every: 1s")), changed(OUTBOX, (POLL, "kind: log_tail, delay: 20ms"))),
        *(EVENT_SOURCING, ASYNC_TASK, changed(COMPETING, ("horizon: 10m", "horizon: 90s"))),
    ],
)
def test_it_runs_to_the_bit(text: str) -> None:
    """Nothing is wrong with it, and both engines agree."""
    scenario = loads(text)
    assert [one for one in check(scenario) if one.severity == "error"] == []
    network = compile_network(scenario)
    one, other = (run_once(network, seed=1, engine=engine) for engine in ("simpy", "compiled"))
    assert one.fingerprint() == other.fingerprint()


@pytest.mark.parametrize("relay", [POLL, "kind: wake_at_commit, every: 1s", "kind: log_tail, delay: 20ms"])
def test_a_row_and_its_event_become_durable_together(relay: str) -> None:
    """Whatever goes down, no event is lost, invented or done twice, though some come twice; what is committed is published."""
    result = sim.run(loads(changed(OUTBOX, (POLL, relay))), replications=4)
    assert [verdict.outcome for verdict in result.objectives()] == ["pass"] * 3
    assert max(result.values("published_again")) > 0
    for record in result.records:
        rows, levels = record.tables["relays"].sum(axis=0)[0], record.levels["relays"][0]
        assert rows[f.relays.RELAY_WRITTEN] == record.tables["stores"].sum(axis=0)[0, f.stores.STORE_COMMITTED]
        assert rows[f.relays.RELAY_WRITTEN] - rows[f.relays.RELAY_PUBLISHED] == levels[f.relays.LEVEL_UNPUBLISHED]


def test_a_publish_behind_the_transaction_is_torn_by_a_crash_between() -> None:
    """The dual write in its place: committed, the event waits for the broker, and its replica goes down with it."""
    steps = "steps: [{work: 3ms}, {write: order, rows: 1}"
    dual = changed(
        OUTBOX,
        (f"{steps}, {{outbox: order.placed}}]", f"{steps}]\n        - publish: order.placed"),
        (f"relays:\n  orders: {{store: orders, {POLL}}}\n", ""),
        ("  relay: {kind: crash, target: {relay: orders}, at: 20s, for: 5s}\n", ""),
    )
    result = sim.run(loads(dual), replications=10)
    lost, phantoms, twice = result.objectives()
    assert lost.outcome == "fail"
    assert phantoms.outcome != "fail"
    assert twice.outcome == "pass"


def test_loading_costs_what_there_is_to_replay() -> None:
    """20 us an event, and 2 ms for the snapshot of an account that has one; who was faster makes others do it again."""
    result = sim.run(loads(EVENT_SOURCING), replications=3)
    for record in result.records:
        stream = record.tables["event_streams"].sum(axis=0)[0]
        snapshots = stream[f.event_streams.STREAM_LOAD_TIME] - 20_000 * stream[f.event_streams.STREAM_REPLAYED]
        assert snapshots > 0
        assert snapshots % 2_000_000 == 0
        assert stream[f.event_streams.STREAM_CONFLICTS] == stream[f.event_streams.STREAM_RELOADS] + stream[f.event_streams.STREAM_GAVE_UP] > 0
        assert record.groups.size == 0  # nobody reads what is published
    assert all(0.005 < share < 0.03 for share in result.values("account.conflicts"))


def test_the_answer_comes_at_once_and_the_work_later() -> None:
    """202 accepted after 1 ms; half of the tasks take half a second or more, and users who ask every 2 s know then."""
    result = sim.run(loads(ASYNC_TASK), replications=4)
    assert max(result.values("submit.latency.max")) == pytest.approx(0.001, rel=0.01)
    assert result.estimate("submit.completion.p50").low > 0.4
    assert result.estimate("submit.informed.p50").mean == pytest.approx(2.0, rel=0.01)
    assert min(result.values("extended")) > 0
    assert max(result.values("expired")) == max(result.values("done.duplicates")) == 0


def erlang_c(load: float, servers: int) -> float:
    """The probability of a wait of M/M/c."""
    last = load**servers / math.factorial(servers) / (1 - load / servers)
    return last / (sum(load**k / math.factorial(k) for k in range(servers)) + last)


def test_one_queue_many_workers_is_erlangs_and_no_partitioned_log_is() -> None:
    """6.4 Erlang on 8 workers: 102.9 ms in the mean; of eight partitions each is an M/M/1, 400 ms in the mean."""
    exact = 0.08 + erlang_c(6.4, 8) * 0.08 / (8 - 6.4)
    assert exact == pytest.approx(0.1029, abs=5e-5)
    log = changed(
        COMPETING,
        ("{kind: queue, queues: {orders: {}}}", "{kind: log, topics: {orders: {partitions: 8}}}"),
        ("confirm: true", "acks: leader"),
        ("queue: orders", "topic: orders"),
        (", prefetch: 1, ack: after", ""),
    )
    for text, mean, sharp in ((COMPETING, exact, 0.02), (log, 0.08 / (1 - 0.8), 0.04)):
        values = np.array(sim.run(loads(text)).values("packing.apply_time"))
        error = values.std(ddof=1) / math.sqrt(len(values))
        assert error < sharp * mean
        assert abs(values.mean() - mean) < 4 * error
