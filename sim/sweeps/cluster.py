"""What the executors of clusters share: chunks as texts, and what to do when a cluster loses one.

    chunk --ask--> replies          lost: each of its runs again, alone          lost again: that run is reported

A cluster itself puts a chunk to another worker when it loses one; what comes here as lost has been tried there already.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sim.sweeps.errors import SweepError
from sim.sweeps.executors import size_of_chunk
from sim.sweeps.limits import RunLostError
from sim.sweeps.serialization import name_of, orders_of, outcome_of, setup_of
from sim.sweeps.supervisor import LostError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sim.sweeps.executors import Job
    from sim.sweeps.plan import Task
    from sim.sweeps.summary import Summary

CHUNK_MAX = 64
AHEAD = 2
"""Chunks asked for at a time, for each place that a cluster has: one is worked on, one is on its way."""


class Cluster:
    """Sends chunks to a cluster.

    Attributes:
        ask: sends a text to `sim.sweeps.remote.run_chunk` on any worker and returns its answer; raises `LostError` when
            workers that had it were lost, `SweepError` when the cluster is.
        leave: lets the cluster go.
    """

    def __init__(self, job: Job, places: int, ask: Callable[[str], str], leave: Callable[[], None]) -> None:
        self.seed = job.seed
        self.threads = job.jobs or max(1, AHEAD * places)
        self.chunk = size_of_chunk(job.total, self.threads, CHUNK_MAX)
        self.setup = setup_of(job.engine, name_of(job.runner), job.limits)
        self.ask = ask
        self.leave = leave
        self._left = False

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Summary | Exception]]:
        """Run tasks somewhere."""
        if not tasks:
            return
        try:
            yield from self._asked(tasks)
        except LostError:
            for task in tasks:
                yield from self._alone(task)

    def close(self) -> None:
        """Give up what is being worked on, and let the cluster go."""
        if not self._left:
            self._left = True
            self.leave()

    def _alone(self, task: Task) -> Iterator[tuple[Task, Summary | Exception]]:
        try:
            yield from self._asked([task])
        except LostError as error:
            yield task, RunLostError(f"killed: {error}; tried alone too")

    def _asked(self, tasks: Sequence[Task]) -> list[tuple[Task, Summary | Exception]]:
        answer = json.loads(self.ask(json.dumps({"setup": self.setup, "orders": orders_of(tasks, self.seed)})))
        if "refused" in answer:
            raise SweepError(answer["refused"])
        return [(task, outcome_of(task, reply)) for task, reply in zip(tasks, answer["replies"], strict=True)]
