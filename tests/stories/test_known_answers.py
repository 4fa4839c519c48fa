"""Closed forms of the patterns: each a few replications, right to four standard errors that are small enough to tell.

The ids are those of the collection of exact cases that the patterns are held against; the figures are recomputed here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

import sim
from sim.record import fields as f
from sim.record.fields.event_streams import STREAM_APPENDED, STREAM_APPENDS, STREAM_CONFLICTS, STREAM_LOAD_TIME, STREAM_LOADS
from sim.scenario import loads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.record.record import Record

HEAD = "name: known\narchitecture: event-driven\n"


def agrees(text: str, measure: Callable[[Record], float], exact: float, sharp: float = 0.02) -> None:
    """The mean over the replications of a scenario is right, and would have shown if it were not."""
    are_right(sim.run(loads(HEAD + text)).records, measure, exact, sharp)


def are_right(records: Sequence[Record], measure: Callable[[Record], float], exact: float, sharp: float = 0.02) -> None:
    """The same of replications that were run before."""
    values = np.array([measure(record) for record in records])
    error = values.std(ddof=1) / math.sqrt(len(values))
    assert error <= sharp * exact, f"{error:g} is not sharp enough"
    assert abs(values.mean() - exact) <= 4 * error, f"{values.mean():g} is not {exact:g}, standard error {error:g}"


def total(table: Any, row: int, column: int, first: int = 1) -> int:
    """A counter after the first window, which is the warm-up."""
    return int(table[first:, row, column].sum())


def test_messages_dealt_in_turn_whatever_the_consumers_hold() -> None:
    """P-CC-PREFETCH-INF-RR: four queues to which every fourth message comes, E4/M/1: the mean wait by the root of G/M/1."""
    rate, servers, mu = 12.8, 4, 4.0
    root = 0.5
    for _ in range(200):  # sigma = A*(mu - mu sigma), of the Erlang gaps between every fourth arrival
        root = (rate / (rate + mu * (1 - root))) ** servers
    exact = root / (mu * (1 - root))
    text = """
services:
  shop: {workers: 100, operations: {order: [{publish: mail, confirm: false}]}}
  mailer: {operations: {send: [{work: {kind: exponential, mean: 250ms}}]}}
brokers: {rabbit: {kind: queue, queues: {mail: {visibility: 10h}}}}
subscriptions: {mailer: {queue: mail, operation: mailer.send, consumers: 4, prefetch: 1000}}
workload: {order: {operation: shop.order, arrivals: {kind: poisson, rate: 12.8/s}}}
run: {horizon: 4500s, warmup: 500s, window: 500s, replications: 16, seed: 1}
"""

    def age(record: Record) -> float:
        return total(record.groups, 0, f.groups.GROUP_APPLY_TIME) / total(record.groups, 0, f.groups.GROUP_APPLIED) / 1e9

    agrees(text, age, exact + 1 / mu)
    assert abs(exact - 0.5668459) < 1e-6


def test_prefetch_eats_the_visibility() -> None:
    """P-AT-VISIBILITY-PREFETCH: of a full buffer of four, a message is late when four services take longer than allowed."""
    share = sum(math.exp(-6.0) * 6.0**k / math.factorial(k) for k in range(4))
    text = """
services:
  shop: {workers: 100, operations: {order: [{publish: mail, confirm: false}]}}
  mailer: {operations: {send: [{work: {kind: exponential, mean: 10ms}}]}}
brokers: {rabbit: {kind: queue, queues: {mail: {visibility: 60ms}}}}
subscriptions: {mailer: {queue: mail, operation: mailer.send, prefetch: 4}}
workload: {order: {operation: shop.order, arrivals: {kind: constant, rate: 200/s}}}
run: {horizon: 330s, warmup: 30s, window: 30s, replications: 10, seed: 2}
"""

    def expired(record: Record) -> float:
        queue = record.tables["queues"]
        return total(queue, 0, f.queues.QUEUE_EXPIRED) / total(queue, 0, f.queues.QUEUE_DELIVERED)

    agrees(text, expired, share)
    assert abs(share - 0.1512039) < 1e-6


def test_threads_held_by_a_slow_dependency() -> None:
    """P-AT-THREAD-CAP: twenty threads, held for two seconds each, no waiting: Erlang's loss formula."""
    load = 16.0
    blocked = load**20 / math.factorial(20) / sum(load**k / math.factorial(k) for k in range(21))
    text = """
services:
  api: {workers: 20, queue_max: 0, operations: {ask: [{work: {kind: exponential, mean: 2s}}]}}
workload: {asks: {operation: api.ask, arrivals: {kind: poisson, rate: 8/s}}}
run: {horizon: 11000s, warmup: 1000s, window: 1000s, replications: 12, seed: 4}
"""

    def refused(record: Record) -> float:
        return total(record.flows, 0, f.flows.FLOW_SETTLED + 2) / total(record.flows, 0, f.flows.FLOW_OFFERED)

    agrees(text, refused, blocked)
    assert abs(blocked - 0.0644109) < 1e-6


