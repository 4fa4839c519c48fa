r"""What a run may take, and what is said of a run that took more.

    --max-events 5000000     events of the simulation: counted by the engine, the same on every machine
    --max-wall 30s           seconds of the wall clock     \  a process of its own is needed to stop a run that
    --max-memory 1GiB        memory beyond an idle worker  /   does not stop by itself: threads refuse these two

A run that hits a limit is reported with the limit, and is in no average.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.errors import EventflowError
from sim.scenario.units import parse_duration
from sim.sweeps.errors import SweepError

if TYPE_CHECKING:
    from collections.abc import Mapping

SECOND = 1_000_000_000
SIZES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
MEMORY_MIN = 2**20
_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?) ?([A-Za-z]+)")


class RunLostError(EventflowError):
    """A run that did not end by itself: killed, or over a limit. The message says which, and how often it was tried."""


@dataclass(frozen=True)
class Limits:
    """What each run may take; None: as much as it likes.

    Attributes:
        events: of the simulation.
        wall: seconds by the monotonic clock, from when a worker begins the run.
        memory: resident bytes of its process beyond what an idle worker has.
    """

    events: int | None = None
    wall: float | None = None
    memory: int | None = None

    @property
    def need_processes(self) -> bool:
        """Whether only a process of its own can keep a run to them."""
        return self.wall is not None or self.memory is not None

    def check_system(self) -> None:
        """Raise `SweepError` where the system cannot tell a process's memory."""
        if self.memory is not None and sys.platform != "linux":
            raise SweepError("--max-memory is kept on Linux only; leave it out here, or run there")

    def to_dict(self) -> dict[str, float | None]:
        """Return plain data that `of_dict` reads."""
        return {"events": self.events, "wall": self.wall, "memory": self.memory}

    @staticmethod
    def of_dict(data: Mapping[str, float | None]) -> Limits:
        """Return the limits that `to_dict` wrote."""
        events, wall, memory = data["events"], data["wall"], data["memory"]
        return Limits(None if events is None else int(events), wall, None if memory is None else int(memory))


def limits(events: int | None = None, wall: str | float | None = None, memory: str | int | None = None) -> Limits:
    """Return limits as a person gives them: ``30s`` or seconds, ``1GiB`` or bytes. Raises `SweepError`."""
    if events is not None and events < 1:
        raise SweepError(f"max-events {events}: every run has more; allow at least 1")
    return Limits(events, _seconds(wall), _bytes(memory))


def in_words(size: int) -> str:
    """Return a number of bytes to read: ``1.5 GiB``."""
    return f"{size / 2**30:.3g} GiB" if size >= 2**30 else f"{size / 2**20:.3g} MiB"


def _seconds(wall: str | float | None) -> float | None:
    if wall is None:
        return None
    try:
        seconds = parse_duration(wall) / SECOND if isinstance(wall, str) else float(wall)
    except ValueError as error:
        raise SweepError(f"max-wall: {error}") from None
    if not 0.0 < seconds < float("inf"):
        raise SweepError(f"max-wall {wall}: no run ends in that; write for example 30s")
    return seconds


def _bytes(memory: str | int | None) -> int | None:
    if memory is None:
        return None
    size = memory if isinstance(memory, int) else 0
    if isinstance(memory, str):
        match = _SIZE.fullmatch(memory.strip())
        if match is None or match[2] not in SIZES:
            raise SweepError(f"max-memory: '{memory}' is not a size; write for example 512MiB or 1GiB ({', '.join(SIZES)})")
        size = round(float(match[1]) * SIZES[match[2]])
    if size < MEMORY_MIN:
        raise SweepError(f"max-memory {memory}: no run fits in that; allow at least 1MiB")
    return size
