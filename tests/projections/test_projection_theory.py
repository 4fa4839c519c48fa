"""Read models against closed forms: one projector that takes events in turn is an M/M/1 queue, and readers look into it.

    delay of an event        Exp(mu - lambda)
    oldest missing event     rho exp(-(mu - lambda) t), as the work that an arrival finds (Sengupta 1989), and 0 otherwise
    own write missed         theta / (theta + mu - lambda) after a think time of rate theta, its square at the second read
    age of information       (1/mu)(1 + 1/rho + rho^2/(1 - rho)) (Kaul, Yates and Gruteser 2012)
    load of the source       (w + r) / mu when it answers reads, too, w / mu when a view does
    time of a rebuild        N / (mu - lambda): a busy period that begins with the N events that are kept
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

import sim
from sim.metrics import measure, resolve
from sim.record import fields as f
from sim.scenario import loads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.results.result import Result

ONE_PROJECTOR = """
name: projector
architecture: event-driven
network: {hop: 0s}
services:
  a: {workers: 1000, operations: {go: [{publish: t, acks: none}], show: [{read: v}]}}
  b: {replicas: REPLICAS, operations: {up: [{work: {kind: exponential, mean: WORK}}, {project: v}]}}
projections: {v: {}}
brokers: {log: {latency: LATENCY, topics: {t: {partitions: REPLICAS}}}}
subscriptions: {g: {topic: t, operation: b.up}}
workload: FLOWS
run: {horizon: HORIZON, warmup: WARMUP, window: WARMUP, replications: 16, seed: 7}
"""


def run(flows: str, work: str, *, horizon: int = 4000, replicas: int = 1, latency: str = "0s") -> Result:
    """A result of flows that publish and read, after a tenth of the time."""
    text = ONE_PROJECTOR.replace("FLOWS", flows).replace("WORK", work).replace("HORIZON", f"{horizon}s")
    text = text.replace("WARMUP", f"{horizon // 10}s").replace("REPLICAS", str(replicas)).replace("LATENCY", latency)
    return sim.run(loads(text))


def counted(result: Result) -> NDArray[np.int64]:
    """What the read model counted after the warm-up, by replication, (n, columns)."""
    return np.array([one.tables["projections"][1:, 0].sum(axis=0) for one in result.records])


def agrees(values: NDArray[np.float64], exact: float, sharp: float) -> None:
    """The mean is right to four standard errors, which are small enough to have noticed otherwise."""
    error = values.std(ddof=1) / math.sqrt(len(values))
    assert error < sharp * exact
    assert abs(values.mean() - exact) < 4 * error, (values.mean(), exact, error)


def writes(rate: str, then: str = "", keys: str = "") -> str:
    """A flow that writes."""
    return f"{{write: {{operation: a.go, arrivals: {{kind: poisson, rate: {rate}}}{keys}{then}}}}}"


def reads_after(think: str, times: int) -> str:
    """Users who read what they have written."""
    return f", then: {{operation: a.show, after: {think}, times: {times}}}"


@pytest.mark.parametrize(("times", "exact"), [(1, 0.625), (2, (0.625 + 0.625**2) / 2)])
def test_an_own_write_is_missed_by_a_race_of_two_exponentials(times: int, exact: float) -> None:
    """P-PV-OWN-WRITE-EXP: think times of 300 ms, an excess of 2/s of the projector: 5/8, and its square at the second read."""
    rows = counted(run(writes("8/s", reads_after("{kind: exponential, mean: 300ms}", times)), "100ms"))
    agrees(rows[:, f.projections.VIEW_OWN_MISSED] / rows[:, f.projections.VIEW_OWN_READS], exact, 0.02)


def test_an_own_write_is_missed_after_a_fixed_think_time() -> None:
    """P-PV-OWN-WRITE-FIXED: two partitions, 50 ms to the broker, read 300 ms after the write: exp(-(60 - 50) 0.25)."""
    flows = writes("100/s", reads_after("300ms", 1))
    rows = counted(run(flows, "16.666666ms", horizon=800, replicas=2, latency="50ms"))
    agrees(rows[:, f.projections.VIEW_OWN_MISSED] / rows[:, f.projections.VIEW_OWN_READS], math.exp(-2.5), 0.05)
    agrees(rows[:, f.projections.VIEW_DELAY] / rows[:, f.projections.VIEW_THERE] / 1e9, 0.15, 0.02)


def test_the_three_measures_of_being_behind_are_three() -> None:
    """One key, rho = 0.8: delays are Exp(2), the oldest missing event has an atom at 0, the newest is older than either."""
    reads = ", read: {operation: a.show, keys: 1, arrivals: {kind: poisson, rate: 20/s}}}"
    flows = writes("8/s", keys=", keys: 1")[:-1] + reads
    result = run(flows, "100ms")
    rows = counted(result)
    agrees(rows[:, f.projections.VIEW_DELAY] / rows[:, f.projections.VIEW_THERE] / 1e9, 0.5, 0.02)
    agrees(np.array(result.values("v.event_delay.p90")), math.log(10) / 2, 0.03)
    agrees(rows[:, f.projections.VIEW_STALE] / rows[:, f.projections.VIEW_READS], 0.8, 0.005)
    agrees(rows[:, f.projections.VIEW_STALENESS] / rows[:, f.projections.VIEW_READS] / 1e9, 0.8 / 2, 0.02)
    agrees(np.array(result.values("v.staleness.p90")), math.log(8) / 2, 0.03)
    agrees(np.array(result.values("v.age_of_information")), 0.1 * (1 + 1 / 0.8 + 0.64 / 0.2), 0.02)


@pytest.mark.parametrize(("rate", "exact"), [("0.25/s", 5.0 + 1 / 12), ("0.5/s", 3.5), ("0.8/s", 5.45)])
def test_more_events_can_make_a_read_model_older(rate: str, exact: float) -> None:
    """P-PV-AOI-LOW, P-PV-AOI-HIGH: of an M/M/1 projector it is least near rho = 0.53, and grows again with what waits."""
    result = run(writes(rate, keys=", keys: 1"), "1s", horizon=40_000)
    agrees(np.array(result.values("v.age_of_information")), exact, 0.02)


def test_measured_and_drawn_by_hand() -> None:
    """The mean staleness that the metric gives is the one of the columns."""
    result = run(writes("8/s", reads_after("100ms", 1)), "100ms", horizon=400)
    record = result.records[0]
    rows = record.tables["projections"][1:, 0].sum(axis=0)
    mean = rows[f.projections.VIEW_STALENESS] / rows[f.projections.VIEW_READS] / 1e9
    assert measure(record, *resolve("v.staleness.mean", record.network)) == pytest.approx(mean)


BESIDE = """
name: source
architecture: event-driven
network: {hop: 0s}
services:
  source:
    operations:
      put: [{work: {kind: exponential, mean: 10ms}}, {publish: t, acks: none}]
      get: [{work: {kind: exponential, mean: 10ms}}]
  views: {operations: {show: [{work: {kind: exponential, mean: 5ms}}, {read: v}]}}
  projector: {operations: {up: [{project: v}]}}
