"""Threads share tasks out so that what a group of them has in common is worked out by one, and tell what they finish."""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from sim import worker_threads
from sim.sweeps import SweepError
from sim.worker_threads import _Tasks, run_on_threads

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

POINTS, RUNS, PATIENCE = 6, 5, 10.0
TASKS = [(point, run) for point in range(POINTS) for run in range(RUNS)]


def test_a_thread_works_through_a_point_before_it_begins_another() -> None:
    """As long as there are points that nobody has begun, no point is begun twice."""
    tasks = _Tasks(TASKS, 1, lambda task: task[0])
    at: list[int | None] = [None, None]
    for _ in range(2 * RUNS):
        for worker in range(2):
            at[worker], taken = tasks.take(at[worker])
            assert taken[0][0] % 2 == worker, "the other thread's point"


def test_the_last_point_is_shared() -> None:
    """A thread without a point of its own helps with the one that has most left; each task is taken once."""
    tasks = _Tasks(TASKS[:RUNS], 2, lambda task: task[0])
    taken = [task for former in (None, "another", "third") for task in tasks.take(former)[1]]
    assert taken == TASKS[:RUNS]
    assert tasks.take(0) == (None, [])


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_every_outcome_is_told_once_by_the_caller(threads: int) -> None:
    """Whatever thread worked on a task, the calling thread tells it, once."""
    told = []

    def work(chunk: Sequence[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], int]]:
        for task in chunk:
            yield task, sum(task)

    def done(task: tuple[int, int], outcome: int) -> None:
        assert threading.current_thread() is threading.main_thread()
        told.append((task, outcome))

    run_on_threads(TASKS, work, done, threads=threads, chunk=2, group=lambda task: task[0])
    assert sorted(told) == [(task, sum(task)) for task in TASKS]


def test_an_outcome_is_told_while_others_are_worked_on() -> None:
    """Nobody waits for the last run to hear of the first one."""
    heard = threading.Event()

    def work(chunk: Sequence[int]) -> Iterator[tuple[int, bool]]:
        for task in chunk:
            yield task, task == 0 or heard.wait(PATIENCE)

    outcomes = []

    def done(_: int, outcome: bool) -> None:  # noqa: FBT001 - the outcome of this work
        heard.set()
        outcomes.append(outcome)

    run_on_threads([0, 1], work, done, threads=1)
    assert outcomes == [True, True]


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no thread can be sent a signal here")
def test_ctrl_c_keeps_what_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was finished before Ctrl-C is told, although nobody had looked; what was not is let go."""
    monkeypatch.setattr(worker_threads, "LOOK", PATIENCE)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    left, told = threading.Event(), []

    def work(chunk: Sequence[int]) -> Iterator[tuple[int, int]]:
        for task in chunk:
            if task == 2:
                signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
                assert left.wait(PATIENCE)
                return
            yield task, task

    try:
        with pytest.raises(KeyboardInterrupt):
            run_on_threads(range(5), work, lambda task, _: told.append(task), threads=1, leave=left.set)
    finally:
        signal.signal(signal.SIGINT, before)
    assert told == [0, 1]


def numbered(chunk: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Work whose outcome is the task."""
    for task in chunk:
        yield task, task


def test_an_outcome_is_kept_beside_the_next_run() -> None:
    """Two workers work on something while a third thread keeps what came before: all three are at it at the same time."""
    together, kept, told = threading.Barrier(3), [], []

    def work(chunk: Sequence[int]) -> Iterator[tuple[int, int]]:
        for task in chunk:
            if task in {1, 2}:
                together.wait(PATIENCE)
            yield task, task

    def keep(task: int, _: int) -> None:
        if task == 0:
            together.wait(PATIENCE)
        kept.append(task)

    run_on_threads(range(6), work, lambda task, _: told.append(task), threads=2, keep=keep)
    assert sorted(told) == sorted(kept) == list(range(6))


