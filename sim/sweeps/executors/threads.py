"""Runs on threads of this process: the default. The compiled engine lets go of Python's lock, so they use all cores.

    thread 1   run | file | run        | file ...      jobs = 1: one thread, one after another; else, where runs are filed,
    thread 2       run       | file | run ...          one thread more than runs at a time, so that no core waits for the disk
    thread 3                 run         | file ...
"""

from __future__ import annotations

import os
import queue
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
        jobs = 1 if alone else job.jobs or os.cpu_count() or 1
        self.lanes = jobs + 1 if job.filed and jobs > 1 else jobs
        self.chunk = 1
        self._places: queue.SimpleQueue[None] = queue.SimpleQueue()  # a semaphore that costs nothing while a place is free
        for _ in range(jobs):
            self._places.put(None)

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Summary | Exception]]:
        """Run tasks one after another."""
        for task in tasks:
            yield task, self._outcome(task)

    def close(self) -> None:
        """End the runs that are being worked on."""
        if isinstance(self.runner, EngineRunner):
            self.runner.leave()

    def _outcome(self, task: Task) -> Summary | Exception:
        self._places.get()
        try:
            return self.runner(task, self.seed)
        except SweepError:
            raise
        except Exception as error:  # noqa: BLE001 - it is the outcome of this run
            return error
        finally:
            self._places.put(None)


def start(job: Job) -> Threads:
    """Return the executor. Raises `SweepError` for limits that a thread cannot be kept to."""
    if job.limits.need_processes:
        raise SweepError("a thread cannot be stopped: for --max-wall and --max-memory add --executor processes")
    return Threads(job)
