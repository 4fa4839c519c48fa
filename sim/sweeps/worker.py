"""A worker process: takes orders from a pipe, runs them one after another, says each outcome. It never outlives its parent.

    stdin:  setup, order, order, ...        stdout: ready, begun, reply, begun, reply, ...       end of stdin: gone, at once

The end of stdin is seen by a thread of its own, whatever a run does; on Linux the system also kills the worker with its parent,
which holds even while a run keeps Python's lock. A worker holds nothing that must be saved: files are written by its parent.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.sweeps.limits import Limits
from sim.sweeps.runner import EngineRunner
from sim.sweeps.serialization import Points, named, reply_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.sweeps.plan import Task
    from sim.sweeps.runner import Runner
    from sim.sweeps.serialization import Order, Reply

GONE, OUT_OF_MEMORY = 0, 77
"""Exit codes: the parent is gone or done, and memory ran out."""
ADDRESSES_SPARE = 64 * 2**20
"""Bytes of address space allowed beyond the memory limit: it only stops what one request would take at once."""
_PR_SET_PDEATHSIG = 1
_PAGES = Path("/proc/self/statm")


def main(parent: int) -> None:
    """Work until the parent, whose process id is given, says no more."""
    die_with(parent)
    orders: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    inlet, outlet = _private(0), _private(1)
    threading.Thread(target=_listen, args=(inlet, orders), daemon=True).start()

    def say(reply: Reply) -> None:
        view = memoryview(json.dumps(reply).encode() + b"\n")
        with contextlib.suppress(BrokenPipeError):
            while view:
                view = view[os.write(outlet, view) :]

    try:
        setup = orders.get()
        given = Limits.of_dict(setup["limits"])
        runner = runner_of(setup)
        keep_memory(given)
    except Exception as error:  # noqa: BLE001 - told to the parent, whatever it is
        say({"refused": f"a worker process cannot begin: {type(error).__name__}: {error}"})
        return
    say({"ready": os.getpid(), "resident": _resident()})
    points = Points()
    while True:
        run_order(orders.get(), points, runner, given, say)


def runner_of(setup: Mapping[str, Any]) -> Runner:
    """Return what runs a task, made ready: the engine, compiled, or a runner by its name."""
    if setup["runner"]:
        runner: Runner = named(setup["runner"])
        return runner
    if setup["engine"] != "simpy":
        from sim.engine import prepare  # loads the kernel

        prepare(lambda _text: None)
    return EngineRunner(setup["engine"], Limits.of_dict(setup["limits"]).events)


def run_order(order: Order, points: Points, runner: Runner, given: Limits, say: Any) -> None:
    """Run an order, and say each outcome as soon as it is there."""
    try:
        tasks = list(points.tasks(order))
    except Exception as error:  # noqa: BLE001 - told to the parent, whatever it is
        say({"refused": str(error)})
        return
    for task in tasks:
        say({"begun": task.key})
        say(_run(task, order["seed"], runner, given, say))


def die_with(parent: int) -> None:
    """Ask the system to kill this process when the thread that started it is gone, where it can."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it went before it could be asked
        os._exit(GONE)


def keep_memory(given: Limits) -> None:
    """Let no single request take more than the limit; what is taken bit by bit is seen by the parent."""
    if given.memory is None:
        return
    import resource  # there only where the limit is

    addresses = int(_PAGES.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    most = addresses + given.memory + ADDRESSES_SPARE
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _run(task: Task, seed: int, runner: Runner, given: Limits, say: Any) -> Reply:
    try:
        return reply_of(task, runner(task, seed))
    except MemoryError as error:
        if given.memory is not None:
            say({"key": task.key, "starved": True})
            os._exit(OUT_OF_MEMORY)
        return reply_of(task, error)
    except Exception as error:  # noqa: BLE001 - it is the outcome of this run
        return reply_of(task, error)


def _private(handle: int) -> int:
    """Move stdin or stdout to a handle that no run knows: what runs print goes to stderr."""
    own = os.dup(handle)
    if handle:
        os.dup2(2, handle)
    else:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, handle)
        os.close(nothing)
    return own


def _listen(inlet: int, orders: queue.SimpleQueue[dict[str, Any]]) -> None:
    with os.fdopen(inlet, "rb") as lines, contextlib.suppress(OSError, ValueError):
        for line in lines:
            orders.put(json.loads(line))
    os._exit(GONE)


def _resident() -> int:
    """Bytes that this process has in memory; 0 where the system does not tell."""
    try:
        return int(_PAGES.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return 0
