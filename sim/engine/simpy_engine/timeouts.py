"""Timeouts of attempts, of one length: what begins first ends first, so that only the next one is on the calendar.

    begin -> [ settled, settled, awaited, awaited, ... ]      one of a settled attempt leaves without having been there
               `-> end -> expire                              its turn comes at its time; the next that is awaited follows

They are as if each stood on the calendar by itself. Most attempts settle long before: what waits here is the rank of a timeout,
which has the identity of its attempt, so that an attempt that is over need not be kept until then.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from sim.semantics.order import IDENTITY_MASK

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.engine.simpy_engine.clock import Clock
    from sim.engine.simpy_engine.state import Span


class Timeouts:
    """All timeouts of one length, in ns, of ``awaited`` attempts; ``expire(attempt)`` is what is done when one of them ends."""

    def __init__(self, clock: Clock, length: int, awaited: dict[int, Span], expire: Callable[[Span], None]) -> None:
        self._clock, self._length, self._awaited, self._expire = clock, length, awaited, expire
        self._waiting: deque[tuple[int, int]] = deque()

    def begin(self, rank: int) -> None:
        """The timeout of an attempt begins to run."""
        waiting, end = self._waiting, self._clock.now + self._length
        if not waiting:
            self._clock.after(self._length, rank, self._end)
        elif waiting[-1][0] == end and waiting[-1][1] > rank:  # begun in one instant, in another order
            self._clock.after(self._length, rank, self._over, rank)
            return
        waiting.append((end, rank))

    def _end(self) -> None:
        """The first one ends."""
        waiting, awaited = self._waiting, self._awaited
        _, first = waiting.popleft()
        while waiting and waiting[0][1] & IDENTITY_MASK not in awaited:
            waiting.popleft()
        if waiting:
            end, rank = waiting[0]
            self._clock.at(end, rank, self._end)
        self._over(first)

    def _over(self, rank: int) -> None:
        """The time of an attempt is over, if it is awaited still."""
        attempt = self._awaited.get(rank & IDENTITY_MASK)
        if attempt is not None:
            self._expire(attempt)
