"""The simulator itself, judged by its own intervals: draws, engine, record, metrics and statistics in one.

    each system of `systems` as a scenario, twenty copies side by side -> compiled engine, replication after replication
    -> `latency.mean` and `latency.p99` of a copy over twenty replications -> `estimate` -> does it contain the truth?

The copies differ in their names only, and so in their random numbers: one run gives twenty independent values. That makes a
macro-replication cheaper, and it is why as many systems as flows fit into one scenario.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim import network
from sim.engine import run_once
from sim.metrics.paths import measure, resolve
from sim.scenario.scenario import Scenario
from tests.stats.coverage.latency import MEASURES, rows, steady_state
from tests.stats.coverage.systems import DELAY_MAX, FAILS, SYSTEMS, WORKERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stats.coverage.queues import Floats
    from tests.stats.coverage.systems import System
    from tests.stats.coverage.trials import Row

    Data = dict[str, Any]

LOAD = 0.5
CUSTOMERS = 1500
"""Measured in a run, on average; a tenth as many come before them. Enough for a p99 of such runs, not of the steady state."""
COPIES = 20
N = 20
SEED = 1
WORK: Data = {"work": {"kind": "exponential", "mean": "1s"}}
FLOW = "client-{}"


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


def scenario(system: System, copies: int = COPIES, customers: int = CUSTOMERS) -> Scenario:
    """The system as a scenario: each copy a flow with services of its own."""
    built = [BUILDERS[system.name](copy) for copy in range(copies)]
    rate = built[0][2]
    window = max(1, round(customers / rate / 10))
    return Scenario.model_validate(
        {
            "name": "coverage",
            "architecture": "synchronous",
            "services": {name: service for services, *_ in built for name, service in services.items()},
            "workload": {
                FLOW.format(copy): {"operation": operation, "arrivals": {"kind": "poisson", "rate": f"{rate:g}/s"}, **more}
                for copy, (_, operation, _, more) in enumerate(built)
            },
            "run": {"horizon": f"{11 * window}s", "warmup": f"{window}s", "window": f"{window}s"},
        }
    )


def runs(system: System, macros: int, copies: int = COPIES) -> Floats:
    """Mean and p99 latency in seconds of N replications for each macro-replication; shape (macros * N, 2)."""
    declared = scenario(system, copies)
    compiled = network.compile(declared)
    wanted = [
        [resolve(f"{FLOW.format(copy)}.latency.{measured}", declared) for measured in MEASURES] for copy in range(copies)
    ]
    batches = -(-macros // copies)
    found = np.empty((batches, copies, N, len(MEASURES)))
    for batch in range(batches):
        for place in range(N):
            record = run_once(compiled, seed=SEED, replication=batch * N + place, engine="compiled")
            found[batch, :, place] = [[measure(record, *one) for one in row] for row in wanted]
    return found.reshape(-1, len(MEASURES))[: macros * N]


def engine_rows(system: System, macros: int) -> Iterator[Row]:
    """Coverage of the intervals of mean and p99 latency over N replications of the compiled engine."""
    setting = f"by the compiled engine, load {LOAD:g}, about {CUSTOMERS} customers after {CUSTOMERS // 10}"
    yield from rows(system.name, setting, runs(system, macros), steady_state(system, LOAD), n=N, long_enough=False)