def test_telling_six_subscribers() -> None:
    """P-FANOUT: six calls in parallel take the mean of one times a harmonic number, one after the other six times that."""
    call = "{call: other.hear}"
    one = "other: {workers: 1000, operations: {hear: [{work: {kind: exponential, mean: 50ms}}]}}"
    load = "workload: {tell: {operation: source.tell, arrivals: {kind: poisson, rate: 20/s}}}"
    for steps, exact in ((f"{{parallel: [{', '.join([call] * 6)}]}}", 0.05 * 2.45), (", ".join([call] * 6), 0.3)):
        text = f"services:\n  source: {{workers: 1000, operations: {{tell: [{steps}]}}}}\n  {one}\n{load}\n"
        text += "run: {horizon: 300s, warmup: 0s, window: 10s, replications: 10, seed: 5}\n"

        def answer(record: Record) -> float:
            return total(record.flows, 0, f.flows.FLOW_REPLY_TIME) / total(record.flows, 0, f.flows.FLOW_SETTLED) / 1e9

        agrees(text, answer, exact)


def test_what_is_gathered_by_a_deadline() -> None:
    """P-SCATTER-GATHER: of four answers those within 400 ms; all are there with the product of the probabilities."""
    means, limit = (0.05, 0.08, 0.12, 0.2), 0.4
    whole = math.prod(1 - math.exp(-limit / mean) for mean in means)
    count = sum(1 - math.exp(-limit / mean) for mean in means)
    steps = ", ".join(f"{{call: s{n}.get, timeout: 400ms, optional: true}}" for n in range(4))
    others = "\n".join(
        f"  s{n}: {{workers: 1000, operations: {{get: [{{work: {{kind: exponential, mean: {round(mean * 1000)}ms}}}}]}}}}"
        for n, mean in enumerate(means)
    )
    text = f"services:\n  front: {{workers: 1000, operations: {{ask: [{{parallel: [{steps}]}}]}}}}\n{others}\n"
    text += "workload: {asks: {operation: front.ask, arrivals: {kind: poisson, rate: 20/s}}}\n"
    text += "run: {horizon: 300s, warmup: 0s, window: 10s, replications: 10, seed: 6}\n"

    def answers(record: Record) -> float:
        edges = [n for n, edge in enumerate(record.network.edges) if edge.caller == "front.ask"]
        return sum(total(record.edges, n, f.edges.EDGE_SETTLED) for n in edges) / total(record.flows, 0, f.flows.FLOW_SETTLED)

    agrees(text, answers, count)
    assert abs(whole - 0.8279226) < 1e-6
    assert abs(count - 3.8219173) < 1e-6


def test_a_peak_is_levelled_by_a_queue() -> None:
    """P-LOAD-LEVELLING: 50/s come for 40 s where 40/s are done: 404 messages on average, drained at 20/s."""
    text = """
services:
  shop: {workers: 100, operations: {order: [{publish: task, confirm: false}]}}
  station: {operations: {do: [{work: {kind: exponential, mean: 25ms}}]}}
brokers: {tasks: {kind: queue, queues: {task: {visibility: 10h}}}}
subscriptions: {station: {queue: task, operation: station.do}}
workload:
  order:
    operation: shop.order
    arrivals: {kind: step, steps: [{at: 0s, rate: 50/s}, {at: 40s, rate: 20/s}]}
run: {horizon: 40s, warmup: 0s, window: 1s, replications: 300, seed: 7}
"""

    def left(record: Record) -> float:
        return float(record.group_levels[0, f.groups.LEVEL_LAG])

    agrees(text, left, 404.0)


