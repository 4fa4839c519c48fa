"""Runners that other processes import: a quick one, and some that do what no run should.

point 0, replication 42  ->  dies, hangs, takes all memory, crashes ...        everything else  ->  as quick
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.sweeps.conftest import Stub

if TYPE_CHECKING:
    from sim.sweeps.plan import Task
    from sim.sweeps.summary import Summary

BAD = 42
TRACK = "EVENTFLOW_TEST_TRACK"
"""Names a folder where each run leaves the process id of its worker."""


def quick(task: Task, seed: int) -> Summary:
    """Take no time; say in stdout what nobody wants to read there."""
    print("a run prints")  # noqa: T201 - that is the point
    return Stub()(task, seed)


def dies(task: Task, seed: int) -> Summary:
    """Kill the process."""
    if task.replication == BAD:
        os.kill(os.getpid(), signal.SIGKILL)
    return quick(task, seed)


def leaves(task: Task, seed: int) -> Summary:
    """End the process as if all were well."""
    if task.replication == BAD:
        os._exit(0)
    return quick(task, seed)


def crashes(task: Task, seed: int) -> Summary:
    """Read where nothing is."""
    if task.replication == BAD:
        ctypes.string_at(1)
    return quick(task, seed)


def hangs(task: Task, seed: int) -> Summary:
    """Never end."""
    while task.replication == BAD:
        pass
    return quick(task, seed)


def grows(task: Task, seed: int) -> Summary:
    """Take memory bit by bit."""
    taken = []
    while task.replication == BAD:
        taken.append(bytearray(b"x") * 2**20)
        time.sleep(0.0005)
    return quick(task, seed)


def grabs(task: Task, seed: int) -> Summary:
    """Take memory at once."""
    if task.replication == BAD:
        bytearray(2**36)
    return quick(task, seed)


def digs(task: Task, seed: int) -> Summary:
    """Call itself without end."""
    return digs(task, seed) if task.replication == BAD else quick(task, seed)


def dies_once(task: Task, seed: int) -> Summary:
    """Kill the process the first time; the folder knows whether it is."""
    mark = Path(os.environ[TRACK]) / task.key
    if task.replication == BAD and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return quick(task, seed)


def tracked(task: Task, seed: int) -> Summary:
    """Leave the worker's process id; every third run then sits still for long."""
    (Path(os.environ[TRACK]) / str(os.getpid())).touch()
    if task.replication % 3 == 2:
        time.sleep(600)
    return quick(task, seed)


def slow(task: Task, seed: int) -> Summary:
    """Take some time; leave the worker's process id."""
    (Path(os.environ[TRACK]) / str(os.getpid())).touch()
    time.sleep(0.02)
    return quick(task, seed)
