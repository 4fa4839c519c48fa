"""Run a scenario several times over, each time with its own random numbers.

    scenario --compile--> network --engine, on threads--> records, replication 0 first --> Result

A replication depends on the seed and on its number alone: the records are the same for any number of threads. The
compiled engine lets go of Python's lock, so threads share one machine's cores; the SimPy engine runs one replication
at a time.
"""

from __future__ import annotations

import logging
import os
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING

from sim.engine import ENGINES, EngineName, prepare, run_once
from sim.metrics.paths import UnknownMetricError, resolve
from sim.network import compile as compile_network
from sim.result import Result
from sim.scenario.checks import check
from sim.scenario.problems import Problem, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.network import Network
    from sim.record.record import Record
    from sim.scenario.scenario import Scenario

LOG = logging.getLogger("eventflow")


def run_replications(
    scenario: Scenario,
    *,
    replications: int | None = None,
    seed: int | None = None,
    engine: EngineName = "auto",
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Run the replications of a scenario and return their records as a `Result`.

    Args:
        scenario: what to run.
        replications: how many; default: the scenario's ``run.replications``.
        seed: what the random numbers follow from; default: the scenario's ``run.seed``.
        engine: ``auto`` (the compiled one), ``compiled`` or ``simpy``.
        jobs: how many replications run at a time; default: as many as there are processors.
        progress: called as ``progress(done, total)`` from the calling thread after each replication.

    Raises:
        ScenarioError: an objective names a metric that the scenario does not have.
        UnsupportedError, RunawayError, LedgerError: see `sim.errors`.
    """
    total = scenario.run.replications if replications is None else replications
    first_seed = scenario.run.seed if seed is None else seed
    if total < 1:
        message = f"{total} replications are nothing to run; ask for at least 1"
        raise ValueError(message)
    if engine not in ENGINES:
        message = f"unknown engine {engine!r}; choose one of: {', '.join(ENGINES)}"
        raise ValueError(message)
    if jobs is not None and jobs < 1:
        message = f"{jobs} jobs would never finish; ask for at least 1"
        raise ValueError(message)
    check_scenario(scenario)
    network = compile_network(scenario)
    if engine != "simpy":
        prepare(LOG.warning)
    threads = 1 if engine == "simpy" else min(total, jobs or os.cpu_count() or 1)
    records = _run(network, total, first_seed, engine, threads, progress)
    ran = "compiled" if engine == "auto" else engine
    return Result(scenario=scenario, records=records, seed=first_seed, engine=ran)


def check_scenario(scenario: Scenario) -> None:
    """Raise `ScenarioError` with everything that would make a run meaningless: what a file is checked for when it is read.

    Scenarios that were built or changed in Python come here unchecked.
    """
    problems = [problem for problem in check(scenario) if problem.severity == "error"]
    problems += objective_problems(scenario)
    if problems:
        raise ScenarioError(problems)


def check_objectives(scenario: Scenario) -> None:
    """Raise `ScenarioError` when an objective names a metric, or a subject of it, that does not exist."""
    problems = objective_problems(scenario)
    if problems:
        raise ScenarioError(problems)


def objective_problems(scenario: Scenario) -> list[Problem]:
    """Return what is wrong with the metrics that the objectives name; [] when nothing is."""
    problems = []
    for position, objective in enumerate(scenario.objectives):
        path = f"{objective.subject}.{objective.metric}" if objective.subject else objective.metric
        try:
            resolve(path, scenario)
        except UnknownMetricError as error:
            loc = ("objectives", position)
            problems.append(Problem(field=f"objectives[{position}]", message=str(error), loc=loc))
    return problems


def _run(
    network: Network,
    total: int,
    seed: int,
    engine: EngineName,
    threads: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[Record, ...]:
    """Run replications 0 to ``total - 1``; when one fails, or on Ctrl-C, those not begun are dropped."""
    records: list[Record | None] = [None] * total
    with ThreadPoolExecutor(max_workers=threads, thread_name_prefix="replication") as pool:
        numbers: dict[Future[Record], int] = {
            pool.submit(run_once, network, seed=seed, replication=number, engine=engine): number
            for number in range(total)
        }
        try:
            for done, future in enumerate(as_completed(numbers), start=1):
                records[numbers[future]] = future.result()
                if progress is not None:
                    progress(done, total)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return tuple(record for record in records if record is not None)
