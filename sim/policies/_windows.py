"""Counts of what happened last: of the last so many calls, or of the last so many spans of time.

    of calls   | F . S F . . |                 a ring of marks, one a call; the oldest makes room for the newest
    of time    | 3 1 0 | 5 0 2 | 1 1 0 | ...   a ring of spans that begin with the run, `COLUMNS` counts each

A window of 10 s in 10 spans holds what happened in this second and in the nine before, as whole seconds of the clock: what
resilience4j's time-based window is (its seconds are those of the epoch, these are those of the run). More and shorter
spans come nearer to a window that slides.

The sums are kept up beside the ring, which is the tail of a state: `Row.roomy`, or as many words as the guard's `tail` says.
"""

from sim.rows import Ints, Row, tail
from sim.shared import shared

COLUMNS = 3
BAD = 1
SLOW = 2
"""Marks of a call: bits."""


class Window(Row):
    """What is in a window now, and where in its ring it is; it begins empty."""

    place: int  # of calls: which mark is next; of time: which span it is, counted from the start of the run
    calls: int
    bad: int
    slow: int
    ring: Ints = tail()


@shared
def mark(window: Window, size: int, bad: bool, slow: bool) -> None:  # noqa: FBT001
    """One more call ended: the last ``size`` ones are in the window."""
    if window.calls == size:
        old = window.ring[window.place]
        window.bad -= old & BAD
        window.slow -= (old & SLOW) >> 1
    else:
        window.calls += 1
    window.ring[window.place] = (BAD if bad else 0) | (SLOW if slow else 0)
    window.place = (window.place + 1) % size
    window.bad += 1 if bad else 0
    window.slow += 1 if slow else 0


@shared
def moved(window: Window, spans: int, width: int, now: int) -> None:
    """It is ``now``: what happened before the last ``spans`` spans of ``width`` ns, this one included, is out of the window."""
    span = now // width
    for _ in range(min(span - window.place, spans)):
        window.place += 1
        at = (window.place % spans) * COLUMNS
        window.calls -= window.ring[at]
        window.bad -= window.ring[at + 1]
        window.slow -= window.ring[at + 2]
        window.ring[at] = 0
        window.ring[at + 1] = 0
        window.ring[at + 2] = 0
    window.place = max(window.place, span)


@shared
def add(window: Window, spans: int, calls: int, bad: int, slow: int) -> None:
    """Add to the counts of the span that it is now, after `moved`; also less than nothing."""
    at = (window.place % spans) * COLUMNS
    window.ring[at] += calls
    window.ring[at + 1] += bad
    window.ring[at + 2] += slow
    window.calls += calls
    window.bad += bad
    window.slow += slow


@shared
def withdrawn(window: Window, spans: int, span: int) -> None:
    """A call of a span, counted from the start of the run, was none; one that is out of the window is so already."""
    if window.place - span < spans:
        window.ring[(span % spans) * COLUMNS] -= 1
        window.calls -= 1


@shared
def emptied(window: Window, words: int) -> None:
    """Nothing is in the window any more; its ring has so many words, of calls 0: marks are written over."""
    for at in range(words):
        window.ring[at] = 0
    window.place = 0
    window.calls = 0
    window.bad = 0
    window.slow = 0
