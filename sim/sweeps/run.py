"""Run a sweep, go on with one, put the parts of one together.

    plan --> stored already? --yes--> read        no --> run --> store        all --> Sweep

The folder is the same to the byte however often the sweep was stopped, on how many threads and machines it ran.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sim.engine import ENGINES, EngineName
from sim.notebook_progress import progress_or_bar
from sim.scenario.loader import load
from sim.scenario.problems import ScenarioError
from sim.scenario.scenario import Scenario
from sim.shipped import path_of
from sim.sweeps.errors import SweepError
from sim.sweeps.executors import Job, split, start
from sim.sweeps.limits import limits
from sim.sweeps.lock import clean_locks, locked
from sim.sweeps.plan import Plan, Task, listed, plan, plan_of
from sim.sweeps.replan import settle_plan
from sim.sweeps.result import Sweep
from sim.sweeps.result_writer import ResultWriter, reason_of
from sim.sweeps.store import PLAN, RUNS, Store
from sim.worker_threads import run_on_threads

if TYPE_CHECKING:
    from sim.files import Files
    from sim.sweeps.runner import Runner
    from sim.sweeps.summary import Summary

Given = Scenario | str | os.PathLike[str]

@dataclass
class _Progress:
    """What has become of the tasks so far."""

    total: int
    tell: Callable[[int, int], None] | None
    found: dict[str, Summary] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def done(self, task: Task, outcome: Summary | Exception) -> None:
        """Note the outcome of a task."""
        if isinstance(outcome, Exception):
            self.failures[task.key] = reason_of(outcome)
        else:
            self.found[task.key] = outcome
        self.say()

    def say(self) -> None:
        """Tell how many are done."""
        if self.tell is not None:
            self.tell(len(self.found) + len(self.failures), self.total)


def run_sweep(
    scenario: Given | Sequence[Given],
    over: Sequence[str] = (),
    *,
    zipped: bool = False,
    sample: str = "",
    runs: int | None = None,
    seed: int | None = None,
    metrics: Sequence[str] = (),
    folder: str | os.PathLike[str] | None = None,
    shard: str = "",
    share: bool = False,
    replan: bool = False,
    jobs: int | None = None,
    engine: EngineName = "auto",
    executor: str = "threads",
    max_events: int | None = None,
    max_wall: str | float | None = None,
    max_memory: str | int | None = None,
    progress: Callable[[int, int], None] | None = None,
    runner: Runner | None = None,
    files: Files | None = None,
) -> Sweep:
    """Run a scenario, or several variants of one, at many points, all under the same random numbers.

    Args:
        scenario: what to run: a scenario or its file, or several of them, which are compared point by point.
        over: axes: ``services.orders.replicas=2,4,8``, ``faults.slow.factor=1..20:log:8``; points are their grid.
        zipped: the axes go together, first values first, instead of every combination; they have equally many values.
        sample: ``lhs:50`` or ``sobol:64``: so many points spread over the ranges instead of the grid.
        runs: replications of each point; default: the (first) scenario's.
        seed: what the random numbers follow from; default: the (first) scenario's.
        metrics: paths of metrics to keep besides the standard ones, such as ``checkout.latency.p99.9``.
        folder: where results are stored, and found by the next sweep; None keeps them in memory only.
        shard: ``2/4`` runs the second of four parts; put them together by `merge_sweeps`.
        share: let other sweeps with ``share`` work in the same folder at the same time.
        replan: take the folder although it holds a sweep that this one does not contain; see `sim.sweeps.replan`.
        jobs: how many runs at a time; default: as many as there are processors.
        engine: ``auto`` (the compiled one), ``compiled`` or ``simpy``.
        executor: where runs are worked on: ``threads``, ``processes``, ``dask://host:port`` or ``ray://host:port``.
        max_events: how many events a run may have.
        max_wall: how long a run may take, as ``30s`` or in seconds; not with threads, which cannot be stopped.
        max_memory: how much memory a run may take, as ``1GiB`` or in bytes; not with threads.
        progress: called in the calling thread as ``progress(done, total)``, first with what was found.
        runner: runs a task in the place of the engine; a function of a module for all executors but threads.
        files: the disk.

    Raises:
        SweepError: an axis, a sample or a shard cannot be read, the folder is in use or another sweep's, or the disk refuses.
        ScenarioError: a point is no valid scenario. UnknownMetricError: a metric does not exist.
    """
    _check(engine, jobs)
    made = plan(_named(scenario), listed(over), zipped=zipped, sample=sample, runs=runs, seed=seed, metrics=listed(metrics))
    tasks = tuple({task.key: task for task in made.part(shard)}.values())
    split(executor)
    limited = limits(max_events, max_wall, max_memory)
    job = Job(made.seed, len(tasks), engine, runner, limited, jobs)
    state = _Progress(len(tasks), progress_or_bar(progress, "sweep"))
    if folder is None:
        state.say()
        _run(tasks, executor, job, state)
        return Sweep(made, state.found, failures=state.failures, ran=len(state.found))
    store = Store(Path(folder), files)
    store.prepare()
    with locked(store, share=share):
        clean_locks(store)
        store.clean()
        settle_plan(store, made, replan=replan)
        ran = _work(store, tasks, executor, job, state, share=share)
    return Sweep(made, state.found, failures=state.failures, ran=ran, damaged=tuple(store.damaged), folder=store.folder)


def plan_sweep(
    scenario: Given | Sequence[Given],
    over: Sequence[str] = (),
    *,
    zipped: bool = False,
    sample: str = "",
    runs: int | None = None,
    seed: int | None = None,
    metrics: Sequence[str] = (),
) -> Sweep:
    """Return the sweep that `run_sweep` would make of the same arguments, before any of its runs; raises as it does."""
    made = plan(_named(scenario), listed(over), zipped=zipped, sample=sample, runs=runs, seed=seed, metrics=listed(metrics))
    return Sweep(made, {})


def load_sweep(folder: str | os.PathLike[str], *, files: Files | None = None) -> Sweep:
    """Read the sweep of a folder, as far as it has been run. Raises `SweepError`."""
    store = Store(Path(folder), files)
    made = _stored_plan(store)
    found = _stored(store, made.tasks)
    failures = _failed([store], [task for task in made.tasks if task.key not in found])
    return Sweep(made, found, failures=failures, damaged=tuple(store.damaged), folder=store.folder)


def merge_sweeps(
    folders: Sequence[str | os.PathLike[str]], into: str | os.PathLike[str], *, files: Files | None = None
) -> Sweep:
    """Put the parts of one sweep together in a folder, which is then the same as if one machine had run it all.

    What is damaged is named with the folder that has it. Raises `SweepError` when the folders are not parts of the same sweep.
    """
    if not folders:
        raise SweepError("nothing to merge; name the folders of the shards")
    target = Store(Path(into), files)
    sources = [Store(Path(folder), files) for folder in folders]
    plans = [source.load_plan() for source in sources]
    for source, one in zip(sources, plans, strict=True):
        if one != plans[0]:
            both = f"{source.folder} and {sources[0].folder}"
            raise SweepError(f"{both} are not parts of the same sweep: {_unlike(one, plans[0])}")
    made = _stored_plan(sources[0])
    found: dict[str, Summary] = {}
    target.prepare()
    with locked(target):
        clean_locks(target)
        target.clean()
        settle_plan(target, made)
        stored = _stored(target, made.tasks)
        for source in sources:
            found.update(_stored(source, [task for task in made.tasks if task.key not in found]))
        missing = [task for task in made.tasks if task.key in found and task.key not in stored]
        with target.writing(len(missing)):
            for task in missing:
                target.save(task, found[task.key])
                stored[task.key] = found[task.key]
            open_ = [task for task in made.tasks if task.key not in stored]
            failures = _failed([target, *sources], open_)
            for task in open_:
                if task.key in failures:
                    target.save_failure(task, failures[task.key])
    damaged = [(one.folder / RUNS / name).as_posix() for one in (target, *sources) for name in one.damaged]
    return Sweep(made, stored, failures=failures, damaged=tuple(dict.fromkeys(damaged)), folder=target.folder)


def _run(tasks: Sequence[Task], executor: str, job: Job, state: _Progress, writer: ResultWriter | None = None) -> None:
    """Start the executor, work on all tasks, let it go."""
    if not tasks:
        return
    executing = start(executor, replace(job, total=len(tasks)))
    work = writer.shared(executing.run) if writer is not None and writer.share else executing.run
    keep = None if writer is None else writer.keep
    try:
        run_on_threads(
            tasks,
            work,
            state.done,
            threads=executing.threads,
            chunk=executing.chunk,
            keep=keep,
            group=_point,
            orderly=SweepError,
            leave=executing.close,
        )
    finally:
        executing.close()


def _point(task: Task) -> str:
    """What is compiled once for all replications of it."""
    return task.point.identity


def _work(store: Store, tasks: Sequence[Task], executor: str, job: Job, state: _Progress, *, share: bool) -> int:
    """Read what is stored, run and store the rest; returns how many were run."""
    state.found.update(_stored(store, tasks))
    state.say()
    left = [task for task in tasks if task.key not in state.found]
    first = store.files.pid % len(left) if left and share else 0  # sharing sweeps begin at different places
    writer = ResultWriter(store, share=share)
    with store.writing(len(left)):
        _run([*left[first:], *left[:first]], executor, job, state, writer)
    return writer.ran


def _stored(store: Store, tasks: Sequence[Task]) -> dict[str, Summary]:
    """What the folder has of the tasks, by their keys."""
    keys = store.keys()
    loaded = ((task.key, store.load(task)) for task in tasks if task.key in keys)
    return {key: summary for key, summary in loaded if summary is not None}


def _failed(stores: Sequence[Store], tasks: Sequence[Task]) -> dict[str, str]:
    """What folders have noted of tasks without a result, by their keys."""
    noted = ((task.key, store.failure(task)) for store in stores for task in tasks)
    return {key: reason for key, reason in noted if reason is not None}


def _stored_plan(store: Store) -> Plan:
    data = store.load_plan()
    try:
        return plan_of(data)
    except SweepError as error:
        raise SweepError(f"{store.folder}: {error}") from None
    except ScenarioError:
        raise
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise SweepError(f"{store.folder / PLAN} is not the plan of a sweep ({type(error).__name__}: {error})") from None


def _unlike(one: Mapping[str, object], other: Mapping[str, object]) -> str:
    return ", ".join(key for key in one if one[key] != other.get(key)) + " differ"


def _check(engine: str, jobs: int | None) -> None:
    if engine not in ENGINES:
        raise SweepError(f"unknown engine {engine!r}; choose one of: {', '.join(ENGINES)}")
    if jobs is not None and jobs < 1:
        raise SweepError(f"{jobs} jobs would never finish; ask for at least 1")


def _named(given: Given | Sequence[Given]) -> dict[str, Scenario]:
    """The scenarios by their names; a name that comes again gets a number."""
    several = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    named: dict[str, Scenario] = {}
    for one in several:
        scenario = one if isinstance(one, Scenario) else load(path_of(one))
        name, number = scenario.name, 2
        while name in named:
            name, number = f"{scenario.name}-{number}", number + 1
        named[name] = scenario
    if not named:
        raise SweepError("nothing to sweep; give at least one scenario")
    return named
