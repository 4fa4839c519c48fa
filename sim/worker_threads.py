r"""Work on threads: as much at a time as asked for, finished in any order, each outcome handed over soon.

    tasks --> worker thread 1 --\          /--> keep, by the background writer --\
    tasks --> worker thread 2 ---> outcome ---> keep, in its own thread ----------> done(task, outcome)

Worker threads take chunks of tasks and give an outcome for each. An outcome is kept (on a disk, say) before it is told: by the
background writer, one more thread, when it is free, so that the worker can go on; else by the worker itself. One worker alone
has no background writer: nothing begins before all that came before it is kept. Threads are daemons: a process that is told to
stop does not wait for a long run to end.

After Ctrl-C what is finished is told, and what runs is left within 2 s.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import queue
import threading
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable, Iterator, Sequence

GRACE = 1.0
"""Seconds that runs are given to end after Ctrl-C; they are all waited for together."""
LOOK = 0.02
"""Seconds between looks for what is finished, and who (and for Ctrl-C, where the system does not interrupt a wait)."""

T = TypeVar("T")
R = TypeVar("R")


def run_on_threads(
    tasks: Sequence[T],
    work: Callable[[Sequence[T]], Iterator[tuple[T, R]]],
    done: Callable[[T, R], None],
    *,
    threads: int,
    chunk: int = 1,
    keep: Callable[[T, R], None] | None = None,
    group: Callable[[T], Hashable] = lambda _: 0,
    leave: Callable[[], None] | None = None,
    orderly: type[Exception] | tuple[type[Exception], ...] = (),
    grace: float = GRACE,
) -> None:
    """Work on all tasks, a chunk at a time, and tell each outcome in the calling thread, soon after it is there.

    Args:
        tasks: taken from the front, group by group.
        work: gives the outcomes of a chunk, one by one; runs in a thread.
        done: is told each.
        threads: how many worker threads.
        chunk: how many tasks a thread takes at a time.
        keep: is given each outcome first, in some thread; two at a time may be kept, or more.
        group: what tasks have in common, such as a point to compile: a thread works through a group before it begins another.
        orderly: errors after which tasks that have begun are finished, such as that of a disk that refuses.
        leave: called when it ends early by any other error: lets go of what threads wait for.
        grace: seconds that threads are then given to end, all together.

    An error that ``work`` or ``keep`` raises ends everything. After an orderly one tasks that have begun are finished; after
    anything else, such as ``KeyboardInterrupt`` in the calling thread, they are left.
    """
    pool = _Workers(_Tasks(tasks, chunk, group), work, keep, len(tasks), alone=threads == 1)
    writers = _threads(pool.write_on, 0 if keep is None or threads == 1 else 1)
    workers = _threads(pool.work_on, min(len(tasks), threads))
    try:
        for thread in (*writers, *workers):
            thread.start()
        while pool.open:
            pool.wait()
            pool.tell(done)
    except BaseException as error:
        pool.stop.set()
        if leave is not None and not isinstance(error, orderly):
            leave()
        left = _joined(workers, math.inf if isinstance(error, orderly) else grace)
        pool.dismiss()
        _joined(writers, left)
        if isinstance(error, KeyboardInterrupt):
            pool.tell_rest(done)
        raise
    _joined(workers)  # all is told; what a thread does after its last outcome belongs to the work
    pool.dismiss()
    _joined(writers)


def _threads(act: Callable[[], None], count: int) -> list[threading.Thread]:
    return [threading.Thread(target=act, name=f"sweep-{number}", daemon=True) for number in range(count)]


def _joined(threads: Sequence[threading.Thread], grace: float = math.inf) -> float:
    """Wait for threads, ``grace`` seconds at most for all of them together; returns how many are left."""
    for thread in threads:
        while thread.is_alive() and grace > 0.0:
            thread.join(min(grace, LOOK))
            grace -= LOOK if thread.is_alive() else 0.0
    return grace


class _Workers(Generic[T, R]):
    """Threads that work on the same tasks, and what they have finished.

    The calling thread looks for outcomes now and then, rather than wake for each: every time it wakes it takes Python's lock
    from threads that have better use for it.
    """

    def __init__(
        self,
        tasks: _Tasks[T],
        work: Callable[[Sequence[T]], Iterator[tuple[T, R]]],
        keep: Callable[[T, R], None] | None,
        total: int,
        *,
        alone: bool,
    ) -> None:
        self.open, self._telling = total, False
        self.stop = threading.Event()
        self._tasks, self._work, self._keep = tasks, work, keep
        self._writer: _BackgroundWriter[T, R] | None = None if keep is None or alone else _BackgroundWriter(self._finish)
        self._outcomes: deque[tuple[T, R] | BaseException] = deque()
        self._last, self._finished = threading.Event(), itertools.count(1 - total)

    def work_on(self) -> None:
        """Be a worker: take chunks and work on them until there are no more, or it is time to stop."""
        group: Hashable = None
        with self._ending():
            while not self.stop.is_set():
                group, taken = self._tasks.take(group)
                if not taken:
                    return
                self._work_off(taken)

    def write_on(self) -> None:
        """Be the background writer, until dismissed."""
        with self._ending():
            if self._writer is not None:
                self._writer.write_on()

    def dismiss(self) -> None:
        """Let the background writer go."""
        if self._writer is not None:
            self._writer.dismiss()

    def _work_off(self, taken: Sequence[T]) -> None:
        """Hand over or keep the outcomes of a chunk; to close the work is to end it where it is, whatever goes wrong here."""
        with contextlib.closing(self._told(taken)) as told:
            for task, outcome in told:
                if self._writer is None or not self._writer.take(task, outcome):
                    self._finish(task, outcome)
                if self.stop.is_set():
                    return

    def _finish(self, task: T, outcome: R) -> None:
        """Keep an outcome, then have it told."""
        if self._keep is not None:
            self._keep(task, outcome)
        self._outcomes.append((task, outcome))
        if next(self._finished) == 0:
            self._last.set()

    @contextlib.contextmanager
    def _ending(self) -> Iterator[None]:
        """Do something whose errors end everything."""
        try:
            yield
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
                try:
                    raise outcome
                finally:
                    del outcome  # it holds the frames that it came from, and would be held by this one
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


class _BackgroundWriter(Generic[T, R]):
    """Keeps one outcome at a time for the workers, in a thread of its own, when it is free."""

    def __init__(self, finish: Callable[[T, R], None]) -> None:
        self._finish = finish
        self._busy = threading.Lock()
        self._given: queue.SimpleQueue[tuple[T, R] | None] = queue.SimpleQueue()

    def take(self, task: T, outcome: R) -> bool:
        """Have a task finished; False when it is busy, or gone: dismissed, or ended by an error."""
        if not self._busy.acquire(blocking=False):
            return False
        self._given.put((task, outcome))
        return True

    def write_on(self) -> None:
        """Finish what is given until dismissed; the thread's own work."""
        while (given := self._given.get()) is not None:
            self._finish(*given)
            self._busy.release()
        if not self._busy.acquire(blocking=False):  # somebody was just about to give it something
            last = self._given.get()
            if last is not None:
                self._finish(*last)

    def dismiss(self) -> None:
        """Let it go when it has finished what it was given."""
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
