"""Run a sweep, go on with one, put the parts of one together.

    plan --> already filed? --yes--> read        no --> run --> file        all --> Sweep

The folder is the same to the byte however often the sweep was stopped, on how many threads and machines it ran.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sim.engine import ENGINES, EngineName, run_once
from sim.metrics.paths import resolve
from sim.network import compile as compile_network
from sim.scenario.loader import load
from sim.scenario.scenario import Scenario
from sim.sweep.claim import claim_run, claimed, clean_claims, release_run
from sim.sweep.errors import SweepError
from sim.sweep.plan import Plan, Task, plan, plan_of
from sim.sweep.result import Sweep
from sim.sweep.store import Store
from sim.sweep.summary import Summary, summarise
from sim.sweep.threads import run_on_threads

if TYPE_CHECKING:
    from sim.metrics.base import Metric, Subject
    from sim.network import Network
    from sim.sweep.files import Files

POINTS_KEPT = 64
"""Compiled points kept at a time."""
PATIENCE = 0.2
"""Seconds between looks for a run that another sweep has claimed."""

Given = Scenario | str | os.PathLike[str]
Runner = Callable[[Task, int], Summary]
"""(task, seed) -> what is kept of the run."""


class EngineRunner:
    """Runs tasks by an engine; compiles each point once."""

    def __init__(self, engine: EngineName = "auto") -> None:
        self.engine: EngineName = engine
        self._points: OrderedDict[int, tuple[Network, list[tuple[Metric, Subject]]]] = OrderedDict()
        self._compiling = threading.Lock()

    def __call__(self, task: Task, seed: int) -> Summary:
        """Run one task."""
        with self._compiling:
            point = task.point
            compiled = self._points.pop(point.number, None)
            if compiled is None:
                found = [resolve(path, point.scenario) for path in point.paths]
                compiled = compile_network(point.scenario), found
            self._points[point.number] = compiled
            while len(self._points) > POINTS_KEPT:
                self._points.popitem(last=False)
        network, found = compiled
        record = run_once(network, seed=seed, replication=task.replication, engine=self.engine)
        return summarise(record, found)


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
            self.failures[task.key] = f"{type(outcome).__name__}: {outcome}"
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
    sample: str = "",
    runs: int | None = None,
    seed: int | None = None,
    metrics: Sequence[str] = (),
    folder: str | os.PathLike[str] | None = None,
    shard: str = "",
    share: bool = False,
    jobs: int | None = None,
    engine: EngineName = "auto",
    progress: Callable[[int, int], None] | None = None,
    runner: Runner | None = None,
    files: Files | None = None,
) -> Sweep:
    """Run a scenario, or several variants of one, at many points, all under the same random numbers.

    Args:
        scenario: what to run: a scenario or its file, or several of them, which are compared point by point.
        over: axes: ``services.orders.replicas=2,4,8``, ``faults.slow.factor=1..20:log:8``; points are their grid.
        sample: ``lhs:50`` or ``sobol:64``: so many points spread over the ranges instead of the grid.
        runs: replications of each point; default: the (first) scenario's.
        seed: what the random numbers follow from; default: the (first) scenario's.
        metrics: paths of metrics to keep besides the standard ones, such as ``checkout.latency.p99.9``.
        folder: where results are filed, and found by the next sweep; None keeps them in memory only.
        shard: ``2/4`` runs the second of four parts; put them together by `merge_sweeps`.
        share: let other sweeps with ``share`` work in the same folder at the same time.
        jobs: how many runs at a time; default: as many as there are processors.
        engine: ``auto`` (the compiled one), ``compiled`` or ``simpy``.
        progress: called in the calling thread as ``progress(done, total)``, first with what was found.
        runner: runs a task in the place of the engine.
        files: the disk.

    Raises:
        SweepError: an axis, a sample or a shard cannot be read, the folder is in use, or the disk refuses.
        ScenarioError: a point is no valid scenario. UnknownMetricError: a metric does not exist.
    """
    if engine not in ENGINES:
        raise SweepError(f"unknown engine {engine!r}; choose one of: {', '.join(ENGINES)}")
    if jobs is not None and jobs < 1:
        raise SweepError(f"{jobs} jobs would never finish; ask for at least 1")
    made = plan(_named(scenario), over, sample=sample, runs=runs, seed=seed, metrics=metrics)
    tasks = tuple({task.key: task for task in made.part(shard)}.values())
    run = EngineRunner(engine) if runner is None else runner
    threads = 1 if engine == "simpy" and runner is None else jobs
    state = _Progress(len(tasks), progress)
    if folder is None:
        state.say()
        run_on_threads(tasks, lambda task: run(task, made.seed), state.done, jobs=threads)
        return Sweep(made, state.found, failures=state.failures, ran=len(state.found))
    store = Store(Path(folder), files)
    store.prepare()
    with claimed(store, share=share):
        store.clean()
        clean_claims(store)
        store.save_plan(made.to_dict())
        ran = _work(store, made, tasks, run, state, share=share, jobs=threads)
    return Sweep(made, state.found, failures=state.failures, ran=ran, damaged=tuple(store.damaged), folder=store.folder)


def load_sweep(folder: str | os.PathLike[str], *, files: Files | None = None) -> Sweep:
    """Read the sweep of a folder, as far as it has been run. Raises `SweepError`."""
    store = Store(Path(folder), files)
    made = _stored_plan(store)
    return Sweep(made, _filed(store, made.tasks), damaged=tuple(store.damaged), folder=store.folder)


def merge_sweeps(
    folders: Sequence[str | os.PathLike[str]], into: str | os.PathLike[str], *, files: Files | None = None
) -> Sweep:
    """Put the parts of one sweep together in a folder, which is then the same as if one machine had run it all.

    Raises `SweepError` when the folders are not parts of the same sweep.
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
    with claimed(target):
        target.clean()
        clean_claims(target)
        target.save_plan(plans[0])
        filed = _filed(target, made.tasks)
        for source in sources:
            found.update(_filed(source, [task for task in made.tasks if task.key not in found]))
        for task in made.tasks:
            if task.key in found and task.key not in filed:
                target.save(task, found[task.key])
                filed[task.key] = found[task.key]
    damaged = [name for source in (target, *sources) for name in source.damaged]
    return Sweep(made, filed, damaged=tuple(dict.fromkeys(damaged)), folder=target.folder)


