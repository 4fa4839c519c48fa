"""SimPy's environment with our order: the calendar is sorted by (time, rank), and what has no delay comes first.

    SimPy:   heap of (time, priority, sequence, event)
    here:    priority = rank of a timed event, 0 for everything that follows without delay

So the *agenda* (process starts, triggered events, zero delays) runs in the order in which it was caused, before the next
timed event, and timed events of one instant fire by rank, whoever scheduled first.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappush
from typing import Any

import simpy

from sim.engine import order
from sim.errors import RunawayError


class Clock(simpy.Environment):
    """A SimPy environment in int64 nanoseconds, ordered by (time, rank)."""

    def __init__(self) -> None:
        super().__init__(initial_time=0)
        self.instant = -1
        self.instant_events = 0

    def schedule(self, event: simpy.Event, priority: int = 0, delay: int = 0) -> None:  # type: ignore[override]
        """Put an event on the calendar; ``priority`` is its rank and counts only with a delay."""
        heappush(self._queue, (self._now + delay, priority if delay else 0, next(self._eid), event))

    def run_to(self, horizon: int) -> int:
        """Fire every event before ``horizon`` (ns); returns how many fired.

        Raises `RunawayError`, naming the last event, when an instant does not end.
        """
        queue, step, fired = self._queue, self.step, 0
        while queue and queue[0][0] < horizon:
            time, rank, _, event = queue[0]
            if time != self.instant:
                self.instant, self.instant_events = time, 0
            self.instant_events += 1
            if self.instant_events > order.INSTANT_MAX:
                what = order.describe(rank) if rank else type(event).__name__
                raise RunawayError(int(time), f"more than {order.INSTANT_MAX} events in one instant, the last one: {what}")
            fired += 1
            step()
        return fired


class Timer(simpy.Event):
    """An event that happens by itself after ``delay`` ns, in the place among its instant that ``rank`` gives it."""

    def __init__(
        self,
        clock: Clock,
        delay: int,
        rank: int,
        callback: Callable[[Any], None] | None = None,
        value: Any = None,  # noqa: ANN401
    ) -> None:
        self.env = clock
        self.callbacks = [] if callback is None else [callback]
        self._value = value
        self._ok = True
        self._defused = False
        clock.schedule(self, rank, delay)
