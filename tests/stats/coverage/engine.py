"""The simulator itself, judged by its own intervals: draws, engine, record and statistics in one.

M/M/1 as a scenario -> compiled engine, replication after replication -> intervals of ten -> how many are right
"""

from __future__ import annotations

import math

import numpy as np

from sim import network
from sim.engine import run_once
from sim.record.fields import SERVICE_WAITING_AREA
from sim.scenario import loads
from sim.stats.intervals import skew_adjusted
from tests.stats.coverage.trials import Row, coverage

SCENARIO = """
name: desk
architecture: synchronous
services:
  desk:
    operations:
      serve: [{work: {kind: exponential, mean: 1s}}]
workload:
  visits: {operation: desk.serve, arrivals: {kind: poisson, rate: 0.5/s}}
run: {horizon: 2000s, window: 100s}
"""
LOAD = 0.5
CUT = 1
"""Windows left out at the start."""
N = 10


def engine_queue(macros: int) -> Row:
    """Coverage of the interval of the mean number waiting, over ten replications of the compiled engine."""
    compiled = network.compile(loads(SCENARIO))
    seconds = (compiled.horizon - CUT * compiled.window) / 1e9
    means = []
    for replication in range(macros * N):
        record = run_once(compiled, seed=1, replication=replication, engine="compiled")
        area = record.services[CUT:, 0, SERVICE_WAITING_AREA].tolist()
        means.append(math.fsum(area) / 1e9 / seconds)
    hits = coverage(np.reshape(means, (macros, N)), LOAD * LOAD / (1.0 - LOAD), skew_adjusted)
    spread = 4.0 * math.sqrt(0.95 * 0.05 / macros)
    setting = f"M/M/1 by the compiled engine, load {LOAD:g}, {seconds:g} s, n = {N}"
    return Row("interval of the mean number waiting", setting, "95 %", hits, macros, 0.945 - spread, 0.945 + spread)