def _work(
    store: Store, made: Plan, tasks: Sequence[Task], run: Runner, state: _Progress, *, share: bool, jobs: int | None
) -> int:
    """Read what is filed, run and file the rest; returns how many were run."""
    state.found.update(_filed(store, tasks))
    state.say()
    left = [task for task in tasks if task.key not in state.found]
    ran: list[str] = []

    def work(task: Task) -> Summary:
        summary = run(task, made.seed)
        store.save(task, summary)
        ran.append(task.key)
        return summary

    def work_shared(task: Task) -> Summary:
        while not claim_run(store, task.key):
            time.sleep(PATIENCE)
        try:
            return store.load(task) or work(task)
        finally:
            release_run(store, task.key)

    if not share:
        run_on_threads(left, work, state.done, jobs=jobs)
        return len(ran)
    start = store.files.pid % len(left) if left else 0  # sharing sweeps begin at different places
    run_on_threads([*left[start:], *left[:start]], work_shared, state.done, jobs=jobs)
    return len(ran)


def _filed(store: Store, tasks: Sequence[Task]) -> dict[str, Summary]:
    """What the folder has of the tasks, by their keys."""
    keys = store.keys()
    loaded = ((task.key, store.load(task)) for task in tasks if task.key in keys)
    return {key: summary for key, summary in loaded if summary is not None}


def _stored_plan(store: Store) -> Plan:
    data = store.load_plan()
    try:
        return plan_of(data)
    except SweepError as error:
        raise SweepError(f"{store.folder}: {error}") from None


def _unlike(one: Mapping[str, object], other: Mapping[str, object]) -> str:
    return ", ".join(key for key in one if one[key] != other.get(key)) + " differ"


def _named(given: Given | Sequence[Given]) -> dict[str, Scenario]:
    """The scenarios by their names; a name that comes again gets a number."""
    several = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    named: dict[str, Scenario] = {}
    for one in several:
        scenario = one if isinstance(one, Scenario) else load(one)
        name, number = scenario.name, 2
        while name in named:
            name, number = f"{scenario.name}-{number}", number + 1
        named[name] = scenario
    if not named:
        raise SweepError("nothing to sweep; give at least one scenario")
    return named
