"""Requests that a limit learns from together: as concurrency-limits' `WindowedLimit` puts them.

    ####  ##  # #### | ##  ##   #     the mean time and the most in flight of a window are one sample, dropped when any was
    <---- min .. --->                 a window lasts twice its shortest time, at least `min` and at most `max`; and until it has
                                      more than `samples` requests

Defaults and rules of Netflix/concurrency-limits @b108aa80, with its average window of @25a05f1f: 1 s, 1 s, 10 samples, and
times below 100 us count for nothing. Its end is looked for when a request ends, not by a clock.
"""

from sim.rows import Row
from sim.shared import shared

TOGETHER_MAX = 1 << 60


class WindowSettings(Row):
    """What is declared, in ns."""

    least: int
    most: int
    samples: int
    shortest: int


class WindowState(Row):
    """The window that is open, and when it may end."""

    count: int
    time: int  # of its requests, all together, ns
    least: int  # the shortest
    in_flight: int
    dropped: int
    ends_at: int


@shared
def took(settings: WindowSettings, state: WindowState, now: int, elapsed: int, in_flight: int, dropped: bool) -> bool:  # noqa: FBT001
    """One more request is over; whether that ends the window, and the limit learns from it."""
    if elapsed < settings.shortest:
        return False
    state.least = elapsed if state.count == 0 else min(state.least, elapsed)
    state.count += 1
    state.time = min(state.time + elapsed, TOGETHER_MAX)
    state.in_flight = max(state.in_flight, in_flight)
    if dropped:
        state.dropped = 1
    return now > state.ends_at and state.count > settings.samples


@shared
def emptied(settings: WindowSettings, state: WindowState, now: int) -> None:
    """The window is over; the next one begins."""
    state.ends_at = now + min(max(2 * state.least, settings.least), settings.most)
    state.count = 0
    state.time = 0
    state.in_flight = 0
    state.dropped = 0
