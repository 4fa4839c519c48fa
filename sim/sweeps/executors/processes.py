"""Runs in processes of this machine, each under supervision: where a run may die, hang or take too much memory.

    chunk --pipe--> worker process --> outcomes        the worker runs on while its last outcome is stored

For extensions that may crash, for the SimPy engine on several cores, and wherever runs have limits.
"""

from __future__ import annotations

import os
import queue
from typing import TYPE_CHECKING

from sim.sweeps.executors import size_of_chunk
from sim.sweeps.serialization import name_of, orders_of, outcome_of, setup_of
from sim.sweeps.supervisor import SupervisedWorker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.sweeps.executors import Job
    from sim.sweeps.plan import Task
    from sim.sweeps.summary import Summary

CHUNK_MAX = 16


class Processes:
    """As many worker processes as runs at a time."""

    def __init__(self, job: Job) -> None:
        self.seed = job.seed
        self.threads = min(job.jobs or os.cpu_count() or 1, max(1, job.total))
        self.chunk = size_of_chunk(job.total, self.threads, CHUNK_MAX)
        setup = setup_of(job.engine, name_of(job.runner), job.limits)
        self._all = [SupervisedWorker(setup) for _ in range(self.threads)]
        self._free: queue.SimpleQueue[SupervisedWorker] = queue.SimpleQueue()
        for worker in self._all:
            self._free.put(worker)

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Summary | Exception]]:
        """Run tasks in a worker that is free."""
        worker = self._free.get()
        try:
            for task, reply in zip(tasks, worker.run(orders_of(tasks, self.seed)), strict=True):
                yield task, outcome_of(task, reply)
        finally:
            self._free.put(worker)

    def close(self) -> None:
        """End all workers."""
        for worker in self._all:
            worker.close()


def start(job: Job) -> Processes:
    """Return the executor. Raises `SweepError` for a runner without a name, and a limit that cannot be kept here."""
    job.limits.check_system()
    if job.engine != "simpy" and job.runner is None:
        from sim.engine import prepare  # loads the kernel

        prepare(lambda _text: None)  # compiled once here, and loaded by every worker
    return Processes(job)
