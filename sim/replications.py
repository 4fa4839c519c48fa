"""Run a scenario several times over, each time with its own random numbers: the way of a scenario in one line.

    scenario --check--> the same --compile--> network --run--> records, replication 0 first --> figures, Result
        `sim.checking`         `sim.network`       `sim.running`                      `sim.metrics`
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from sim.checking import check_scenario
from sim.engine import ENGINES, EngineName, prepare
from sim.foreseen import memory_problems, threads_that_fit
from sim.former_names import parameters
from sim.metrics.paths import measure, resolve
from sim.metrics.summary import figures_of
from sim.network import compile as compile_network
from sim.notebook_progress import progress_or_bar
from sim.results.result import Result
from sim.running import InterruptedRunError, run_records, run_tasks
from sim.scenario.problems import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.engine.extensions import Extensions
    from sim.record.record import Record
    from sim.scenario.scenario import Scenario

LOG = logging.getLogger("eventflow")


@parameters(joining="extensions")
def run_replications(
    scenario: Scenario,
    *,
    replications: int | None = None,
    seed: int | None = None,
    engine: EngineName = "auto",
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    first: int = 0,
    extensions: Extensions | None = None,
    measured: bool = False,
) -> Result:
    """Run the replications of a scenario and return their records as a `Result`.

    Args:
        scenario: what to run.
        replications: how many; default: the scenario's ``run.replications``.
        seed: what the random numbers follow from; default: the scenario's ``run.seed``.
        engine: ``auto`` (the compiled one), ``compiled`` or ``simpy``.
        jobs: how many replications run at a time; default: as many as there are processors.
        progress: called as ``progress(done, total)`` from the calling thread after each replication.
        first: number of the first replication: to go on with a run. A replication is the same however many there are.
        extensions: processes and handlers that take part in each replication; for the SimPy engine.
        measured: work out the figures of a report as replications end, so that they are at hand after Ctrl-C.

    Raises:
        ScenarioError: an objective names a metric that the scenario does not have.
        UnsupportedError, RunawayError, LedgerError: see `sim.errors`.
        InterruptedRunError: Ctrl-C; it has the `Result` of the replications that are finished.
    """
    total = scenario.run.replications if replications is None else replications
    first_seed = scenario.run.seed if seed is None else seed
    _check_counts(total, engine)
    if jobs is not None and jobs < 1:
        message = f"{jobs} jobs would never finish; ask for at least 1"
        raise ValueError(message)
    if extensions is not None and engine == "auto":
        engine = "simpy"  # the one that has extensions
    check_scenario(scenario)
    threads = _threads(engine, total, jobs, [scenario])
    problems = memory_problems(scenario, total, threads)
    if problems:
        raise ScenarioError(problems)
    network = compile_network(scenario)
    if engine != "simpy":
        prepare(LOG.warning)
    progress = progress_or_bar(progress, f"simulating {scenario.name}")
    ran = "compiled" if engine == "auto" else engine
    wanted, figures = range(first, first + total), _Figures(scenario if measured else None)
    try:
        records = run_records(network, wanted, first_seed, engine, threads, progress, extensions, figures.note)
    except InterruptedRunError as error:
        if error.records:
            error.result = Result(scenario, error.records, first_seed, ran, figures.values(wanted[: len(error.records)]))
        raise
    return Result(scenario, records, first_seed, ran, figures.values(wanted))


class _Figures:
    """The figures of a report, measured of each record in the thread that ran it; of no scenario: none."""

    def __init__(self, scenario: Scenario | None) -> None:
        self._found = {} if scenario is None else {path: resolve(path, scenario) for path in figures_of(scenario)}
        self._rows: dict[int, list[float]] = {}

    def note(self, number: int, record: Record) -> None:
        """Measure a record."""
        self._rows[number] = [measure(record, metric, subject) for metric, subject in self._found.values()]

    def values(self, numbers: range) -> dict[str, tuple[float, ...]]:
        """Every figure's value in these replications, by path."""
        return {path: tuple(self._rows[number][at] for number in numbers) for at, path in enumerate(self._found)}


def run_together(
    scenarios: Sequence[Scenario],
    *,
    replications: int,
    seed: int | None = None,
    engine: EngineName = "auto",
) -> list[Result]:
    """Run the replications of several scenarios at once, under the same random numbers; returns a `Result` for each.

    The results are those of `run_replications` one after another. Where replications are few, no processor waits for the
    last of one scenario before the next one begins. ``seed`` defaults to that of the first; no bar is shown. Raises what
    `run_replications` does; after Ctrl-C nothing is kept.
    """
    _check_counts(replications, engine)
    for scenario in scenarios:
        check_scenario(scenario)
    networks = [compile_network(scenario) for scenario in scenarios]
    if engine != "simpy":
        prepare(LOG.warning)
    number = scenarios[0].run.seed if seed is None else seed
    tasks = [(side, replication) for replication in range(replications) for side in range(len(networks))]
    ran = "compiled" if engine == "auto" else engine
    records = run_tasks(networks, tasks, number, engine, _threads(engine, len(tasks), None, scenarios))
    return [
        Result(scenario, tuple(records[side, replication] for replication in range(replications)), number, ran)
        for side, scenario in enumerate(scenarios)
    ]


def _check_counts(replications: int, engine: str) -> None:
    if replications < 1:
        message = f"{replications} replications are nothing to run; ask for at least 1"
        raise ValueError(message)
    if engine not in ENGINES:
        message = f"unknown engine {engine!r}; choose one of: {', '.join(ENGINES)}"
        raise ValueError(message)


def _threads(engine: EngineName, tasks: int, jobs: int | None, scenarios: Sequence[Scenario]) -> int:
    """How many threads run so many replications: of those that nobody asked for as many as fit into memory."""
    if engine == "simpy":  # it has one
        return 1
    return min(tasks, jobs) if jobs is not None else threads_that_fit(scenarios, min(tasks, os.cpu_count() or 1))
