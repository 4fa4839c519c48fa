"""eventflow: one business flow, wired by synchronous calls and by events; break both, compare them in numbers.

    import sim

    result = sim.run("scenarios/online-boutique/sync.yaml", replications=10)
    result.estimate("checkout.latency.p99")                     mean [interval] (n)
    sim.compare("sync.yaml", "events.yaml").verdict()           in words

Names are loaded when they are first used: ``import sim`` loads neither Matplotlib nor SciPy, pandas, LLVM or SimPy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from sim import former_names

if TYPE_CHECKING:
    from sim.api import compare, fault_matrix, load, run, run_once
    from sim.brokers.log import LogBroker, Subscription, Topic
    from sim.brokers.queue import DeadLetter, Queue, QueueBroker, QueueSubscription
    from sim.errors import ComparisonError, EventflowError, LedgerError, RunawayError, UnsupportedError
    from sim.explorer import explore
    from sim.faults.crash import Crash
    from sim.faults.slowdown import Slowdown
    from sim.judgements.baseline import Change, Regression, compare_to_baseline
    from sim.loaded import load_saved
    from sim.metrics import Family, Metric, UnknownMetricError, metric_paths
    from sim.network import Network, compile  # noqa: A004 - the verb of the pipeline
    from sim.record.record import Record
    from sim.replications import run_replications
    from sim.results.comparison import Comparison
    from sim.results.matrix import Matrix
    from sim.results.result import Result, SummaryRow
    from sim.saved.errors import SavedError
    from sim.scenario import (
        Branch,
        Call,
        Choose,
        Effect,
        Fail,
        Flow,
        NetworkSettings,
        Objective,
        Parallel,
        Problem,
        Publish,
        Run,
        Saga,
        SagaStep,
        Scenario,
        ScenarioError,
        Service,
        Work,
    )
    from sim.stats.intervals import Estimate
    from sim.stats.judging import Verdict
    from sim.stats.paired import Paired
    from sim.sweeps import Sweep, SweepError, load_sweep, merge_sweeps, sweep

_HOMES = {
    "sim.api": ("compare", "fault_matrix", "load", "run", "run_once"),
    "sim.judgements.baseline": ("Change", "Regression", "compare_to_baseline"),
    "sim.brokers.log": ("LogBroker", "Subscription", "Topic"),
    "sim.brokers.queue": ("DeadLetter", "Queue", "QueueBroker", "QueueSubscription"),
    "sim.results.comparison": ("Comparison",),
    "sim.errors": ("ComparisonError", "EventflowError", "LedgerError", "RunawayError", "UnsupportedError"),
    "sim.explorer": ("explore",),
    "sim.faults.crash": ("Crash",),
    "sim.faults.slowdown": ("Slowdown",),
    "sim.loaded": ("load_saved",),
    "sim.metrics": ("Family", "Metric", "UnknownMetricError", "metric_paths"),
    "sim.network": ("Network", "compile"),
    "sim.record.record": ("Record",),
    "sim.replications": ("run_replications",),
    "sim.results.matrix": ("Matrix",),
    "sim.results.result": ("Result", "SummaryRow"),
    "sim.saved.errors": ("SavedError",),
    "sim.scenario": (
        "Branch",
        "Call",
        "Choose",
        "Effect",
        "Fail",
        "Flow",
        "NetworkSettings",
        "Objective",
        "Parallel",
        "Problem",
        "Publish",
        "Run",
        "Saga",
        "SagaStep",
        "Scenario",
        "ScenarioError",
        "Service",
        "Work",
    ),
    "sim.stats.intervals": ("Estimate",),
    "sim.stats.judging": ("Verdict",),
    "sim.stats.paired": ("Paired",),
    "sim.sweeps": ("Sweep", "SweepError", "load_sweep", "merge_sweeps", "sweep"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Branch",
    "Call",
    "Change",
    "Choose",
    "Comparison",
    "ComparisonError",
    "Crash",
    "DeadLetter",
    "Effect",
    "Estimate",
    "EventflowError",
    "Fail",
    "Family",
    "Flow",
    "LedgerError",
    "LogBroker",
    "Matrix",
    "Metric",
    "Network",
    "NetworkSettings",
    "Objective",
    "Paired",
    "Parallel",
    "Problem",
    "Publish",
    "Queue",
    "QueueBroker",
    "QueueSubscription",
    "Record",
    "Regression",
    "Result",
    "Run",
    "RunawayError",
    "Saga",
    "SagaStep",
    "SavedError",
    "Scenario",
    "ScenarioError",
    "Service",
    "Slowdown",
    "Subscription",
    "SummaryRow",
    "Sweep",
    "SweepError",
    "Topic",
    "UnknownMetricError",
    "UnsupportedError",
    "Verdict",
    "Work",
    "compare",
    "compare_to_baseline",
    "compile",
    "explore",
    "fault_matrix",
    "load",
    "load_saved",
    "load_sweep",
    "merge_sweeps",
    "metric_paths",
    "run",
    "run_once",
    "run_replications",
    "sweep",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its home, once."""
    if name in former_names.PUBLIC:
        former_names.warn(f"sim.{name}", f"sim.{former_names.PUBLIC[name]}")
        return __getattr__(former_names.PUBLIC[name])
    if name not in _HOME_OF:
        message = f"sim has no public name {name!r}; it has: {', '.join(__all__)}"
        raise AttributeError(message)
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return list(__all__)


former_names.find_modules()
