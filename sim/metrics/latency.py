"""How long a client waits for its answer, all attempts included; failed requests count as infinitely long.

    checkout.latency.p99     half a second; or infinite, when more than 1 % of the requests failed
    checkout.latency_ok.p99  the same of the successes only: how fast it is when it works

A reply belongs to the window in which it arrives. Requests that still wait when the run ends: see `sim.metrics.quantiles`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Family, Metric
from sim.metrics.counts import all_flows_or, failed, flow_count, flow_outcomes
from sim.metrics.quantiles import bounded, level, of_which, pooled_level, summarise, words
from sim.metrics.samples import replies
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record
    from sim.stats.sample import Counted


def _metric(detail: str, *, successes_only: bool = False, of_runs: bool = False) -> Metric:
    q = level(detail)
    infinite, missing = words(detail)

    def measure(record: Record, flow: int | None, first: int, stop: int) -> float:
        total = flow_count(record, flow, f.FLOW_REPLY_TIME, first, stop)
        return summarise(sample(record, flow, first, stop).sample, total, q)

    def sample(record: Record, flow: int | None, first: int, stop: int) -> Counted:
        flows = all_flows_or(record, flow)
        if successes_only:
            return replies(record, flows, first, stop, 0, with_open=False)
        return replies(record, flows, first, stop, failed(flow_outcomes(record, flow, first, stop)))

    def of_system(record: Record, _: int, first: int, stop: int) -> float:
        return measure(record, None, first, stop)

    def sample_of_system(record: Record, _: int, first: int, stop: int) -> Counted:
        return sample(record, None, first, stop)

    def bounds(record: Record, flow: int | None, first: int, stop: int) -> tuple[float, float]:
        found = sample(record, flow, first, stop).sample
        times = [flow_count(record, flow, f.FLOW_REPLY_TIME, first, stop)]
        times.append(flow_count(record, flow, f.FLOW_UNANSWERED_TIME, 0, record.network.windows))
        return bounded(found, times[0], 0 if found.open == 0 else times[1], q)

    def bounds_of_system(record: Record, _: int, first: int, stop: int) -> tuple[float, float]:
        return bounds(record, None, first, stop)

    name = "latency_ok" if successes_only else "run_latency" if of_runs else "latency"
    whose = "of the requests that succeeded" if successes_only else "of all requests, failures as infinite"
    return Metric(
        name=f"{name}.{detail}",
        label=f"latency {detail}" + (" of successes" if successes_only else " of a run" if of_runs else ""),
        unit="s",
        direction="lower",
        measures={"system": of_system, "flow": measure},
        quantile=None if of_runs else pooled_level(q),
        samples=None if of_runs or pooled_level(q) is None else {"system": sample_of_system, "flow": sample},
        bounds=None if pooled_level(q) is not None else {"system": bounds_of_system, "flow": bounds},
        meaning=f"{of_which(detail, of_runs=of_runs)} of the time from a request's arrival to its answer, {whose}",
        infinite=infinite,
        missing=missing,
    )


def latency(detail: str) -> Metric:
    """Return the metric of a detail: ``mean``, ``max``, ``p50``, ``p99.9``."""
    return _metric(detail)


def run_latency(detail: str) -> Metric:
    """Return the same of each run by itself: its mean over runs is not the quantile of the system."""
    return _metric(detail, of_runs=True)


def latency_ok(detail: str) -> Metric:
    """Return the same of successes only."""
    return _metric(detail, successes_only=True)


LATENCY = Family(name="latency", unit="s", shown=("p50", "p95", "p99", "mean"), member=latency)
RUN_LATENCY = Family(name="run_latency", unit="s", shown=(), member=run_latency)
LATENCY_OK = Family(name="latency_ok", unit="s", shown=("p50", "p95", "p99", "mean"), member=latency_ok)