EVENTS = """
services:
  accounts: {workers: 5000, operations: {deposit: [%s]}}
stores: {events: {connections: 5000, streams: {account: {%s}}}}
workload: {deposit: {operation: accounts.deposit, arrivals: {kind: poisson, rate: %s}, keys: %s}}
run: {horizon: 210s, warmup: 10s, window: 10s, replications: 12, seed: 1}
"""


def stream(record: Record, part: int, whole: int) -> float:
    """One counter of the only stream over another one, after the warm-up."""
    table = record.tables["event_streams"]
    return total(table, 0, part) / total(table, 0, whole)


def test_who_gives_up_after_a_conflict_conflicts_as_in_a_dead_time() -> None:
    """P-ES-OCC-FIXED: with a fixed window w the share of conflicts is a / (1 + a), a = lambda w, and not 1 - exp(-a)."""
    steps = "{load: {stream: account}}, {work: 10ms}, {append: {stream: account}}"
    agrees(EVENTS % (steps, "", "50/s", 1), lambda one: stream(one, STREAM_CONFLICTS, STREAM_APPENDS), 1 / 3)


def test_hot_aggregates_conflict_each_by_itself() -> None:
    """P-ES-OCC-ZIPF: the share of all conflicts is the sum over the keys of p a / (1 + a), a = p lambda w."""
    weights = np.arange(1.0, 51.0) ** -0.8
    shares = weights / weights.sum()
    exact = float((shares * (shares * 4.0 / (1 + shares * 4.0))).sum())
    steps = "{load: {stream: account}}, {work: 20ms}, {append: {stream: account}}"
    text = EVENTS % (steps, "", "200/s", "{count: 50, exponent: 0.8}")
    agrees(text, lambda one: stream(one, STREAM_CONFLICTS, STREAM_APPENDS), exact)
    assert abs(exact - 0.14706387) < 1e-7


def test_who_tries_again_after_a_conflict_at_once() -> None:
    """P-ES-OCC-RETRY: attempts per command by the chain of fresh and stale attempts, each with a window of its own."""
    rate, mu, most = 50.0, 100.0, 24
    states = [(fresh, stale) for fresh in range(most) for stale in range(most - fresh)]
    place = {state: number for number, state in enumerate(states)}
    rates = np.zeros((len(states), len(states)))
    for (fresh, stale), here in place.items():
        for to, often in (
            ((fresh + 1, stale), rate),
            ((0, fresh + stale - 1), fresh * mu),  # one is appended: all others are stale now
            ((fresh + 1, stale - 1), stale * mu),  # one finds that it is, and begins anew
        ):
            if often > 0 and to in place:
                rates[here, place[to]] += often
                rates[here, here] -= often
    balance = np.vstack([rates.T, np.ones(len(states))])
    chances = np.linalg.lstsq(balance, np.append(np.zeros(len(states)), 1.0), rcond=None)[0]
    ends = sum(chances[place[state]] * sum(state) for state in states) * mu
    again = "{append: {stream: account, on_conflict: {kind: fixed, attempts_max: 100, delay: 0s}}}"
    steps = "{load: {stream: account}}, {work: {kind: exponential, mean: 10ms}}, " + again
    agrees(EVENTS % (steps, "", "50/s", 1), lambda one: stream(one, STREAM_APPENDS, STREAM_APPENDED), ends / rate)
    assert abs(ends / rate - 1.5581167) < 1e-6


def test_a_load_replays_half_a_snapshot_interval_less_half_an_event() -> None:
    """P-ES-SNAPSHOT: with a snapshot each K events a load replays (K - 1) / 2 in the mean, and not K / 2."""
    text = EVENTS % ("{append: {stream: account}}", "replay: 0.02ms, snapshot: {every: 100, load: 2ms}", "50/s", 1)
    text = text.replace("}]}}", "}], show: [{load: {stream: account}}]}}", 1)
    show = "show: {operation: accounts.show, arrivals: {kind: poisson, rate: 20/s}, keys: 1}"
    text = text.replace("keys: 1}}", f"keys: 1}}, {show}}}")
    agrees(text, lambda one: stream(one, STREAM_LOAD_TIME, STREAM_LOADS) / 1e9, 0.002 + 99 / 2 * 0.02e-3)
