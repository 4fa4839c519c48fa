r"""Stop means stop: Ctrl-C and SIGTERM end a command within two seconds, and what is finished is kept.

    Ctrl-C   --> KeyboardInterrupt in the main thread --> partial results are written --> exit code 130
    SIGTERM  --> the same                                                             --> exit code 143
       \--> a watch of its own: when the process is still there after 1.5 s, it ends it, whatever it is doing

The watch is for what cannot be interrupted, a compiler at work, a disk that does not answer, and for partial results that are
large. Nothing is torn by it: every file is written under another name and renamed when it is whole, what tells most first.
Where a disk or a machine is slow, EVENTFLOW_STOP_WITHIN=10s gives more time to write what is finished.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING

from sim.cli import exits
from sim.errors import EventflowError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

WITHIN = 1.5
"""Seconds after the signal that the process has to end by itself, unless `VARIABLE` says otherwise."""
VARIABLE = "EVENTFLOW_STOP_WITHIN"
_SECONDS = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,3})?)s")
CODES = {int(signal.SIGINT): exits.INTERRUPTED, int(signal.SIGTERM): exits.TERMINATED}


def within() -> float:
    """Seconds that a command which is stopped has to end by itself. Raises `EventflowError` when `VARIABLE` cannot be read."""
    given = os.environ.get(VARIABLE, "").strip()
    if not given:
        return WITHIN
    match = _SECONDS.fullmatch(given)
    if match is None:
        raise EventflowError(f"{VARIABLE}={given} is no number of seconds; write for example {VARIABLE}=10s, or leave it out")
    return float(match[1])


class Stop:
    """What is known of a stop that was asked for.

    Attributes:
        code: exit code that it means; None before any.
        within: seconds that the process then has.
        until: when the process has to be gone, by the monotonic clock.
    """

    def __init__(self) -> None:
        self.code: int | None = None
        self.until = 0.0
        self.called_off = threading.Event()
        try:
            self.within = within()
        except EventflowError:  # which the command says, in a sentence
            self.within = WITHIN

    def request(self, number: int) -> None:
        """A signal has come."""
        if self.code is None:
            self.code = CODES.get(number, exits.INTERRUPTED)
            self.until = time.monotonic() + self.within

    def watch(self, wakes: socket.socket) -> None:
        """Wait for a signal; when the process is still there after its time, end it."""
        with wakes, contextlib.suppress(OSError):
            while number := wakes.recv(1):
                if number[0] in CODES:
                    break
            else:
                return
            self.request(number[0])
            while (left := self.until - time.monotonic()) > 0:
                if self.called_off.wait(left):
                    return
            with contextlib.suppress(OSError):
                os.write(2, b"interrupted\n")
            os._exit(self.code or exits.INTERRUPTED)


_stop = Stop()


def code() -> int:
    """Exit code of the stop that was asked for."""
    return exits.INTERRUPTED if _stop.code is None else _stop.code


def stop_requested() -> bool:
    """Whether a stop was asked for. A library that swallows Ctrl-C answers with an error of its own, which means the same."""
    return _stop.code is not None


def left(code: int) -> int:
    """Leave the process with a code when a stop was asked for; else give the code back.

    At once: what still runs in threads is not waited for, and Python would end by SIGINT instead when the signal came while a
    module was being imported.
    """
    if _stop.code is not None or code in CODES.values():
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    return code


@contextlib.contextmanager
def stopping(*, alone: bool) -> Iterator[None]:
    """Let a command be stopped by Ctrl-C and SIGTERM; ``alone``: the process is this command and nothing else."""
    global _stop  # noqa: PLW0603 - one process, one stop
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    stop = _stop = Stop()
    wakes, wake = socket.socketpair()
    wake.setblocking(False)
    former = signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGTERM, _met)
    if before[signal.SIGINT] is signal.default_int_handler:  # not where it is ignored, as in the background of a shell
        signal.signal(signal.SIGINT, _met)
    unraisable, sys.unraisablehook = sys.unraisablehook, _unraisable
    threading.Thread(target=stop.watch, args=(wakes,), name="stop", daemon=True).start()
    try:
        yield
    finally:
        if stop.code is None or not alone:
            stop.called_off.set()
            sys.unraisablehook = unraisable
            signal.set_wakeup_fd(former)
            for number, handler in before.items():
                signal.signal(number, handler)
            wake.close()


def _unraisable(what: sys.UnraisableHookArgs) -> None:
    """Say nothing of a stop that came where nothing can be raised, such as in a function that a library calls: it is noted."""
    if not (stop_requested() and issubclass(what.exc_type, KeyboardInterrupt)):
        sys.__unraisablehook__(what)


def _met(number: int, _frame: FrameType | None) -> None:
    """SIGTERM is Ctrl-C with another exit code. Noted before anything is raised: a library may make another error of it."""
    _stop.request(number)
    raise KeyboardInterrupt
