"""How long a client waits for its answer, all attempts included; failed requests count as infinitely long.

    checkout.latency.p99     half a second; or infinite, when more than 1 % of the requests failed
    checkout.latency_ok.p99  the same of the successes only: how fast it is when it works

A reply belongs to the window in which it arrives. Requests that still wait when the run ends: see `sim.metrics.quantiles`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Family, Metric
from sim.metrics.counts import all_flows_or, failed, flow_outcomes
from sim.metrics.durations import Kept, duration
from sim.metrics.samples import replies
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record
    from sim.stats.sample import Counted

KEPT = Kept(f.flows.FLOW_REPLY_TIME, f.flows.FLOW_UNANSWERED_TIME, f.flows.LEVEL_OLDEST_REQUEST)
WAIT = "the time from a request's arrival to its answer"
ALL = f"{WAIT}, of all requests, failures as infinite"


def _answers(record: Record, flow: int | None, first: int, stop: int) -> Counted:
    """Answers of all requests, with failures and what is open."""
    return replies(record, all_flows_or(record, flow), first, stop, failed(flow_outcomes(record, flow, first, stop)))


def _successes(record: Record, flow: int | None, first: int, stop: int) -> Counted:
    """Answers of those that succeeded, and of no other."""
    return replies(record, all_flows_or(record, flow), first, stop, 0, with_open=False)


def latency(detail: str) -> Metric:
    """Return the metric of a detail: ``mean``, ``max``, ``p50``, ``p99.9``."""
    return duration("latency", f"latency {detail}", detail, ALL, _answers, KEPT)


def run_latency(detail: str) -> Metric:
    """Return the same of each run by itself: its mean over runs is not the quantile of the system."""
    return duration("run_latency", f"latency {detail} of a run", detail, ALL, _answers, KEPT, of_runs=True)


def latency_ok(detail: str) -> Metric:
    """Return the same of successes only."""
    meaning = f"{WAIT}, of the requests that succeeded"
    return duration("latency_ok", f"latency {detail} of successes", detail, meaning, _successes, KEPT)


LATENCY = Family(name="latency", unit="s", shown=("p50", "p95", "p99", "mean"), member=latency)
RUN_LATENCY = Family(name="run_latency", unit="s", shown=(), member=run_latency)
LATENCY_OK = Family(name="latency_ok", unit="s", shown=("p50", "p95", "p99", "mean"), member=latency_ok)
