"""How much memory there is: of this machine, or of the container that it is run in.

EVENTFLOW_MEMORY=2GiB   less, where others need the rest
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from sim.errors import EventflowError, OutOfMemoryError

VARIABLE = "EVENTFLOW_MEMORY"
UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
UNKNOWN = 1 << 62
_SIZE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,3})?)(" + "|".join(UNITS) + ")")
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def memory_bytes() -> int:
    """Bytes that runs may take: those of the machine, of its container, or of ``EVENTFLOW_MEMORY``, whichever is least.

    Where the system does not say, there is no limit. Raises `EventflowError` when the variable cannot be read.
    """
    return min(_asked(), _contained(), _physical())


def memory_left() -> int:
    """Bytes that this process may still take: of `memory_bytes` what it does not hold, and no more than is free."""
    return min(memory_bytes() - _held(), _free())


def refuse_more(size: int, doing: str) -> None:
    """Raise `OutOfMemoryError` when there are not so many bytes more. Asked before what is large is allocated."""
    if size > memory_left():
        message = f"{doing} needs {readable(size)} of memory more, and there are {readable(max(0, memory_left()))}"
        raise OutOfMemoryError(f"{message}; write a lower rate, a queue_max, or a shorter run.horizon, or run fewer jobs")


def readable(size: float) -> str:
    """A size in words: ``1.5 GiB``."""
    if size >= 2**40:
        return f"{size / 2**40:.3g} TiB"
    return f"{size / 2**30:.3g} GiB" if size >= 2**30 else f"{size / 2**20:.3g} MiB"


def _asked() -> int:
    given = os.environ.get(VARIABLE, "")
    if not given:
        return UNKNOWN
    match = _SIZE.fullmatch(given.strip())
    if match is None:
        raise EventflowError(f"{VARIABLE}={given} is not a size; write for example {VARIABLE}=2GiB, or leave it out")
    return max(1, int(float(match[1]) * UNITS[match[2]]))


def _contained() -> int:
    """The limit of the control group; texts that are no number mean that there is none."""
    for path in _LIMITS:
        try:
            return int(path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
    return UNKNOWN


def _physical() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not on Windows
        return UNKNOWN


def _held() -> int:
    """Bytes of memory that this process holds; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return 0


def _free() -> int:
    """Bytes that the machine can give away."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, IndexError, StopIteration):
        return UNKNOWN
