r"""Work on threads: as much at a time as asked for, finished in any order, each outcome handed over soon.

    tasks --> lane 1 --\          /--> keep, in the clerk's thread --\
    tasks --> lane 2 ---> outcome ---> keep, in its lane ------------> done(task, outcome)

Lanes are threads that take chunks of tasks and give an outcome for each. An outcome is kept (on a disk, say) before it is told:
by the clerk when it is free, so that the lane can go on; else by the lane itself. One lane alone has no clerk: nothing begins
before all that came before it is kept. Threads are daemons: a process that is told to stop does not wait for a long run to end.

After Ctrl-C what is finished is told, and what runs is left within 2 s.
"""

from __future__ import annotations

import itertools
import queue
import threading
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

from sim.sweeps.errors import SweepError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable, Iterator, Sequence

GRACE = 1.0
"""Seconds that runs are given to end after Ctrl-C; they are all waited for together."""
LOOK = 0.02
"""Seconds between looks for what is finished (and for Ctrl-C, where the system does not interrupt a wait)."""

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")


def run_on_threads(
    tasks: Sequence[T],
    work: Callable[[Sequence[T]], Iterator[tuple[T, R]]],
    done: Callable[[T, R], None],
    *,
    lanes: int,
    chunk: int = 1,
    keep: Callable[[T, R], None] | None = None,
    group: Callable[[T], Hashable] = lambda _: 0,
    leave: Callable[[], None] | None = None,
    grace: float = GRACE,
) -> None:
    """Work on all tasks, a chunk at a time, and tell each outcome in the calling thread, soon after it is there.

    Args:
        tasks: taken from the front, group by group.
        work: gives the outcomes of a chunk, one by one; runs in a thread.
        done: is told each.
        lanes: how many threads.
        chunk: how many tasks a thread takes at a time.
        keep: is given each outcome first, in some thread; two at a time may be kept, or more.
        group: what tasks have in common, such as a point to compile: a thread works through a group before it begins another.
        leave: called when it ends early by anything but a `SweepError`: lets go of what threads wait for.
        grace: seconds that threads are then given to end, all together.

    An error that ``work`` or ``keep`` raises ends everything. After a `SweepError` (the disk refuses) tasks that have begun are
    finished; after anything else, such as ``KeyboardInterrupt`` in the calling thread, they are left.
    """
    crew = _Crew(_Tasks(tasks, chunk, group), work, keep, total=len(tasks), lanes=min(len(tasks), lanes))
    threads = [threading.Thread(target=act, name=f"sweep-{number}", daemon=True) for number, act in enumerate(crew.acts())]
    try:
        for thread in threads:
            thread.start()
        while crew.open:
            crew.wait()
            crew.tell(done)
    except BaseException as error:
        crew.stop.set()
        if leave is not None and not isinstance(error, SweepError):
            leave()
        for thread in filter(threading.Thread.is_alive, threads):
            thread.join(None if isinstance(error, SweepError) else grace / len(threads))
        if isinstance(error, KeyboardInterrupt):
            crew.tell_rest(done)
        raise
    for thread in threads:
        thread.join()  # all is told; what a thread does after its last outcome belongs to the work


