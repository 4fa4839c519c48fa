"""How long it takes until everything that a request caused is done well; what was not done well counts as infinite.

    request --> answer ~~> message applied ~~> message applied        completion: to the end of the last one

In a synchronous flow that is the answer. In an event-driven one the answer comes earlier, and the work goes on. Flows
that are still under way when the run ends: see `sim.metrics.quantiles`; those of which a part failed for good are infinite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Family, Metric
from sim.metrics.counts import all_flows_or, flow_count
from sim.metrics.quantiles import bounded, level, of_which, pooled_level, summarise, words
from sim.metrics.samples import completions, doomed
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record
    from sim.stats.sample import Counted


def completion(detail: str) -> Metric:
    """Return the metric of a detail: ``mean``, ``max``, ``p50``, ``p99.9``."""
    return _metric(detail, of_runs=False)


def run_completion(detail: str) -> Metric:
    """Return the same of each run by itself: its mean over runs is not the quantile of the system."""
    return _metric(detail, of_runs=True)


def _metric(detail: str, *, of_runs: bool) -> Metric:
    q = level(detail)
    infinite, missing = words(detail)

    def measure(record: Record, flow: int | None, first: int, stop: int) -> float:
        total = flow_count(record, flow, f.FLOW_COMPLETION_TIME, first, stop)
        return summarise(sample(record, flow, first, stop).sample, total, q)

    def sample(record: Record, flow: int | None, first: int, stop: int) -> Counted:
        flows = all_flows_or(record, flow)
        failures = flow_count(record, flow, f.FLOW_SPOILED, first, stop)
        if stop == record.network.windows:
            failures += doomed(record, flows)
        return completions(record, flows, first, stop, failures)

    def of_system(record: Record, _: int, first: int, stop: int) -> float:
        return measure(record, None, first, stop)

    def sample_of_system(record: Record, _: int, first: int, stop: int) -> Counted:
        return sample(record, None, first, stop)

    def bounds(record: Record, flow: int | None, first: int, stop: int) -> tuple[float, float]:
        found = sample(record, flow, first, stop).sample
        times = [flow_count(record, flow, f.FLOW_COMPLETION_TIME, first, stop)]
        times.append(flow_count(record, flow, f.FLOW_UNFINISHED_TIME, 0, record.network.windows))
        return bounded(found, times[0], 0 if found.open == 0 else times[1], q)

    def bounds_of_system(record: Record, _: int, first: int, stop: int) -> tuple[float, float]:
        return bounds(record, None, first, stop)

    return Metric(
        name=f"{'run_' if of_runs else ''}completion.{detail}",
        label=f"completion {detail}{' of a run' if of_runs else ''}",
        unit="s",
        direction="lower",
        measures={"system": of_system, "flow": measure},
        quantile=None if of_runs else pooled_level(q),
        samples=None if of_runs or pooled_level(q) is None else {"system": sample_of_system, "flow": sample},
        bounds=None if pooled_level(q) is not None else {"system": bounds_of_system, "flow": bounds},
        meaning=f"{of_which(detail, of_runs=of_runs)} of the time from a request's arrival until all it caused is done well, "
        "the rest as infinite",
        infinite=infinite,
        missing=missing,
    )


RUN_COMPLETION = Family(name="run_completion", unit="s", shown=(), member=run_completion)
COMPLETION = Family(name="completion", unit="s", shown=("p50", "p95", "p99", "mean"), member=completion)
