"""Timeouts of attempts, of one length: what begins first ends first, so that only the next one is on the calendar.

    begin -> [ settled, settled, awaited, awaited, ... ]      one of a settled attempt leaves without having been there
               `-> end -> expire                              its turn comes at its time; the next that is awaited follows

They are as if each stood on the calendar by itself. Most attempts settle long before.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.engine.simpy_engine.clock import Clock
    from sim.engine.simpy_engine.state import Span


class Timeouts:
    """All timeouts of one length, in ns; ``expire(attempt)`` is what is done when one ends."""

    def __init__(self, clock: Clock, length: int, expire: Callable[[Span], None]) -> None:
        self._clock, self._length, self._expire = clock, length, expire
        self._waiting: deque[tuple[int, int, Span]] = deque()

    def begin(self, attempt: Span, rank: int) -> None:
        """The timeout of an attempt begins to run."""
        waiting, end = self._waiting, self._clock.now + self._length
        if not waiting:
            self._clock.after(self._length, rank, self._end)
        elif waiting[-1][0] == end and waiting[-1][1] > rank:  # begun in one instant, in another order
            self._clock.after(self._length, rank, self._expire, attempt)
            return
        waiting.append((end, rank, attempt))

    def _end(self) -> None:
        """The first one ends."""
        waiting = self._waiting
        attempt = waiting.popleft()[2]
        while waiting and not waiting[0][2].awaited:
            waiting.popleft()
        if waiting:
            end, rank, _ = waiting[0]
            self._clock.at(end, rank, self._end)
        self._expire(attempt)
