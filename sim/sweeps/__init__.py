"""Many points, many replications each, and nothing lost on the way.

    axes --design--> points --threads--> summaries --store--> a folder --> Sweep: estimates and paired differences

Every point runs under the same random numbers, so that points can be compared replication by replication.
"""

from __future__ import annotations

from sim.sweeps.errors import SweepError
from sim.sweeps.multiple_comparisons import Difference
from sim.sweeps.plan import Plan, Point
from sim.sweeps.result import Sweep
from sim.sweeps.run import load_sweep, merge_sweeps, plan_sweep, run_sweep

sweep = run_sweep
"""The verb: ``sim.sweep(scenario, over=["services.orders.replicas=2,4,8"])``."""

__all__ = [
    "Difference",
    "Plan",
    "Point",
    "Sweep",
    "SweepError",
    "load_sweep",
    "merge_sweeps",
    "plan_sweep",
    "run_sweep",
    "sweep",
]