def test_one_worker_begins_nothing_before_the_last_is_kept() -> None:
    """With one worker everything comes in turn: worked on, kept, told."""
    turns: list[tuple[str, int]] = []

    def work(chunk: Sequence[int]) -> Iterator[tuple[int, int]]:
        for task in chunk:
            turns.append(("work", task))
            yield task, task

    def told(task: int, _: int) -> None:
        assert ("keep", task) in turns

    run_on_threads(range(4), work, told, threads=1, keep=lambda task, _: turns.append(("keep", task)))
    assert turns == [(what, task) for task in range(4) for what in ("work", "keep")]


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_few_outcomes_wait_to_be_kept(threads: int) -> None:
    """Never more runs are worked on or being kept than there are workers, and one beside them."""
    under_way, most, counting = set(), 0, threading.Lock()

    def work(chunk: Sequence[int]) -> Iterator[tuple[int, int]]:
        nonlocal most
        for task in chunk:
            with counting:
                under_way.add(task)
                most = max(most, len(under_way))
            yield task, task

    def keep(task: int, _: int) -> None:
        time.sleep(0.001)
        with counting:
            under_way.remove(task)

    run_on_threads(range(40), work, lambda *_: None, threads=threads, keep=keep)
    assert most <= (1 if threads == 1 else threads + 1)


def of_sweeps() -> list[str]:
    """The threads that are left."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("sweep-")]


@pytest.mark.parametrize("in_background", [True, False])
def test_what_cannot_be_kept_ends_everything(*, in_background: bool) -> None:
    """The caller meets the error, of whichever thread; what is told was kept, what has begun is tried, chunks are closed."""
    begun, tried, told, closed = [], [], [], []
    failed, main = threading.Event(), set()

    def work(chunk: Sequence[int]) -> Iterator[tuple[int, int]]:
        try:
            for task in chunk:
                main.add(threading.current_thread())
                begun.append(task)
                time.sleep(0.001)
                yield task, task
        finally:
            closed.append(chunk[0])

    def keep(task: int, _: int) -> None:
        tried.append(task)
        in_worker = threading.current_thread() in main
        if in_worker == in_background:
            assert failed.wait(PATIENCE)  # until the other kind of thread has failed
        elif not failed.is_set():
            failed.set()
            raise SweepError("the disk is full")

    with pytest.raises(SweepError, match="full"):
        run_on_threads(range(1000), work, lambda task, _: told.append(task), threads=2, chunk=4, keep=keep, orderly=SweepError)
    assert sorted(tried) == sorted(begun)
    assert len(begun) < 1000
    assert set(told) < set(tried)
    assert len(closed) == len({task // 4 for task in begun})
    assert not of_sweeps()


@pytest.mark.parametrize("started", [0, 1, 2])
def test_threads_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch, started: int) -> None:
    """The system gives only some threads: what these have finished is kept, and none is left."""
    begun, kept, left, start = [], [], [started], threading.Thread.start

    def scarce(thread: threading.Thread) -> None:
        if not left[0]:
            time.sleep(0.05)  # the others are at work
            raise RuntimeError("can't start new thread")
        left[0] -= 1
        start(thread)

    def work(chunk: Sequence[int]) -> Iterator[tuple[int, int]]:
        for task in chunk:
            begun.append(task)
            yield task, task

    monkeypatch.setattr(threading.Thread, "start", scarce)
    with pytest.raises(RuntimeError, match="can't start"):
        run_on_threads(range(5), work, lambda *_: None, threads=4, keep=lambda task, _: kept.append(task))
    assert sorted(kept) == sorted(begun)
    assert (started < 2) == (not begun)
    assert not of_sweeps()


def test_an_error_of_the_work_ends_everything() -> None:
    """What was finished before it is told, then the caller meets the error itself."""
    told = []

    def work(chunk: Sequence[int]) -> Iterator[tuple[int, int]]:
        for task in chunk:
            if task == 3:
                raise ZeroDivisionError
            yield task, task

    with pytest.raises(ZeroDivisionError):
        run_on_threads(range(10), work, lambda task, _: told.append(task), threads=1)
    assert told == [0, 1, 2]
