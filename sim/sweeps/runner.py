"""Runs one task by an engine: what every executor does in the end, in a thread or in a process far away.

    task --compile once a point--> network --engine--> record --summarise--> Summary
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.engine import EngineName, run_once
from sim.metrics.paths import resolve, subjects
from sim.network import compile as compile_network
from sim.sweeps.errors import SweepError
from sim.sweeps.plan import Task
from sim.sweeps.summary import Summary, summarise

if TYPE_CHECKING:
    from sim.metrics.base import Metric, Subject
    from sim.network import Network
    from sim.sweeps.plan import Point

Runner = Callable[[Task, int], Summary]
"""(task, seed) -> what is kept of the run."""

POINTS_KEPT = 64
"""Compiled points kept at a time, the last ones."""


class EngineRunner:
    """Runs tasks by an engine; compiles each point once."""

    def __init__(self, engine: EngineName = "auto", events_max: int | None = None) -> None:
        self.engine: EngineName = engine
        self.events_max = events_max
        self._points: dict[str, tuple[Network, list[tuple[Metric, Subject]]]] = {}
        self._found: dict[tuple[tuple[str, ...], ...], list[tuple[Metric, Subject]]] = {}
        self._compiling = threading.Lock()
        self._left = threading.Event()

    def leave(self) -> None:
        """End the runs that are being worked on, in other threads, soon."""
        self._left.set()

    def __call__(self, task: Task, seed: int) -> Summary:
        """Run one task."""
        network, found = self._points.get(task.point.identity) or self._compiled(task.point)
        record = run_once(
            network,
            seed=seed,
            replication=task.replication,
            engine=self.engine,
            events_max=self.events_max,
            watch=self._watch,
        )
        return summarise(record, found)

    def _compiled(self, point: Point) -> tuple[Network, list[tuple[Metric, Subject]]]:
        """A point as it is run, and its metrics; made once, also when several threads ask for it."""
        with self._compiling:
            if point.identity not in self._points:
                self._points[point.identity] = compile_network(point.scenario), self._resolved(point)
            while len(self._points) > POINTS_KEPT:
                del self._points[next(iter(self._points))]
            return self._points[point.identity]

    def _resolved(self, point: Point) -> list[tuple[Metric, Subject]]:
        """What the paths of a point mean: the same for all points that have the same names."""
        names = (point.paths, *map(tuple, subjects(point.scenario).values()))
        if names not in self._found:
            self._found[names] = [resolve(path, point.scenario) for path in point.paths]
        return self._found[names]

    def _watch(self, _events: int) -> None:
        if self._left.is_set():
            raise SweepError("the sweep was stopped")
