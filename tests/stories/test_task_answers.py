"""Closed forms of tasks, retries and rows that are locked; as `test_known_answers` has others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sim
from sim.record import fields as f
from sim.scenario import loads
from tests.stories.test_known_answers import EVENTS, HEAD, agrees, are_right, total

if TYPE_CHECKING:
    from sim.record.record import Record

ACCEPT = """
services:
  api: {operations: {submit: [{work: {kind: exponential, mean: 10ms}}, {publish: tasks, confirm: true}]}}
  worker: {operations: {run: [{work: {kind: exponential, mean: 10ms}}]}}
brokers: {q: {kind: queue, latency: 2.5ms, queues: {tasks: {visibility: 1h}}}}
subscriptions: {worker: {queue: tasks, operation: worker.run}}
workload: {submit: {operation: api.submit, arrivals: {kind: poisson, rate: 60/s}}}
faults: {down: {kind: slowdown, target: worker, factor: 1000000, at: 100s, for: 20s}}
run: {horizon: 120s, warmup: 20s, window: 20s, replications: 80, seed: 5}
"""


def accepted(record: Record, window: int) -> float:
    """Mean time until the caller is told that its task is accepted, in s, less the fixed way to the queue and back."""
    row = record.flows[window, 0]
    return float(row[f.flows.FLOW_REPLY_TIME] / row[f.flows.FLOW_SETTLED] / 1e9) - 0.005


def test_who_is_accepted_does_not_feel_the_dependency() -> None:
    """P-AT-ACCEPT: as long in the outage as before it, by whose end 1201.5 tasks wait.

    The api holds its worker until the queue has confirmed, 5 ms later, so it is M/G/1 with 15 ms in the mean, and no M/M/1.
    """
    rate, mean, fixed = 60.0, 0.01, 0.005
    second = mean**2 + (mean + fixed) ** 2
    time = rate * second / (2 * (1 - rate * (mean + fixed))) + mean
    records = sim.run(loads(HEAD + ACCEPT)).records
    are_right(records, lambda record: sum(accepted(record, window) for window in range(1, 5)) / 4, time, 0.04)
    are_right(records, lambda record: accepted(record, 5), time, 0.06)
    are_right(records, lambda record: float(record.groups[5, 0, f.groups.GROUP_LAG_MAX]), rate * 20 + 0.6 / (1 - 0.6))


BLOCKING = """
services:
  shop: {workers: 100, operations: {order: [{publish: placed, acks: none}]}}
  partner: {operations: {confirm: [{work: {kind: exponential, mean: 20ms}}]}}
brokers: {log: {topics: {placed: {partitions: 1}}}}
subscriptions:
  partner: {topic: placed, operation: partner.confirm, retry: {kind: exponential, attempts_max: 4, base: 1s, cap: 4s}}
workload: {order: {operation: shop.order, arrivals: {kind: poisson, rate: 5/s}}}
faults:
  dead: {kind: poison, target: partner.confirm, share: 1%, after: 20ms, at: 0s, for: 20000s}
