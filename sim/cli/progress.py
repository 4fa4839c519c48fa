"""Progress on stderr: a bar in a terminal, one line for every 10 % elsewhere, nothing when asked to be quiet."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sim.cli.terminal import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STEP = 10  # percent


def say(text: str) -> None:
    """Write a line to stderr; control characters are shown, not sent."""
    print(clean(text), file=sys.stderr, flush=True)  # noqa: T201 - stderr is where people are spoken to


def is_terminal() -> bool:
    """Whether a moving bar can be drawn on stderr."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


@contextmanager
def progress(what: str, total: int, *, quiet: bool) -> Iterator[Callable[[], None]]:
    """Give a function to be called after each of ``total`` replications."""
    if quiet:
        yield lambda: None
    elif is_terminal():
        with _bar(what, total) as step:
            yield step
    else:
        yield _lines(what, total)


def _lines(what: str, total: int) -> Callable[[], None]:
    done = said = 0

    def step() -> None:
        nonlocal done, said
        done += 1
        percent = 100 * done // total
        if percent // STEP > said // STEP:
            said = percent
            say(f"{what}: {percent} % ({done} of {total} replication{'' if total == 1 else 's'})")

    return step


@contextmanager
def _bar(what: str, total: int) -> Iterator[Callable[[], None]]:
    from rich.console import Console  # in a terminal only
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
