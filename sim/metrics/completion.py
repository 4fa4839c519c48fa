"""How long it takes until everything that a request caused is done well; what was not done well counts as infinite.

    request --> answer ~~> message applied ~~> message applied        completion: to the end of the last one

In a synchronous flow that is the answer. In an event-driven one the answer comes earlier, and the work goes on. Flows
that are still under way when the run ends: see `sim.metrics.quantiles`; those of which a part failed for good are infinite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Family, Metric
from sim.metrics.counts import all_flows_or, flow_count
from sim.metrics.durations import Kept, duration
from sim.metrics.samples import completions, doomed
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record
    from sim.stats.sample import Counted

KEPT = Kept(f.flows.FLOW_COMPLETION_TIME, f.flows.FLOW_UNFINISHED_TIME, f.flows.LEVEL_OLDEST_TRACE)
ALL = "the time from a request's arrival until all it caused is done well, the rest as infinite"


def _ends(record: Record, flow: int | None, first: int, stop: int) -> Counted:
    """Ends of all that was done well, with what was not, and what is under way."""
    flows = all_flows_or(record, flow)
    failures = flow_count(record, flow, f.flows.FLOW_SPOILED, first, stop)
    if stop == record.network.windows:
        failures += doomed(record, flows)
    return completions(record, flows, first, stop, failures)


def completion(detail: str) -> Metric:
    """Return the metric of a detail: ``mean``, ``max``, ``p50``, ``p99.9``."""
    return duration("completion", f"completion {detail}", detail, ALL, _ends, KEPT)


def run_completion(detail: str) -> Metric:
    """Return the same of each run by itself: its mean over runs is not the quantile of the system."""
    return duration("run_completion", f"completion {detail} of a run", detail, ALL, _ends, KEPT, of_runs=True)


RUN_COMPLETION = Family(name="run_completion", unit="s", shown=(), member=run_completion)
COMPLETION = Family(name="completion", unit="s", shown=("p50", "p95", "p99", "mean"), member=completion)
