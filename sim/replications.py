"""Run a scenario several times over, each time with its own random numbers.

    scenario --compile--> network --engine, on threads--> records, replication 0 first --> Result

A replication depends on the seed and on its number alone: the records are the same for any number of threads. The
compiled engine lets go of Python's lock, so threads share one machine's cores; the SimPy engine runs one replication
at a time.
"""

from __future__ import annotations

import logging
import os
import threading
from itertools import takewhile
from typing import TYPE_CHECKING

from sim.engine import ENGINES, EngineName, prepare, run_once
from sim.foreseen import foreseen_problems, memory_problems, threads_that_fit
from sim.judgements.result import Result, figures_of
from sim.machine import refuse_more
from sim.metrics.paths import UnknownMetricError, measure, resolve
from sim.network import compile as compile_network
from sim.notebook_progress import progress_or_bar
from sim.scenario.checks import check
from sim.scenario.problems import Problem, ScenarioError
from sim.sweeps.threads import run_on_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sim.engine.joining import Joining
    from sim.network import Network
    from sim.record.record import Record
    from sim.scenario.scenario import Scenario

LOG = logging.getLogger("eventflow")
GRACE = 0.2
"""Seconds that replications are given to end after Ctrl-C."""


class InterruptedRunError(KeyboardInterrupt):
    """Ctrl-C within a run: like any, and it has what was finished.

    Attributes:
        records: of the first replications, as many as were finished without a gap.
        result: the same as a `Result`; None when there are none.
        sides: of a comparison that was run until it was precise: what each side has, of those that have something.
    """

    def __init__(self, records: tuple[Record, ...] = ()) -> None:
        super().__init__()
        self.records = records
        self.result: Result | None = None
        self.sides: tuple[Result, ...] = ()


def run_replications(
    scenario: Scenario,
    *,
    replications: int | None = None,
    seed: int | None = None,
    engine: EngineName = "auto",
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    first: int = 0,
    joining: Joining | None = None,
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
        joining: processes and handlers that take part in each replication; for the SimPy engine.
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
    if joining is not None and engine == "auto":
        engine = "simpy"  # the one that can be joined
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
    figures = _Figures(scenario if measured else None)
    try:
        records = _run(network, range(first, first + total), first_seed, engine, threads, progress, joining, figures)
    except InterruptedRunError as error:
        if error.records:
            kept = range(first, first + len(error.records))
            error.result = Result(scenario, error.records, first_seed, ran, figures.values(kept))
        raise
    return Result(scenario, records, first_seed, ran, figures.values(range(first, first + total)))


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
    records = _run_tasks(networks, tasks, number, engine, _threads(engine, len(tasks), None, scenarios))
    return [
        Result(scenario, tuple(records[side, replication] for replication in range(replications)), number, ran)
        for side, scenario in enumerate(scenarios)
    ]


def check_scenario(scenario: Scenario) -> None:
    """Raise `ScenarioError` with everything that would make a run meaningless: what a file is checked for when it is read.

    Scenarios that were built or changed in Python come here unchecked.
    """
    problems = [problem for problem in check(scenario) if problem.severity == "error"]
    problems += objective_problems(scenario)
    if not problems:
        problems += foreseen_problems(scenario)
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
    wanted: range,
    seed: int,
    engine: EngineName,
    threads: int,
    progress: Callable[[int, int], None] | None,
    joining: Joining | None,
    figures: _Figures,
) -> tuple[Record, ...]:
    """Run the replications wanted; when one fails, or on Ctrl-C, the others are left.

    Raises `InterruptedRunError` on Ctrl-C when replications are finished, with their records.
    """
    records: dict[tuple[int, int], Record] = {}

    def told() -> None:
        if progress is not None:
            progress(len(records), len(wanted))

    try:
        _run_tasks([network], [(0, number) for number in wanted], seed, engine, threads, joining, records, told, figures.note)
    except KeyboardInterrupt:
        kept = takewhile(records.__contains__, ((0, number) for number in wanted))
        raise InterruptedRunError(tuple(records[task] for task in kept)) from None
    return tuple(records[0, number] for number in wanted)


def _run_tasks(
    networks: Sequence[Network],
    tasks: Sequence[tuple[int, int]],
    seed: int,
    engine: EngineName,
    threads: int,
    joining: Joining | None = None,
    records: dict[tuple[int, int], Record] | None = None,
    told: Callable[[], None] | None = None,
    note: Callable[[int, Record], None] | None = None,
) -> dict[tuple[int, int], Record]:
    """Run replications, each a (number of its network, its own number); returns their records, which also fill ``records``.

    ``told`` is called after each one; ``note``, with its number and its record, in the thread that ran it.
    """
    found = {} if records is None else records
    left = threading.Event()

    def watch(_events: int) -> None:
        if left.is_set():
            raise InterruptedRunError
        refuse_more(0, "a replication")

    def work(taken: Sequence[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], Record]]:
        for side, number in taken:
            network = networks[side]
            record = run_once(network, seed=seed, replication=number, engine=engine, joining=joining, watch=watch)
            if note is not None:
                note(number, record)
            yield (side, number), record

    def done(task: tuple[int, int], record: Record) -> None:
        found[task] = record
        if told is not None:
            told()

    run_on_threads(tasks, work, done, threads=threads, leave=left.set, grace=GRACE)
    return found


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
