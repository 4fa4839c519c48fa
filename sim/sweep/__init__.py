"""Many points, many replications each, and nothing lost on the way.

    axes --design--> points --threads--> summaries --store--> a folder --> Sweep: estimates and paired differences

Every point runs under the same random numbers, so that points can be compared replication by replication.
"""

from __future__ import annotations

from sim.sweep.errors import SweepError
from sim.sweep.family import Difference
from sim.sweep.plan import Plan, Point
from sim.sweep.result import Sweep
from sim.sweep.run import load_sweep, merge_sweeps, run_sweep

__all__ = ["Difference", "Plan", "Point", "Sweep", "SweepError", "load_sweep", "merge_sweeps", "run_sweep"]
