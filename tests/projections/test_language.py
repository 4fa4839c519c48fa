"""The scenario of the language that projections grow into: each of its comments is an assertion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sim
from sim.engine import run_once
from sim.metrics import measure, resolve
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.scenario import loads
from sim.scenario.checks import check

if TYPE_CHECKING:
    from sim.record.record import Record

TEXT = """
# A read model follows a topic; every read knows how old its answer was, and whether the reader saw its own write.
name: projection
architecture: event-driven
services:
  orders: {workers: 20, operations: {place: [{work: 4ms}, {publish: order.placed, key: flow}]}}
  views:
    workers: 20
    operations:
      update: [{work: 1ms}, {project: order_view, key: flow}]
      show: [{work: 0.5ms}, {read: order_view, key: flow}]           # or {read: …, wait_for: own_write, wait_max: 2s}
projections: {order_view: {rebuild: {rate: 5000/s}}}
brokers: {log: {kind: log, topics: {order.placed: {partitions: 6, retention: {time: 1h}}}}}
subscriptions: {views: {topic: order.placed, operation: views.update, consumers: 2}}
workload:
  place: {operation: orders.place, arrivals: {kind: poisson, rate: 100/s}, timeout: 1s, keys: 5000, then: {operation: views.show, after: {kind: exponential, mean: 300ms}, times: 2}}
faults: {projector: {kind: slowdown, target: views, factor: 20, at: 20s, for: 10s}, rebuild: {kind: rebuild, target: order_view, at: 45s}}
objectives: ["order_view.staleness.p99 < 5s", "order_view.own_write_missed < 1%"]
run: {horizon: 80s, warmup: 2s, replications: 10, seed: 1}
"""  # noqa: E501 - as it is given
SHORT = TEXT.replace("horizon: 80s", "horizon: 12s").replace("at: 20s, for: 10s", "at: 4s, for: 2s")
SHORT = SHORT.replace("at: 45s", "at: 8s")


def both(text: str) -> Record:
    """The record of a scenario, the same of both engines to the bit."""
    network = compile_network(loads(text))
    one, other = (run_once(network, seed=1, engine=engine) for engine in ("simpy", "compiled"))
    assert one.fingerprint() == other.fingerprint()
    return other


def value_of(record: Record, path: str) -> float:
    """A metric of a record, over its measured span."""
    return measure(record, *resolve(path, record.network))


def test_it_is_valid_and_runs_to_the_bit() -> None:
    """Nothing is wrong with it; both engines agree over its whole run, with both of its faults."""
    scenario = loads(TEXT)
    assert [one for one in check(scenario) if one.severity == "error"] == []
    record = both(TEXT)
    table = record.tables["rebuilds"][:, 0].sum(axis=0)
    kept = int(table[f.rebuilds.REBUILD_DUE])
    assert (table[f.rebuilds.REBUILD_DONE], table[f.rebuilds.REBUILD_READ], table[f.rebuilds.REBUILD_KEYS_LOST]) == (1, kept, 0)
    assert value_of(record, "order_view.rebuild_time") == kept / 5000
    assert 4400 / 4900 * 0.93 < value_of(record, "order_view.rebuild_time") < 4600 / 4900 * 1.07


def test_every_read_knows_how_old_its_answer_was() -> None:
    """Each read is in the histogram of staleness; without faults nearly all are 0, in a rebuild as old as the events."""
    record = both(SHORT)
    table = record.tables["projections"][:, 0]
    assert record.replies.by_flow(record.network.tallied)[-1] == table[:, f.projections.VIEW_READS].sum() > 1500
    calm, rebuilding = table[2:4].sum(axis=0), table[8]
    assert calm[f.projections.VIEW_STALE] < 0.05 * calm[f.projections.VIEW_READS]
    assert rebuilding[f.projections.VIEW_STALENESS_MOST] > 2_000_000_000
    assert table[9:, f.projections.VIEW_STALENESS_MOST].max() < 1_000_000_000


def test_and_whether_the_reader_saw_its_own_write() -> None:
    """Every read of a follow-up is one of somebody who wrote; those who come before the projector, or in a rebuild, miss it."""
    table = both(SHORT).tables["projections"][:, 0]
    assert (table[:, f.projections.VIEW_OWN_READS] == table[:, f.projections.VIEW_READS]).all()
    missed = table[:, f.projections.VIEW_OWN_MISSED]
    assert missed[2:4].sum() < 0.02 * table[2:4, f.projections.VIEW_READS].sum()
    assert missed[8] > 0.02 * table[8, f.projections.VIEW_READS]


def test_or_it_waits_for_its_own_write() -> None:
    """As the comment says: then no read misses it, some wait, and none of them in vain; the wait is over with the rebuild."""
    record = both(SHORT.replace("{read: order_view, key: flow}", "{read: order_view, wait_for: own_write, wait_max: 2s}"))
    table = record.tables["projections"][:, 0].sum(axis=0)
    assert table[f.projections.VIEW_OWN_MISSED] == 0
    assert table[f.projections.VIEW_WAITS_SERVED] > 20
    assert record.tables["projections"][8, 0, f.projections.VIEW_WAITS_SERVED] > 0
    assert table[f.projections.VIEW_WAITS_OVER] == 0


def test_its_objectives_are_judged() -> None:
    """Without its faults it keeps both; with them too many of its users miss their own write."""
    calm = "\n".join(line for line in TEXT.splitlines() if not line.startswith("faults"))
    assert [one.outcome for one in sim.run(loads(calm)).objectives()] == ["pass", "pass"]
    assert [one.outcome for one in sim.run(loads(TEXT)).objectives()] == ["pass", "fail"]
