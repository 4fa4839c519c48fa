"""The simulator itself, judged by its own intervals: draws, engine, record, metrics and statistics in one.

    each system of `systems` as a scenario, twenty copies side by side -> compiled engine, replication after replication
    -> `Result.estimate` of a copy's `latency.mean`, `.p50`, `.p95`, `.p99` over twenty replications -> does it hold the truth?

The copies differ in their names only, and so in their random numbers: one run gives twenty independent values. That makes a
macro-replication cheaper, and it is why as many systems as flows fit into one scenario.

No more customers come in the last window, so that all are answered. What is open when a run ends bounds a quantile both ways,
so that its interval is right more often than 95 %: rows of runs that are cut off under way need only be right often enough.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import network
from sim.engine import run_once
from sim.results.result import Result
from sim.scenario.scenario import Scenario
from tests.stats.coverage.latency import N, Trial, rows, steady_state
from tests.stats.coverage.systems import DELAY_MAX, FAILS, MEASURES, QUANTILES, SYSTEMS, WORKERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stats.coverage.systems import System
    from tests.stats.coverage.trials import Row

    Data = dict[str, Any]

LOAD = 0.5
CUSTOMERS = 1500
"""Measured in a run, on average; a tenth as many come before them. Enough for a p99 of all runs together."""
COPIES = 20
SEED = 1
WORK: Data = {"work": {"kind": "exponential", "mean": "1s"}}
FLOW = "client-{}"
SETTING = f"by the compiled engine, load {LOAD:g}, about {CUSTOMERS} customers after {CUSTOMERS // 10}"


def _single(copy: int) -> tuple[Data, str, float, Data]:
    return {f"desk-{copy}": _service(WORK)}, f"desk-{copy}.serve", LOAD, {}


def _pool(copy: int) -> tuple[Data, str, float, Data]:
    return {f"desk-{copy}": {**_service(WORK), "workers": WORKERS}}, f"desk-{copy}.serve", LOAD * WORKERS, {}


def _row(copy: int) -> tuple[Data, str, float, Data]:
    stations = {f"{name}-{copy}": _service(WORK) for name in ("first", "second")}
    calls = [{"call": f"{name}.serve"} for name in stations]
    client = {f"client-{copy}": {**_service(*calls), "workers": 10_000}}
    return {**client, **stations}, f"client-{copy}.serve", LOAD, {}


def _orbit(copy: int) -> tuple[Data, str, float, Data]:
    bound = f"{DELAY_MAX:g}s"
    retry = {"kind": "full_jitter", "attempts_max": 100, "base": bound, "cap": bound}
    return {f"desk-{copy}": _service(WORK, {"fail": FAILS})}, f"desk-{copy}.serve", LOAD * (1.0 - FAILS), {"retry": retry}


BUILDERS = dict(zip((system.name for system in SYSTEMS), (_single, _pool, _row, _orbit), strict=True))


def _service(*steps: Data) -> Data:
    return {"operations": {"serve": list(steps)}}


def scenario(system: System, copies: int = COPIES, customers: int = CUSTOMERS, *, cut: bool = False) -> Scenario:
    """The system as a scenario: each copy a flow with services of its own; ``cut``: it ends while customers come."""
    built = [BUILDERS[system.name](copy) for copy in range(copies)]
    rate = built[0][2]
    window = max(1, round(customers / rate / 10))
    arrivals = {"kind": "step", "steps": [{"at": "0s", "rate": f"{rate:g}/s"}, {"at": f"{11 * window}s", "rate": "0/s"}]}
    return Scenario.model_validate(
        {
            "name": "coverage",
            "architecture": "synchronous",
            "services": {name: service for services, *_ in built for name, service in services.items()},
            "workload": {
                FLOW.format(copy): {"operation": operation, "arrivals": arrivals, **more}
                for copy, (_, operation, _, more) in enumerate(built)
            },
            "run": {"horizon": f"{(11 if cut else 12) * window}s", "warmup": f"{window}s", "window": f"{window}s"},
        }
    )


def trial(system: System, macros: int, copies: int = COPIES, *, cut: bool = False) -> Trial:
    """Figures of N replications for each macro-replication; of such runs only the mean is known."""
    declared = scenario(system, copies, cut=cut)
    compiled = network.compile(declared)
    batches = -(-macros // copies)
    found = np.empty((batches, copies, len(MEASURES), 3))
    means = 0.0
    for batch in range(batches):
        records = [run_once(compiled, seed=SEED, replication=batch * N + place, engine="compiled") for place in range(N)]
        result = Result(declared, tuple(records), SEED, "compiled")
        for copy in range(copies):
            figures = [result.estimate(f"{FLOW.format(copy)}.latency.{measure}") for measure in MEASURES]
            found[batch, copy] = [(one.low, one.mean, one.high) for one in figures]
            means += figures[0].mean
    such = np.array([means / (batches * copies), *(np.nan for _ in QUANTILES)])
    return Trial({N: found.reshape(-1, len(MEASURES), 3)[:macros]}, such)


def engine_rows(system: System, macros: int) -> Iterator[Row]:
    """Coverage of the intervals of mean and quantiles of latency over N replications of the compiled engine."""
    found = trial(system, macros)
    yield from rows(system.name, SETTING, found, steady_state(system, LOAD), n=N, long_enough=True)


def cut_rows(system: System, macros: int) -> Iterator[Row]:
    """The same of quantiles where runs are cut off under way: right at least as often."""
    found = trial(system, macros, cut=True)
    steady = steady_state(system, LOAD)
    for row in rows(system.name, f"{SETTING}, cut off", found, steady, n=N, long_enough=True, measures=MEASURES[1:]):
        yield replace(row, nominal=">= 95 %", high=1.0)
