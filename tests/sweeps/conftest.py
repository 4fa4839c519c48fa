"""A tiny sweep, a runner that takes no time, and a disk on which any operation can fail or be the last one.

kill at operation 17  ->  half a file written, all that was not synced cut short, the process gone
"""

from __future__ import annotations

import errno
import hashlib
import math
import os
import threading
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from sim.files import Files
from sim.scenario import Scenario
from sim.sweeps.summary import Summary

if TYPE_CHECKING:
    from pathlib import Path

    from sim.sweeps.plan import Task

OVER = ("services.back.workers=1,2",)
RUNS = 2


F = TypeVar("F", bound=Any)


class Killed(BaseException):
    """The process is gone."""


def alone(operation: F) -> F:
    """Let an operation of a disk be over before another thread begins one: what dies is between operations, or in one."""

    @wraps(operation)
    def waiting(disk: Disk, *given: Any) -> Any:
        with disk.lock:
            return operation(disk, *given)

    return waiting  # type: ignore[return-value]


class Disk(Files):
    """A disk that does not wait for the real one, and does something wrong at its n-th operation.

    Attributes:
        at: number of the operation; -1: never.
        how: an error number, for it once; minus the number, for it and all later ones; 0: the process is killed;
            1000: killed, and what was not synced is lost: contents, new names, and renaming, which leaves the former name;
            1001: the same, but every name had come to the disk.
        count: operations so far.
    """

    POWER, POWER_BUT_NAMES = 1000, 1001

    def __init__(self, pid: int = 1, *, at: int = -1, how: int = 0, running: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.lock = threading.RLock()
        self.pid = pid
        self.at = at
        self.how = how
        self.running = running
        self.count = 0
        self.handles: dict[int, Path] = {}
        self.unsynced: set[Path] = set()
        self.unnamed: dict[Path, Path | None] = {}

    def _act(self, path: Path | None = None) -> bool:
        """Count an operation; raise when it fails. True: the process dies within it."""
        number, self.count = self.count, self.count + 1
        if self.at < 0 or number < self.at:
            return False
        if self.how in {0, self.POWER, self.POWER_BUT_NAMES}:
            if number > self.at:
                raise Killed
            return True
        if number == self.at or self.how < 0:
            code = abs(self.how)
            raise OSError(code, os.strerror(code), str(path))
        return False

    def _die(self) -> None:
        if self.how:
            for path in self.unsynced:
                path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
        if self.how == self.POWER:
            for path, former in self.unnamed.items():
                if former is None:
                    path.unlink()
                else:
                    path.rename(former)
        raise Killed

    @alone
    def new(self, path: Path) -> int:
        """Create, or fail."""
        if self._act(path):
            self._die()
        handle = super().new(path)
        self.handles[handle] = path
        self.unsynced.add(path)
        self.unnamed[path] = None
        return handle

    @alone
    def open(self, path: Path) -> int:
        """Open, or fail."""
        if self._act(path):
            self._die()
        handle = super().open(path)
        self.handles[handle] = path
        return handle

    @alone
    def write(self, handle: int, data: bytes) -> None:
        """Write; a failing or dying write leaves half of it."""
        try:
            dying = self._act()
        except OSError:
            super().write(handle, data[: len(data) // 2])
            raise
        if dying:
            super().write(handle, data[: len(data) // 2])
            self._die()
        super().write(handle, data)
        self.unsynced.add(self.handles[handle])

    @alone
    def sync(self, handle: int) -> None:
        """Count as synced from here on."""
        if self._act():
            self._die()
        self.unsynced.discard(self.handles[handle])

    @alone
    def close(self, handle: int) -> None:
        """Close really, so that tests do not run out of handles."""
        super().close(handle)
        if self._act():
            self._die()

    @alone
    def rename(self, path: Path, target: Path) -> None:
        """Rename, or fail."""
        if self._act(path):
            self._die()
        super().rename(path, target)
        self.unnamed[target] = self.unnamed.pop(path, path)
        if path in self.unsynced:
            self.unsynced ^= {path, target}

    @alone
    def link(self, path: Path, target: Path) -> None:
        """Link, or fail."""
        if self._act(path):
            self._die()
        super().link(path, target)
        self.unnamed[target] = None
        if path in self.unsynced:
            self.unsynced.add(target)

    @alone
    def sync_folder(self, path: Path) -> None:
        """Count names as synced from here on."""
        if self._act(path):
            self._die()
        self.unnamed = {target: former for target, former in self.unnamed.items() if target.parent != path}

    @alone
    def remove(self, path: Path) -> None:
        """Remove, or fail."""
        if self._act(path):
            self._die()
        super().remove(path)
        self.unsynced.discard(path)
        self.unnamed.pop(path, None)

    @alone
    def make_folder(self, path: Path) -> None:
        """Create, or fail."""
        if self._act(path):
            self._die()
        super().make_folder(path)

    @alone
    def read(self, path: Path) -> bytes | None:
        """Read, or fail."""
        if self._act(path):
            self._die()
        return super().read(path)

    @alone
    def names(self, path: Path) -> list[str]:
        """List, or fail."""
        if self._act(path):
            self._die()
        return super().names(path)

    def wait(self, seconds: float) -> None:
        """Nobody else is writing."""

    def is_running(self, pid: int) -> bool:
        """Only the processes that the test says."""
        return pid in self.running


class Stub:
    """Takes no time: values that follow from the task alone, among them no end and nothing to measure."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def __call__(self, task: Task, seed: int) -> Summary:
        """Pretend to run a task."""
        self.ran.append(task.key)
        digest = hashlib.sha256(f"{task.key} {seed}".encode())
        number = int.from_bytes(digest.digest()[:4], "big") / 7.0
        values = tuple(number / (place + 1) for place in range(len(task.point.paths)))
        return Summary((*values[:-2], math.inf, math.nan), digest.hexdigest())


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS)

TINY: dict[str, Any] = {
    "name": "tiny",
    "architecture": "synchronous",
    "services": {
        "front": {"workers": 4, "operations": {"buy": [{"work": "2ms"}, {"call": "back.pay", "timeout": "100ms"}]}},
        "back": {"queue_max": 10, "operations": {"pay": [{"work": {"kind": "exponential", "mean": "10ms"}}]}},
    },
    "workload": {"orders": {"operation": "front.buy", "arrivals": {"kind": "poisson", "rate": "50/s"}, "timeout": "1s"}},
    "faults": {"slow": {"kind": "slowdown", "target": "back", "factor": 20, "at": "2s", "for": "1s"}},
    "objectives": ["orders.errors < 5%"],
    "run": {"horizon": "6s", "replications": 4, "seed": 3},
}


@pytest.fixture(scope="session")
def tiny() -> Scenario:
    """Two services, one slow for a second."""
    return Scenario.model_validate(TINY)
