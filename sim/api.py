"""The verbs of the toolkit, for notebooks and scripts.

    scenario = sim.load("checkout.yaml")      result = sim.run(scenario)      comparison = sim.compare(before, after)

Each takes what the one before gives; ``run`` and ``compare`` also take paths of scenario files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.comparison import Comparison, ComparisonError
from sim.engine import run_once as run_network
from sim.metrics.paths import metric_units
from sim.network import compile as compile_network
from sim.replications import check_objectives, run_replications
from sim.result import Result
from sim.scenario.loader import load_with_warnings
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from sim.engine import EngineName
    from sim.record.record import Record


def load(path: str | os.PathLike[str], overrides: Iterable[str] = ()) -> Scenario:
    """Read a scenario file, change it by overrides such as ``services.payment.replicas=3``, and check it.

    Raises `ScenarioError` with all problems of the file, and ``OSError`` when the file cannot be read.
    """
    scenario, _ = load_with_warnings(path, overrides, metrics=metric_units())
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
) -> Result:
    """Run a scenario, or a scenario file, and return the result of its replications.

    The first run on a machine compiles the engine, which takes about a minute. ``replications`` and ``seed`` default to
    the scenario's own; ``progress(done, total)`` is called after each replication.
    """
    return run_replications(
        _scenario(scenario), replications=replications, seed=seed, engine=engine, jobs=jobs, progress=progress
    )


def run_once(
    scenario: Scenario, *, seed: int = 1, replication: int = 0, engine: EngineName = "auto", log_facts: int = 0
) -> Record:
    """Run one replication and return its record; ``log_facts`` keeps that many rows of the event log."""
    return run_network(
        compile_network(scenario), seed=seed, replication=replication, engine=engine, log_facts=log_facts
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
) -> Comparison:
    """Compare two results, or run two scenarios under the same random numbers and compare them.

    Where a side still has to be run, ``replications`` and ``seed`` default to those of the side that was run before, or
    to those of ``a``. ``flow`` is the flow that the headline is about; default: the one that is wired differently.
    """
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


def _scenario(given: Scenario | str | os.PathLike[str]) -> Scenario:
    return given if isinstance(given, Scenario) else load(given)
