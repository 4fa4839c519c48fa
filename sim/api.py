"""The verbs of the toolkit, for notebooks and scripts.

    scenario = sim.load("checkout.yaml")      result = sim.run(scenario)      comparison = sim.compare(before, after)

Each takes what the one before gives; ``run`` and ``compare`` also take paths of scenario files.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sim.checking import check_objectives
from sim.engine import run_once as run_network
from sim.engine.extensions import Extensions
from sim.errors import ComparisonError
from sim.foreseen import foreseen_problems
from sim.judgements.precision import PrecisionError, compare_precise, run_precise
from sim.metrics.paths import metric_units
from sim.network import compile as compile_network
from sim.replications import run_replications
from sim.results.comparison import Comparison
from sim.results.matrix import Matrix, matrix_of
from sim.results.matrix_rows import rows_of, several_of
from sim.results.result import Result
from sim.scenario.loader import load_with_warnings
from sim.scenario.scenario import Scenario
from sim.shipped import path_of, variants
from sim.stats.sequential import N_MAX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sim.engine import EngineName
    from sim.engine.extensions import ExtensionHandler, ExtensionProcess
    from sim.judgements.precision import PrecisionLike
    from sim.record.record import Record


def load(path: str | os.PathLike[str], overrides: Iterable[str] = ()) -> Scenario:
    """Read a scenario file, change it by overrides such as ``services.payment.replicas=3``, and check it.

    ``path`` may also be the name of a scenario that comes with the toolkit, ``"online-boutique/sync"``, wherever one stands.

    Raises `ScenarioError` with all problems of the file, and ``OSError`` when the file cannot be read.
    """
    scenario, _ = load_with_warnings(path_of(path), overrides, metrics=metric_units(), also=foreseen_problems)
    check_objectives(scenario)
    return scenario


def run(
    scenario: Scenario | str | os.PathLike[str],
    *,
    replications: int | None = None,
    seed: int | None = None,
    engine: EngineName = "auto",
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    precision: PrecisionLike | None = None,
    runs_max: int | None = None,
    processes: Sequence[ExtensionProcess] = (),
    handlers: Mapping[str, ExtensionHandler] | None = None,
) -> Result:
    """Run a scenario, or a scenario file, and return the result of its replications.

    The first run on a machine makes the engine's machine code, which takes a second or two. ``replications`` and ``seed``
    default to the scenario's own; ``progress(done, total)`` is called after each replication.

    ``precision`` runs as many replications as it takes instead: ``"5%"`` (of the mean, for the metrics of the objectives, or
    else goodput and each flow's p99), ``"checkout.latency.p99:5%"`` or ``{path: 0.05}``; at least 50, at most ``runs_max``
    (1000). `Result.precision` says whether it was reached. Raises `PrecisionError` when it cannot be read.

    ``processes`` and ``handlers`` are generator functions of your own that extend each replication, with ``engine="simpy"``:
    custom load, saboteurs, custom services; `sim.engine.extensions` shows how to write them. Raises `UnsupportedError`.
    """
    extensions = _extensions(processes, handlers)
    if precision is None:
        _check_no_cap(runs_max)
        return run_replications(
            _scenario(scenario),
            replications=replications,
            seed=seed,
            engine=engine,
            jobs=jobs,
            progress=progress,
            extensions=extensions,
        )
    _check_no_number(replications)
    if extensions is not None:
        raise PrecisionError("processes and handlers of your own extend a number of replications; leave precision out")
    cap = N_MAX if runs_max is None else runs_max
    return run_precise(
        _scenario(scenario), precision, runs_max=cap, seed=seed, engine=engine, jobs=jobs, progress=progress
    )


def run_once(
    scenario: Scenario,
    *,
    seed: int = 1,
    replication: int = 0,
    engine: EngineName = "auto",
    log_facts: int = 0,
    processes: Sequence[ExtensionProcess] = (),
    handlers: Mapping[str, ExtensionHandler] | None = None,
) -> Record:
    """Run one replication and return its record; ``log_facts`` keeps that many rows of the event log.

    ``processes`` and ``handlers`` are generator functions of your own that extend the run, with ``engine="simpy"``; see
    `sim.engine.extensions`.
    """
    return run_network(
        compile_network(scenario),
        seed=seed,
        replication=replication,
        engine=engine,
        log_facts=log_facts,
        extensions=_extensions(processes, handlers),
    )


def compare(
    a: Result | Scenario | str | os.PathLike[str],
    b: Result | Scenario | str | os.PathLike[str],
    *,
    replications: int | None = None,
    seed: int | None = None,
    engine: EngineName = "auto",
    jobs: int | None = None,
    flow: str = "",
    progress: Callable[[int, int], None] | None = None,
    precision: PrecisionLike | None = None,
    runs_max: int | None = None,
) -> Comparison:
    """Compare two results, or run two scenarios under the same random numbers and compare them.

    Where a side still has to be run, ``replications`` and ``seed`` default to those of the side that was run before, or
    to those of ``a``. ``flow`` is the flow that the headline is about; default: the one that is wired differently.
    ``precision`` runs two scenarios until their differences are known to that share of a's mean; otherwise as in `run`.
    """
    if precision is not None:
        _check_no_number(replications)
        if isinstance(a, Result) or isinstance(b, Result):
            raise PrecisionError("a result has its replications; for a precision, give two scenarios")
        cap = N_MAX if runs_max is None else runs_max
        pair = _scenario(a), _scenario(b)
        return compare_precise(
            *pair, precision, runs_max=cap, seed=seed, engine=engine, jobs=jobs, flow=flow, progress=progress
        )
    _check_no_cap(runs_max)
    first, second = (one if isinstance(one, Result) else _scenario(one) for one in (a, b))
    done = [one for one in (first, second) if isinstance(one, Result)]
    if done and {one.replications for one in done} | {replications or done[0].replications} != {done[0].replications}:
        message = f"a result of {done[0].replications} replications is given, {replications or 'others'} are asked for"
        raise ComparisonError(message)
    if done:
        runs, number = done[0].replications, done[0].seed
    else:
        settings = first.run if isinstance(first, Scenario) else second.run  # type: ignore[union-attr]
        runs, number = replications or settings.replications, settings.seed
    number = number if seed is None else seed
    results = [
        one
        if isinstance(one, Result)
        else run_replications(one, replications=runs, seed=number, engine=engine, jobs=jobs, progress=progress)
        for one in (first, second)
    ]
    return Comparison(results[0], results[1], flow=flow)


def fault_matrix(
    folder: str | os.PathLike[str] | Sequence[Scenario | str | os.PathLike[str]],
    *,
    replications: int | None = None,
    seed: int | None = None,
    engine: EngineName = "auto",
    jobs: int | None = None,
    flow: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Matrix:
    """Run several architectures without a fault and under each of their faults alone, with the same random numbers.

    ``folder`` has two to six scenarios that share a base with the faults, ``"scenarios/order-flow"``; or give them.
    ``replications`` and ``seed`` default to those of the first. Raises `ComparisonError` for anything else.
    """
    given: Sequence[Scenario | str | os.PathLike[str]]
    given = variants(folder) if isinstance(folder, str | os.PathLike) else folder
    rows = rows_of(*(_scenario(one) for one in several_of(given, folder)))
    every = [scenario for row in rows.values() for scenario in row]
    runs = every[0].run.replications if replications is None else replications
    number = every[0].run.seed if seed is None else seed
    results = []
    for done, scenario in enumerate(every):
        results.append(run_replications(scenario, replications=runs, seed=number, engine=engine, jobs=jobs, progress=_silent))
        if progress is not None:
            progress((done + 1) * runs, len(every) * runs)
    return matrix_of(tuple(rows), results, flow)


def _silent(_done: int, _total: int) -> None:
    """Show no bar for each cell."""


def _extensions(processes: Sequence[ExtensionProcess], handlers: Mapping[str, ExtensionHandler] | None) -> Extensions | None:
    return Extensions(tuple(processes), dict(handlers or {})) if processes or handlers else None


def _check_no_number(replications: int | None) -> None:
    if replications is not None:
        raise PrecisionError("give one of the two: a precision, which says how many replications are run, or their number")


def _check_no_cap(runs_max: int | None) -> None:
    if runs_max is not None:
        raise PrecisionError("runs_max is the most that a precision may take; give a precision, or the number of replications")


def _scenario(given: Scenario | str | os.PathLike[str]) -> Scenario:
    return given if isinstance(given, Scenario) else load(given)
