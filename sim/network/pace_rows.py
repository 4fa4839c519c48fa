"""Rows of services whose work shares cores or slows itself down, and of those whose handlers give their workers back."""

from __future__ import annotations

from dataclasses import dataclass

NO_CORES = 0
FIFO = 1
SHARED = 2


@dataclass(frozen=True, slots=True)
class Processor:
    """What does the work of each replica of a service: ``cores`` is 0 where work needs none.

    ``sharing``: `NO_CORES`, `FIFO` or `SHARED`; ``serial`` and ``crosstalk`` are the parts of its contention, times
    ``2**SHARE_BITS``.
    """

    name: str
    service: int
    cores: int
    sharing: int
    serial: int
    crosstalk: int

    @property
    def gated(self) -> bool:
        """Whether work that finds no core waits for one."""
        return self.sharing == FIFO

    @property
    def together(self) -> bool:
        """Whether how fast work goes depends on what else is at work."""
        return self.sharing == SHARED or self.serial + self.crosstalk > 0


@dataclass(frozen=True, slots=True)
class EventLoop:
    """A service whose handlers give their workers back while they wait; ``resumed``: who is next for a free worker."""

    name: str
    service: int
    resumed: int
