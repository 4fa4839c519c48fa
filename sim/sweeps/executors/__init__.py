"""Where the runs of a sweep are worked on: one file for each executor, found by its name.

    threads                 sim/sweeps/executors/threads.py      start(job) -> Executor
    processes               sim/sweeps/executors/processes.py
    dask://host:port        sim/sweeps/executors/dask.py         job.address is 'host:port'
    ray://host:port         sim/sweeps/executors/ray.py

An executor is given chunks of runs, from several threads at a time, and gives their outcomes; it files nothing and decides
nothing. So results are the same bytes wherever they come from. To add one, add a file; no list is edited.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sim.scenario.problems import did_you_mean
from sim.sweeps.errors import SweepError
from sim.sweeps.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.engine import EngineName
    from sim.sweeps.plan import Task
    from sim.sweeps.runner import Runner
    from sim.sweeps.summary import Summary

NO_LIMITS = Limits()
_NAME = re.compile(r"([a-z_]+)(?:(://)([A-Za-z0-9_.:\[\]-]*))?")


@dataclass(frozen=True)
class Job:
    """What is to be run, and how.

    Attributes:
        seed: of all runs.
        total: how many runs there are.
        engine: that runs them.
        runner: runs a task in the place of the engine.
        limits: of each run.
        jobs: how many runs at a time; None: as many as there are processors.
        address: of the cluster; '' for none.
    """

    seed: int
    total: int
    engine: EngineName = "auto"
    runner: Runner | None = None
    limits: Limits = NO_LIMITS
    jobs: int | None = None
    address: str = ""


class Executor(Protocol):
    """Runs chunks of tasks.

    Attributes:
        threads: how many chunks it wants at a time.
        chunk: how many runs at most in one; runs of a chunk are told one by one.
    """

    threads: int
    chunk: int

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Summary | Exception]]:
        """Run tasks and give the outcome of each, in any order; called by several threads at a time.

        Raises `SweepError` when no run can be worked on any more.
        """

    def close(self) -> None:
        """Let everything go; what is being worked on is given up."""


def names() -> tuple[str, ...]:
    """Return the names of all executors."""
    return tuple(sorted(info.name for info in pkgutil.iter_modules(__path__)))


def split(given: str) -> tuple[str, str]:
    """Return name and address of an executor as it is asked for. Raises `SweepError`."""
    match = _NAME.fullmatch(given)
    known = names()
    if match is None or match[1] not in known:
        name = given.partition(":")[0]
        raise SweepError(f"unknown executor '{given}'; {did_you_mean(name, known)}; clusters are written dask://host:port")
    clustered = bool(getattr(importlib.import_module(f"{__name__}.{match[1]}"), "CLUSTERED", False))
    if clustered != bool(match[2]):
        right = f"{match[1]}://host:port" if clustered else match[1]
        raise SweepError(f"executor '{given}': write {right}")
    return match[1], match[3] or ""


def start(given: str, job: Job) -> Executor:
    """Start an executor. Raises `SweepError` when there is no such one, or it cannot do what the job asks for."""
    name, address = split(given)
    module = importlib.import_module(f"{__name__}.{name}")
    known = {key: getattr(job, key) for key in job.__dataclass_fields__}
    executor: Executor = module.start(Job(**{**known, "address": address}))
    return executor


def size_of_chunk(total: int, threads: int, most: int) -> int:
    """How many runs to send at a time: few enough that all threads end together, many enough to be worth the way."""
    return max(1, min(most, total // (8 * threads)))