class _Crew(Generic[T, R]):
    """Threads that work on the same tasks, and what they have finished.

    The calling thread looks for outcomes now and then, rather than wake for each: every time it wakes it takes Python's lock
    from threads that have better use for it.
    """

    def __init__(
        self,
        tasks: _Tasks[T],
        work: Callable[[Sequence[T]], Iterator[tuple[T, R]]],
        keep: Callable[[T, R], None] | None,
        *,
        total: int,
        lanes: int,
    ) -> None:
        self.open, self._telling = total, False
        self.stop = threading.Event()
        self._tasks, self._work, self._keep, self._lanes = tasks, work, keep, lanes
        self._clerk: _Clerk[[T, R]] | None = _Clerk(self._finish) if keep is not None and lanes > 1 else None
        self._outcomes: deque[tuple[T, R] | BaseException] = deque()
        self._last, self._finished, self._gone = threading.Event(), itertools.count(1 - total), itertools.count(1 - lanes)

    def acts(self) -> list[Callable[[], None]]:
        """Return what each thread is to do."""
        return [self.work_on] * self._lanes + ([] if self._clerk is None else [partial(self._ending, self._clerk.serve)])

    def work_on(self) -> None:
        """Be a lane: take chunks and work on them until there are no more, or it is time to stop."""
        self._ending(self._work_on)
        if next(self._gone) == 0 and self._clerk is not None:
            self._clerk.dismiss()

    def _work_on(self) -> None:
        group: Hashable = None
        while not self.stop.is_set():
            group, taken = self._tasks.take(group)
            if not taken:
                return
            told = self._told(taken)
            for task, outcome in told:
                if self._clerk is None or not self._clerk.take(task, outcome):
                    self._finish(task, outcome)
                if self.stop.is_set():
                    told.close()
                    return

    def _finish(self, task: T, outcome: R) -> None:
        """Keep an outcome, then have it told."""
        if self._keep is not None:
            self._keep(task, outcome)
        self._outcomes.append((task, outcome))
        if next(self._finished) == 0:
            self._last.set()

    def _ending(self, act: Callable[[], None]) -> None:
        """Do something whose errors end everything."""
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - it is raised by the calling thread
            self.stop.set()
            self._outcomes.append(error)
            self._last.set()

    def wait(self) -> None:
        """Wait for outcomes: a little while, or until the last one is there."""
        self._last.wait(LOOK)

    def tell(self, done: Callable[[T, R], None]) -> None:
        """Tell the outcomes that are there; raise what ended the work."""
        self._telling = True
        while self._outcomes:
            outcome = self._outcomes.popleft()
            if isinstance(outcome, BaseException):
                raise outcome
            self.open -= 1
            done(*outcome)
        self._telling = False

    def tell_rest(self, done: Callable[[T, R], None]) -> None:
        """After Ctrl-C: tell what was finished since the last look, unless it came while one was being told."""
        for outcome in () if self._telling else list(self._outcomes):
            if not isinstance(outcome, BaseException):
                done(*outcome)

    def _told(self, taken: Sequence[T]) -> Generator[tuple[T, R], None, None]:
        """The outcomes of a chunk; its ``close`` ends the work where it is."""
        yield from self._work(taken)


class _Clerk(Generic[P]):
    """Does one thing at a time for others, in a thread of its own, when it is free."""

    def __init__(self, act: Callable[P, None]) -> None:
        self._act = act
        self._busy = threading.Lock()
        self._given: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()

    def take(self, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Have it done for something; False when it is busy, or gone after an error."""
        if not self._busy.acquire(blocking=False):
            return False
        self._given.put(partial(self._act, *args, **kwargs))
        return True

    def serve(self) -> None:
        """Do what is given until dismissed; the thread's own work."""
        while (act := self._given.get()) is not None:
            act()
            self._busy.release()

    def dismiss(self) -> None:
        """Let it go when it has done what it was given."""
        self._given.put(None)


class _Tasks(Generic[T]):
    """Tasks, handed out from the front. A thread stays with its group of tasks; then it begins another, or helps with one.

    What the tasks of a group have in common is worked out by one thread, then, while the others run something.
    """

    def __init__(self, tasks: Sequence[T], chunk: int, group: Callable[[T], Hashable]) -> None:
        self._groups: dict[Hashable, deque[T]] = {}
        for task in tasks:
            self._groups.setdefault(group(task), deque()).append(task)
        self._untouched = deque(self._groups)
        self._chunk, self._taking = chunk, threading.Lock()

    def take(self, group: Hashable) -> tuple[Hashable, list[T]]:
        """Return the next chunk for a thread that worked on a group, and the group that it is of; [] when there is none."""
        with self._taking:
            while group not in self._groups:
                if self._untouched:
                    group = self._untouched.popleft()
                elif self._groups:
                    group = max(self._groups, key=lambda name: len(self._groups[name]))
                else:
                    return None, []
            tasks = self._groups[group]
            taken = [tasks.popleft() for _ in range(min(self._chunk, len(tasks)))]
            if not tasks:
                del self._groups[group]
            return group, taken
