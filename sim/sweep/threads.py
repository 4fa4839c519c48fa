"""Runs on threads: as many at a time as asked for, finished in any order, each handed over as soon as it is done.

    tasks --> worker 1 --\
    tasks --> worker 2 ---> done(task, outcome)      Ctrl-C: what is finished is kept, what runs is left within 2 s

The compiled engine lets go of Python's lock, so threads use all cores, start at once and pass nothing around. They are
daemons: a process that is told to stop does not wait for a long run to end.
"""

from __future__ import annotations

import os
import queue
import threading
from typing import TYPE_CHECKING

from sim.sweep.errors import SweepError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.sweep.plan import Task
    from sim.sweep.summary import Summary

    Outcomes = queue.SimpleQueue[tuple[Task, Summary | BaseException]]

GRACE = 1.0
"""Seconds that runs are given to end after Ctrl-C; they are all waited for together."""
POLL = 0.2
"""Seconds between looks for Ctrl-C where the system does not interrupt a wait."""


def run_on_threads(
    tasks: Sequence[Task],
    work: Callable[[Task], Summary],
    done: Callable[[Task, Summary | Exception], None],
    *,
    jobs: int | None = None,
) -> None:
    """Work on all tasks and tell each outcome in the calling thread: a summary, or the error of this run alone.

    A `SweepError` (the disk refuses) ends everything: tasks that have begun are finished, then it is raised. So does
    anything that is no ``Exception``, such as ``KeyboardInterrupt``.
    """
    outcomes: Outcomes = queue.SimpleQueue()
    waiting = iter(tasks)
    taking, stop = threading.Lock(), threading.Event()

    def worker() -> None:
        while not stop.is_set():
            with taking:
                task = next(waiting, None)
            if task is None:
                return
            outcome = _outcome(work, task)
            if _ends_all(outcome):
                stop.set()
            outcomes.put((task, outcome))

    count = min(len(tasks), jobs or os.cpu_count() or 1)
    threads = [threading.Thread(target=worker, name=f"sweep-{number}", daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        for _ in tasks:
            done(*_next(outcomes))
    except BaseException as error:
        stop.set()
        for thread in threads:
            thread.join(None if isinstance(error, SweepError) else GRACE / count)
        raise


def _outcome(work: Callable[[Task], Summary], task: Task) -> Summary | BaseException:
    try:
        return work(task)
    except BaseException as error:  # noqa: BLE001 - it is told, or raised, by the calling thread
        return error


def _next(outcomes: Outcomes) -> tuple[Task, Summary | Exception]:
    """Wait for the next outcome; raise it when it ends the sweep."""
    while True:
        try:
            task, outcome = outcomes.get(timeout=POLL)
        except queue.Empty:
            continue
        if not isinstance(outcome, BaseException):
            return task, outcome
        if _ends_all(outcome) or not isinstance(outcome, Exception):
            raise outcome
        return task, outcome


def _ends_all(outcome: Summary | BaseException) -> bool:
    """Whether it ends the sweep, not this run alone."""
    return isinstance(outcome, BaseException) and (isinstance(outcome, SweepError) or not isinstance(outcome, Exception))
