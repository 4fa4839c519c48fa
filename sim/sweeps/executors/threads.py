"""Runs on threads of this process: the default. The compiled engine lets go of Python's lock, so they use all cores.

    thread 1   run | run        | run ...      as many runs at a time as jobs; what is finished is stored beside them
    thread 2   run       | run    | run ...    by `sim.worker_threads`
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sim.sweeps.errors import SweepError
from sim.sweeps.runner import EngineRunner

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.sweeps.executors import Job
    from sim.sweeps.plan import Task
    from sim.sweeps.summary import Summary


class Threads:
    """Runs each task in the thread that asks for it; one task a chunk."""

    def __init__(self, job: Job) -> None:
        self.seed = job.seed
        self.runner = EngineRunner(job.engine, job.limits.events) if job.runner is None else job.runner
        alone = job.engine == "simpy" and job.runner is None
        self.threads = 1 if alone else job.jobs or os.cpu_count() or 1
        self.chunk = 1

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Summary | Exception]]:
        """Run tasks one after another."""
        for task in tasks:
            yield task, self._outcome(task)

    def close(self) -> None:
        """End the runs that are being worked on."""
        if isinstance(self.runner, EngineRunner):
            self.runner.leave()

    def _outcome(self, task: Task) -> Summary | Exception:
        try:
            return self.runner(task, self.seed)
        except SweepError:
            raise
        except Exception as error:  # noqa: BLE001 - it is the outcome of this run
            return error


def start(job: Job) -> Threads:
    """Return the executor. Raises `SweepError` for limits that a thread cannot be kept to."""
    if job.limits.need_processes:
        raise SweepError("a thread cannot be stopped: for --max-wall and --max-memory add --executor processes")
    return Threads(job)
