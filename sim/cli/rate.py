"""Progress of many runs on stderr, with rate and time left: a bar in a terminal, one line for every 10 % elsewhere.

sweep: 30 % (60 of 200 runs), 41 runs/s, 3 s left
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sim.cli.progress import STEP, is_terminal, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress, TaskID


class Pace:
    """How fast it goes: runs since the first call, which tells what was found at the start."""

    def __init__(self) -> None:
        self._began = 0.0
        self._found: int | None = None

    def text(self, done: int, total: int) -> str:
        """Rate and time left in words; '' before there is anything to go by."""
        if self._found is None:
            self._found, self._began = done, time.monotonic()
            return f"{done} found" if done else ""
        ran, seconds = done - self._found, time.monotonic() - self._began
        if not ran or seconds <= 0.0:
            return ""
        rate = ran / seconds
        return f"{rate:.3g} runs/s, {_duration((total - done) / rate)} left"


@contextmanager
def run_progress(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Give a function to be called as ``step(done, total)``, first with what was found already."""
    if quiet:
        yield lambda _done, _total: None
    elif is_terminal():
        with _bar(what) as step:
            yield step
    else:
        yield _lines(what)


def _lines(what: str) -> Callable[[int, int], None]:
    pace, said = Pace(), 0

    def step(done: int, total: int) -> None:
        nonlocal said
        percent = 100 * done // total if total else 100
        text = pace.text(done, total)
        if percent // STEP > said // STEP:
            said = percent
            say(f"{what}: {percent} % ({done} of {total} runs)" + (f", {text}" if text else ""))

    return step


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console  # in a terminal only
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[pace]}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        yield _moved(bar, bar.add_task(what, total=None, pace=""))


def _moved(bar: Progress, task: TaskID) -> Callable[[int, int], None]:
    pace = Pace()

    def step(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total, pace=pace.text(done, total))

    return step


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004 - a minute
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"  # noqa: PLR2004
