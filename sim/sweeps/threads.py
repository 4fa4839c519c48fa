r"""Work on threads: as much at a time as asked for, finished in any order, each outcome handed over as soon as it is there.

    tasks --> thread 1 --\
    tasks --> thread 2 ---> done(task, outcome)      Ctrl-C: what is finished is kept, what runs is left within 2 s

Threads take chunks of tasks and give an outcome for each. They are daemons: a process that is told to stop does not wait for
a long run to end.
"""

from __future__ import annotations

import queue
import threading
from itertools import islice
from typing import TYPE_CHECKING, Generic, TypeVar

from sim.sweeps.errors import SweepError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

GRACE = 1.0
"""Seconds that runs are given to end after Ctrl-C; they are all waited for together."""
POLL = 0.2
"""Seconds between looks for Ctrl-C where the system does not interrupt a wait."""

T = TypeVar("T")
R = TypeVar("R")


def run_on_threads(
    tasks: Sequence[T],
    work: Callable[[Sequence[T]], Iterator[tuple[T, R]]],
    done: Callable[[T, R], None],
    *,
    lanes: int,
    chunk: int = 1,
    leave: Callable[[], None] | None = None,
    grace: float = GRACE,
) -> None:
    """Work on all tasks, a chunk at a time, and tell each outcome in the calling thread.

    Args:
        tasks: taken from the front.
        work: gives the outcomes of a chunk, one by one; runs in a thread.
        done: is told each.
        lanes: how many threads.
        chunk: how many tasks a thread takes at a time.
        leave: called when it ends early by anything but a `SweepError`: lets go of what threads wait for.
        grace: seconds that threads are then given to end, all together.

    An error that ``work`` raises ends everything. After a `SweepError` (the disk refuses) tasks that have begun are finished;
    after anything else, such as ``KeyboardInterrupt`` in the calling thread, they are left.
    """
    crew = _Crew(tasks, work, chunk)
    threads = [
        threading.Thread(target=crew.work_on, name=f"sweep-{number}", daemon=True) for number in range(min(len(tasks), lanes))
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in tasks:
            done(*crew.next())
    except BaseException as error:
        crew.stop.set()
        if leave is not None and not isinstance(error, SweepError):
            leave()
        for thread in threads:
            thread.join(None if isinstance(error, SweepError) else grace / len(threads))
        raise
    for thread in threads:
        thread.join()  # all is told; what a thread does after its last outcome belongs to the work


class _Crew(Generic[T, R]):
    """Threads that work on the same tasks."""

    def __init__(self, tasks: Sequence[T], work: Callable[[Sequence[T]], Iterator[tuple[T, R]]], chunk: int) -> None:
        self.outcomes: queue.SimpleQueue[tuple[T, R] | BaseException] = queue.SimpleQueue()
        self.stop = threading.Event()
        self._waiting, self._taking = iter(tasks), threading.Lock()
        self._work, self._chunk = work, chunk

    def work_on(self) -> None:
        """Take chunks and work on them until there are no more, or it is time to stop."""
        try:
            while taken := self._take():
                told = self._outcomes(taken)
                for outcome in told:
                    self.outcomes.put(outcome)
                    if self.stop.is_set():
                        told.close()
                        return
        except BaseException as error:  # noqa: BLE001 - it is raised by the calling thread
            self.stop.set()
            self.outcomes.put(error)

    def next(self) -> tuple[T, R]:
        """Wait for the next outcome; raise what ended the work."""
        while True:
            try:
                outcome = self.outcomes.get(timeout=POLL)
            except queue.Empty:
                continue
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

    def _take(self) -> list[T]:
        with self._taking:
            return [] if self.stop.is_set() else list(islice(self._waiting, self._chunk))

    def _outcomes(self, taken: list[T]) -> Generator[tuple[T, R], None, None]:
        """The outcomes of a chunk; its ``close`` ends the work where it is."""
        yield from self._work(taken)
