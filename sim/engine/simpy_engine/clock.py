"""SimPy's environment with our order: what has no delay first, in the order of its cause; then by (time, rank).

    SimPy:   one heap of (time, priority, sequence, event)
    here:    agenda: everything that follows without delay (process starts, triggered events), first caused first
             heap:   timed events of (time, rank, sequence, event); the rank stands where SimPy keeps its priority
    event:   one of SimPy's, or a deed, (verb, about): `Clock.after` has ``verb(*about)`` done, and nobody waits for it

So timed events of one instant fire by what they are (`sim.semantics.order`), whoever scheduled first, and all that follows
from one finishes before the next. Ordinary SimPy processes, events and conditions live in it unchanged.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

import simpy

from sim.errors import RunawayError
from sim.semantics import order

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

Deed: TypeAlias = "tuple[Callable[..., None], tuple[Any, ...]]"

LOOK_EVERY = 65_536
"""Events between looks at the limits."""


class Clock(simpy.Environment):
    """A SimPy environment in int64 nanoseconds, ordered by (time, rank).

    Attributes:
        agenda: what has no delay, first caused first.
        events_max: how many events may fire; None: as many as there are.
        now: the simulated time in ns.
        places: names of operations, topics and queues, for what is said when an instant does not end.
        watch: called now and then with the events so far; what it raises ends the run.
    """

    __slots__ = ("now",)
    now: int
    _now = property(attrgetter("now"), lambda clock, time: setattr(clock, "now", time), doc="The same, as SimPy knows it.")

    def __init__(self) -> None:
        super().__init__(initial_time=0)
        self.agenda: deque[simpy.Event | Deed] = deque()
        self.events_max: int | None = None
        self.places: list[str] = []
        self.watch: Callable[[int], None] | None = None

    def schedule(self, event: simpy.Event, priority: int = 0, delay: int = 0) -> None:  # type: ignore[override]
        """Put an event on the calendar; ``priority`` is its rank and counts only with a delay."""
        if delay:
            entry: Any = (self.now + delay, priority, next(self._eid), event)
            heappush(self._queue, entry)
        elif event.callbacks or event.__class__ is not Process or not event._ok:
            self.agenda.append(event)
        else:  # a process that ended well and that nobody waits for
            event.callbacks = None  # type: ignore[assignment]

    def after(self, delay: int, rank: int, verb: Callable[..., None], *about: Any) -> None:
        """Have something done after ``delay`` ns, in the place among its instant that ``rank`` gives it.

        Without a delay it joins the agenda.
        """
        if delay:
            entry: Any = (self.now + delay, rank, next(self._eid), (verb, about))
            heappush(self._queue, entry)
        else:
            self.agenda.append((verb, about))

    def at(self, time: int, rank: int, verb: Callable[..., None], *about: Any) -> None:
        """Have something done at a time that is not past; at this instant, in the place that ``rank`` gives it."""
        entry: Any = (time, rank, next(self._eid), (verb, about))
        heappush(self._queue, entry)

    def peek(self) -> float:
        """Time of the next event in ns, or infinity."""
        if self.agenda:
            return self.now
        return self._queue[0][0] if self._queue else float("inf")

    def step(self) -> None:
        """Fire the next event. Raises `simpy.core.EmptySchedule` when there is none."""
        event: Any
        time: Any
        if self.agenda:
            event = self.agenda.popleft()
        elif self._queue:
            time, _, _, event = heappop(self._queue)
            self.now = time
        else:
            raise simpy.core.EmptySchedule
        if event.__class__ is tuple:
            verb, about = event
            verb(*about)
            return
        callbacks, event.callbacks = event.callbacks, None
        for callback in callbacks:
            callback(event)
        if not event._ok and not event.defused:
            raise event._value

    def run_to(self, horizon: int) -> int:
        """Fire every event before ``horizon`` (ns); returns how many fired.

        Raises `RunawayError`, naming the last event, when an instant does not end, and after more than ``events_max`` events.
        """
        queue, agenda = self._queue, self.agenda
        event: Any
        time: Any
        last: Any = (horizon, -1, next(self._eid), None)  # before all that is not to fire: the calendar is never empty
        heappush(queue, last)
        fired = began = rank = look = 0
        while True:
            if agenda:
                event = agenda.popleft()
            else:
                time, rank, _, event = heappop(queue)
                if time != self.now:
                    if time >= horizon:
                        return fired
                    self.now, began = time, fired
            fired += 1
            if fired > look:
                look = self._look(fired, fired - began, rank)
            if event.__class__ is tuple:
                verb, about = event
                verb(*about)
                continue
            callbacks, event.callbacks = event.callbacks, None
            for callback in callbacks:
                callback(event)
            if not event._ok and not event.defused:
                raise event._value

    def _look(self, fired: int, instant: int, rank: int) -> int:
        """Keep to the limits and let the run be watched; returns after how many events to look again.

        Of ``fired`` events ``instant`` are of this instant, the last timed one of this ``rank``. An instant that begins later
        reaches its limit later, so that none is missed.
        """
        most = self.events_max
        if instant > order.INSTANT_MAX:
            last = order.describe(rank, self.places)
            what = f"more than {order.INSTANT_MAX} events in one instant, the last timed one: {last}"
            raise RunawayError(int(self.now), what)
        if most is not None and fired > most:
            raise RunawayError(int(self.now), order.too_many(most))
        if self.watch is not None:
            self.watch(fired)
        again = fired + min(LOOK_EVERY, order.INSTANT_MAX - instant)
        return again if most is None else min(again, most)


class Process(simpy.Process):
    """A process of SimPy's, that begins when its turn on the agenda comes. Nobody interrupts it before."""

    def __init__(self, clock: Clock, activity: Generator[simpy.Event, Any, Any]) -> None:
        self.env = clock
        self.callbacks = []
        self._generator = activity
        self._target = BEGIN
        clock.agenda.append((self._resume, (BEGIN,)))


BEGIN = simpy.Event(simpy.Environment())
"""What every process waits for first: it has happened."""
BEGIN._ok, BEGIN._value = True, None


class Timer(simpy.Event):
    """An event to wait for: it happens after ``delay`` ns, in the place among its instant that ``rank`` gives it.

    Without a delay it joins the agenda, unless it is to stand ``on_calendar``.
    """

    def __init__(self, clock: Clock, delay: int, rank: int, *, on_calendar: bool = False) -> None:
        self.env = clock
        self._value = None
        self._ok = True
        self._defused = False
        self.callbacks = []
        if delay or on_calendar:
            entry: Any = (clock.now + delay, rank, next(clock._eid), self)
            heappush(clock._queue, entry)
        else:
            clock.agenda.append(self)