run: {horizon: 20000s, warmup: 1000s, window: 1000s, replications: 16, seed: 6}
"""


def test_retries_in_place_hold_the_partition() -> None:
    """P-AT-BLOCKING-RETRY: M/G/1, where one message in a hundred holds the partition for four attempts and 1 + 2 + 4 s.

    The attempts' own times count as well; those that fail take 20 ms each here.
    """
    rate, mean, dead, attempts, backoffs = 5.0, 0.02, 0.01, 4, 7.0
    held = mean + dead * ((attempts - 1) * mean + backoffs)
    good = 2 * mean**2
    bad = (attempts * mean + backoffs) ** 2
    wait = rate * ((1 - dead) * good + dead * bad) / (2 * (1 - rate * held))

    def busy(record: Record) -> float:
        area = record.groups[1:, 0, [f.groups.GROUP_BUSY_AREA, f.groups.GROUP_RESTING_AREA]].sum()
        return float(area) / 19000e9

    def waited(record: Record) -> float:
        return total(record.groups, 0, f.groups.GROUP_APPLY_TIME) / total(record.groups, 0, f.groups.GROUP_APPLIED) / 1e9 - mean

    records = sim.run(loads(HEAD + BLOCKING)).records
    are_right(records, busy, rate * held)
    are_right(records, waited, wait)
    assert abs(rate * held - 0.453) < 1e-9


def test_a_load_without_snapshots_grows_with_the_stream() -> None:
    """P-ES-NO-SNAPSHOT: 50 events a second, 20 us each: a load takes 20 ms in the mean of the first 40 s, then 40 ms."""
    text = EVENTS % ("{append: {stream: account}}", "replay: 0.02ms", "50/s", 1)
    text = text.replace("}]}}", "}], show: [{load: {stream: account}}]}}", 1)
    show = "show: {operation: accounts.show, arrivals: {kind: poisson, rate: 50/s}, keys: 1}"
    text = text.replace("keys: 1}}", f"keys: 1}}, {show}}}")
    text = text.replace("horizon: 210s, warmup: 10s, window: 10s", "horizon: 40s, window: 1s").replace("s: 12", "s: 80")

    def load(record: Record, first: int) -> float:
        table, stream = record.tables["event_streams"], f.event_streams
        return total(table, 0, stream.STREAM_LOAD_TIME, first) / total(table, 0, stream.STREAM_LOADS, first) / 1e9

    records = sim.run(loads(HEAD + text)).records
    are_right(records, lambda record: load(record, 0), 0.02)
    are_right(records, lambda record: load(record, 39), 0.02e-3 * 50 * 39.5)


def test_a_row_that_all_write_is_a_server() -> None:
    """A row is held from the write to the end of the commit: M/G/1, at most one commit in the time that it is held."""
    text = """
services:
  accounts: {workers: 1000, operations: {pay: [{transaction: {store: db}, steps: [{write: row, key: one}, WORK]}]}}
stores: {db: {connections: 1000, commit: 2ms}}
workload: {pay: {operation: accounts.pay, arrivals: {kind: poisson, rate: 60/s}}}
run: {horizon: 1300s, warmup: 100s, window: 100s, replications: 12, seed: 7}
""".replace("WORK", "{work: {kind: exponential, mean: 8ms}}")
    rate, mean, fixed = 60.0, 0.008, 0.002
    second = mean**2 + (mean + fixed) ** 2
    wait = rate * second / (2 * (1 - rate * (mean + fixed)))

    def waited(record: Record) -> float:
        table = record.tables["stores"]
        return total(table, 0, f.stores.STORE_LOCKED_OUT_AREA) / total(table, 0, f.stores.STORE_COMMITTED) / 1e9

    agrees(text, waited, wait)
    full = text.replace("rate: 60/s", "rate: 200/s").replace("horizon: 1300s", "horizon: 600s")
    agrees(full, lambda record: total(record.tables["stores"], 0, f.stores.STORE_COMMITTED) / 500, 1 / (mean + fixed))


def test_a_dead_letter_is_one_after_all_its_visibilities() -> None:
    """Who does not hand back lets the visibility end: after N deliveries, N times as long, and no sooner."""
    text = """
services:
  shop: {workers: 100, operations: {order: [{publish: mail}]}}
  mailer: {operations: {send: [{fail: 100%}]}}
brokers: {q: {kind: queue, queues: {mail: {visibility: 3s, dead_letter: {to: dead, deliveries_max: 4}}, dead: {}}}}
subscriptions: {mailer: {queue: mail, operation: mailer.send, consumers: 100, prefetch: 1, requeue: false}}
workload: {order: {operation: shop.order, arrivals: {kind: poisson, rate: 20/s}}}
run: {horizon: 620s, warmup: 20s, window: 20s, replications: 8, seed: 8}
"""

    def until_dead(record: Record) -> float:
        area, dropped = record.groups[1:, 0, [f.groups.GROUP_LAG_AREA, f.groups.GROUP_DROPPED]].sum(axis=0)
        return float(area / dropped / 1e9)

    agrees(text, until_dead, 4 * 3.0)
