"""Writes down what becomes of each run; where sweeps share a folder, works on what nobody else has.

    alone     run --outcome--> stored --> told
    sharing   locked? --yes--> run --outcome--> stored, given back --> told        no --> waited for, and read
"""

from __future__ import annotations

import time
from itertools import chain
from typing import TYPE_CHECKING

from sim.sweeps.limits import RunLostError
from sim.sweeps.lock import lock_run, unlock_run
from sim.sweeps.serialization import RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sim.sweeps.plan import Task
    from sim.sweeps.store import Store
    from sim.sweeps.summary import Summary

    Outcome = Summary | Exception
    Work = Callable[[Sequence[Task]], Iterator[tuple[Task, Outcome]]]

PATIENCE = 0.2
"""Seconds between looks for a run that another sweep has locked."""


def reason_of(error: Exception) -> str:
    """Why a run has no result."""
    return str(error) if isinstance(error, (RunLostError, RunError)) else f"{type(error).__name__}: {error}"


class ResultWriter:
    """Stores the outcomes of one sweep's runs; for all threads.

    Attributes:
        store: the folder.
        share: whether other sweeps work in it.
    """

    def __init__(self, store: Store, *, share: bool = False) -> None:
        self.store, self.share = store, share
        self._ran: list[str] = []
        self._read: set[str] = set()

    @property
    def ran(self) -> int:
        """How many results were stored now."""
        return len(self._ran)

    def keep(self, task: Task, outcome: Outcome) -> None:
        """Store an outcome, or why there is none, and let others have the run. Raises `SweepError` when the disk refuses."""
        try:
            if isinstance(outcome, Exception):
                self.store.save_failure(task, reason_of(outcome))
            elif task.key not in self._read:
                self.store.save(task, outcome)
                self._ran.append(task.key)
        finally:
            if self.share:
                unlock_run(self.store, task.key)

    def shared(self, run: Work) -> Work:
        """Return what works on the runs of a chunk that can be locked, waits for those that another sweep has, and reads them.

        Whoever `keep`s its outcomes gives their locks back.
        """

        def work(chunk: Sequence[Task]) -> Iterator[tuple[Task, Outcome]]:
            left = list(chunk)
            while left:
                mine = [task for task in left if lock_run(self.store, task.key)]
                held = {task.key for task in mine}
                left = [task for task in left if task.key not in held]
                try:
                    stored = {task.key: found for task in mine if (found := self.store.load(task)) is not None}
                    self._read.update(stored)
                    ready = [(task, stored[task.key]) for task in mine if task.key in stored]
                    for task, outcome in chain(ready, run([task for task in mine if task.key not in stored])):
                        held.discard(task.key)
                        yield task, outcome
                finally:
                    for key in held:
                        unlock_run(self.store, key)
                if left and not mine:
                    time.sleep(PATIENCE)

        return work