projections: {v: {}}
brokers: {log: {topics: {t: {partitions: 1}}}}
subscriptions: {g: {topic: t, operation: projector.up}}
workload:
  write: {operation: source.put, arrivals: {kind: poisson, rate: 20/s}, keys: 100}
  read: {operation: OF, arrivals: {kind: poisson, rate: 60/s}, keys: 100}
run: {horizon: 1050s, warmup: 50s, window: 50s, replications: 16, seed: 5}
"""


def test_what_leaves_the_source_when_reads_go_to_a_view() -> None:
    """P-PV-SOURCE-LOAD: 80 % busy and 50 ms a read with both; 20 %, 12.5 ms a write and 7.14 ms a read with a view."""
    together, apart = (sim.run(loads(BESIDE.replace("OF", of))) for of in ("source.get", "views.show"))
    agrees(np.array(together.values("source.utilisation")), 0.8, 0.02)
    agrees(np.array(together.values("read.latency.mean")), 0.05, 0.02)
    agrees(np.array(apart.values("source.utilisation")), 0.2, 0.02)
    agrees(np.array(apart.values("write.latency.mean")), 0.0125, 0.02)
    agrees(np.array(apart.values("read.latency.mean")), 1 / 140, 0.02)


REBUILT = """
name: rebuilt
architecture: event-driven
network: {hop: 0s}
services:
  a: {workers: 1000, operations: {go: [{publish: t, acks: none}], show: [{read: v}]}}
  b: {workers: 1000, operations: {up: [{project: v}]}}
projections: {v: {rebuild: {rate: MU/s}}}
brokers: {log: {topics: {t: {partitions: 1, retention: {time: 1h}}}}}
subscriptions: {g: {topic: t, operation: b.up}}
workload: {write: {operation: a.go, arrivals: {kind: poisson, rate: 50/s}, keys: 100000}}
faults: {anew: {kind: rebuild, target: v, at: 20s}}
run: {horizon: 100s, window: 10s, replications: 60, seed: 3}
"""


@pytest.mark.parametrize("rate", [80, 500])
def test_a_rebuild_takes_the_busy_period_of_what_is_kept(rate: int) -> None:
    """N / (mu - lambda), of the 1000 that are kept on average; it spreads as a busy period: N lambda / (mu - lambda)^3.

    With the variance of N, which is Poisson, that is N mu / (mu - lambda)^3 in all. All that are due are read.
    """
    result = sim.run(loads(REBUILT.replace("MU", str(rate))))
    times = np.array(result.values("v.rebuild_time"))
    agrees(times, 1000 / (rate - 50), 0.02)
    spread = math.sqrt(1000 * (50 / (rate - 50) ** 3 + 1 / (rate - 50) ** 2))
    assert times.std(ddof=1) == pytest.approx(spread, rel=0.4)
    table = np.array([one.tables["rebuilds"][:, 0].sum(axis=0) for one in result.records])
    assert (table[:, f.rebuilds.REBUILD_READ] == table[:, f.rebuilds.REBUILD_DUE]).all()
    assert (table[:, f.rebuilds.REBUILD_TIME] == table[:, f.rebuilds.REBUILD_READ] * (10**9 // rate)).all()
