"""Worker processes under supervision: a run that dies, hangs or takes all memory costs itself and nobody else.

    orders --> SupervisedWorker --pipe--> WorkerProcess     no reply in time, too much memory: killed by us
                 ^------------- replies                     gone: a new one; the run it had is tried once more, then reported

A supervised worker has one process at a time and belongs to one thread. Runs are told in the order they were given in.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.sweeps.errors import SweepError
from sim.sweeps.limits import Limits, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.sweeps.serialization import Order, Reply

TRIES = 2
"""How often a run is tried that does not end by itself."""
STARTS = 3
"""How often a worker is started that dies before it is ready."""
LOOK = 0.05
"""Seconds between looks at a worker's memory and clock."""
READY_WITHIN = 300.0
"""Seconds that a worker has to get ready: it may have to compile the engine."""
_COMMAND = "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from sim.sweeps.worker import main; main(int(sys.argv[2]))"

_nursery: ThreadPoolExecutor | None = None
_nursing = threading.Lock()


class LostError(Exception):
    """A worker is gone, or had to be killed; the message says why."""


class WorkerProcess:
    """One worker process, from its start to its end.

    Attributes:
        pid: its process id.
    """

    def __init__(self, setup: dict[str, Any]) -> None:
        self._process = _nurse(_started)
        self.pid = self._process.pid
        self._limits = Limits.of_dict(setup["limits"])
        self._lines: queue.SimpleQueue[Reply | None] = queue.SimpleQueue()
        self._idle = 0
        threading.Thread(target=self._listen, daemon=True).start()
        self.send(setup)

    def ready(self) -> None:
        """Wait until it can take orders. Raises `LostError`, and `SweepError` when it cannot begin."""
        reply = self._next(time.monotonic() + READY_WITHIN, "it was not ready in time")
        self._idle = int(reply["resident"])

    def send(self, message: dict[str, Any]) -> None:
        """Give it an order; one that is gone does not mind."""
        with contextlib.suppress(OSError, ValueError):
            stdin: Any = self._process.stdin
            stdin.write(json.dumps(message).encode() + b"\n")
            stdin.flush()

    def reply(self) -> Reply:
        """Wait for the outcome of the run it is at. Raises `LostError` when there will be none."""
        wall = self._limits.wall
        late, words = None, ""
        while True:
            reply = self._next(late, words)
            if "starved" in reply:
                raise LostError(self._too_much())
            if "key" in reply:
                return reply
            if wall is not None:  # it has begun: what came before was reading the order
                late, words = time.monotonic() + wall, f"max-wall: still running after {wall:g} s"

    def kill(self) -> None:
        """End it, whatever it does."""
        with contextlib.suppress(OSError):
            self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError, ValueError):
                if pipe is self._process.stdin and pipe is not None:
                    pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1.0)

    def _next(self, late: float | None, words: str) -> Reply:
        """The next line; looks at the clock and at the memory while it waits."""
        watching = late is not None or self._limits.memory is not None
        while True:
            try:
                reply = self._lines.get(timeout=LOOK if watching else None)
            except queue.Empty:
                if late is not None and time.monotonic() > late:
                    raise LostError(words) from None
                if self._limits.memory is not None and self._taken() > self._limits.memory:
                    raise LostError(self._too_much()) from None
                continue
            if reply is None:
                raise LostError(self._ended())
            if "refused" in reply:
                raise SweepError(reply["refused"])
            return reply

    def _listen(self) -> None:
        stdout: Any = self._process.stdout
        with contextlib.suppress(OSError, ValueError), stdout:
            for line in stdout:
                self._lines.put(json.loads(line))
        self._lines.put(None)

    def _taken(self) -> int:
        """Bytes in memory beyond those of an idle worker."""
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, ValueError, IndexError):
            return 0
        return pages * os.sysconf("SC_PAGE_SIZE") - self._idle if self._idle else 0

    def _too_much(self) -> str:
        return f"max-memory: more than {in_words(self._limits.memory or 0)}"

    def _ended(self) -> str:
        """How it ended, in words."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1.0)
        code = self._process.poll()
        if code is not None and code < 0:
            return f"killed: its process was ended by {signal.Signals(-code).name}"
        return f"killed: its process ended with code {code}"


class SupervisedWorker:
    """Orders in, replies out, one process at a time; the process is kept for the next orders."""

    def __init__(self, setup: dict[str, Any]) -> None:
        self.setup = setup
        self.worker: WorkerProcess | None = None
        self._closed = False
        self._changing = threading.Lock()

    def run(self, orders: Sequence[Order]) -> Iterator[Reply]:
        """Run orders and give a reply for each of their runs, in their order: ``summary``, ``error`` or ``lost``.

        Raises `SweepError` when workers cannot work at all.
        """
        left = deque((order, run) for order in orders for run in order["runs"])
        tried = 0
        try:
            while left:
                worker = self._ready()
                for order in _grouped(left):
                    worker.send(order)
                try:
                    while left:
                        reply = worker.reply()
                        left.popleft()
                        tried = 0
                        yield reply
                except LostError as error:
                    self._drop()
                    tried += 1
                    if self._closed:
                        raise SweepError("the sweep was stopped") from None
                    if tried == TRIES:
                        tried = 0
                        yield {"key": left.popleft()[1][1], "lost": f"{error}; tried {TRIES} times"}
        finally:
            if left:  # nobody wants the rest: the worker is still at it
                self._drop()

    def close(self) -> None:
        """End the worker; what it is at is given up."""
        self._closed = True
        self._drop()

    def _ready(self) -> WorkerProcess:
        """The worker, or a new one when there is none."""
        for number in range(STARTS):
            with self._changing:
                if self._closed:
                    raise SweepError("the sweep was stopped")
                if self.worker is not None:
                    return self.worker
                worker = WorkerProcess(self.setup)
                self.worker = worker
            try:
                worker.ready()
            except LostError as error:
                self._drop()
                if number == STARTS - 1:
                    raise SweepError(f"worker processes die before they begin ({error}); use --executor threads") from None
            except BaseException:
                self._drop()
                raise
            else:
                return worker
        raise AssertionError

    def _drop(self) -> None:
        with self._changing:
            if self.worker is not None:
                self.worker.kill()
            self.worker = None


def _grouped(left: deque[tuple[Order, Any]]) -> list[Order]:
    """What is left, as orders again."""
    orders: list[Order] = []
    of: Order | None = None
    for order, run in left:
        if order is not of:
            of = order
            orders.append({**order, "runs": []})
        orders[-1]["runs"].append(run)
    return orders


def _started() -> subprocess.Popen[bytes]:
    """A new worker process, in a group of its own: Ctrl-C in a terminal is for the sweep, which ends its workers."""
    command = [sys.executable, "-c", _COMMAND, json.dumps(sys.path), str(os.getpid())]
    group: dict[str, Any] = {"creationflags": 0x200} if sys.platform == "win32" else {"process_group": 0}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **group)  # noqa: S603 - ourselves


def _nurse(act: Any) -> Any:
    """Do something in the one thread that starts all workers: they are killed with the thread that started them."""
    global _nursery  # noqa: PLW0603 - one for the process
    with _nursing:
        if _nursery is None:
            _nursery = ThreadPoolExecutor(1, thread_name_prefix="nursery")
    return _nursery.submit(act).result()
