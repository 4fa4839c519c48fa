"""Four systems whose latency is known, customer by customer: no simulator, only their textbook recursions.

    M/M/1, M/M/4, two M/M/1 in a row, an M/M/1 whose failures come back      run -> mean and p99 of its latency

Service takes 1 on average and ``load`` is the share of time that a server works. A run begins empty; its first customers
are left out. Numba compiles the recursions: 200 000 runs of 5000 customers take about a minute.

The closed forms are those of the steady state: sojourn times of M/M/1 and M/M/c (Erlang C); of queues in a row, whose
sojourns are independent (Reich 1957; Burke 1968); of a queue with delayed feedback by product form (Jackson 1957), its mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stats.coverage.queues import Floats

WORKERS = 4
"""Of M/M/c."""
FAILS = 0.2
"""Share of the attempts at the retry system that fail."""
DELAY_MAX = 10.0
"""Its clients come back after a time between 0 and this, in service times, as often as it takes."""


@numba.njit
def _first(times: Any, count: int) -> int:
    """Where the earliest of the first ``count`` times is."""
    place = 0
    for at in range(1, count):
        if times[at] < times[place]:
            place = at
    return place


@numba.njit
def _many_servers(chance: Any, latencies: Any, load: float, skip: int, workers: int) -> None:
    """Kiefer and Wolfowitz: when each worker is free again."""
    free = np.zeros(workers)
    now = 0.0
    for at in range(skip + len(latencies)):
        now += chance.standard_exponential() / (load * workers)
        first = _first(free, workers)
        free[first] = max(free[first], now) + chance.standard_exponential()
        if at >= skip:
            latencies[at - skip] = free[first] - now


@numba.njit
def _in_a_row(chance: Any, latencies: Any, load: float, skip: int, stations: int) -> None:
    """Lindley at each station: a customer arrives there when it left the one before."""
    free = np.zeros(stations)
    now = 0.0
    for at in range(skip + len(latencies)):
        now += chance.standard_exponential() / load
        done = now
        for station in range(stations):
            done = max(free[station], done) + chance.standard_exponential()
            free[station] = done
        if at >= skip:
            latencies[at - skip] = done - now


@numba.njit
def _coming_back(chance: Any, latencies: Any, load: float, skip: int, fails: float) -> None:
    """One server, first come first served; a failed attempt joins the queue again after a uniform delay."""
    customers = skip + len(latencies)
    arrived = np.zeros(8 * customers)  # enough for those that come while the last of the measured are still tried again
    queue = np.zeros(8 * customers, np.int64)
    away, away_until = np.zeros(customers, np.int64), np.full(customers, np.inf)
    head = tail = count = new = measured = 0
    next_new = chance.standard_exponential() / (load * (1.0 - fails))
    done = back = np.inf
    while measured < len(latencies):
        if done <= next_new and done <= back:
            who, now = queue[head], done
            head += 1
            if chance.random() < fails:
                away[count], away_until[count] = who, now + DELAY_MAX * chance.random()
                back = min(back, away_until[count])
                count += 1
            elif skip <= who < customers:
                latencies[who - skip] = now - arrived[who]
                measured += 1
            done = now + chance.standard_exponential() if head < tail else np.inf
            continue
        if next_new <= back:
            who, now = new, next_new
            arrived[new] = now
            new += 1
            next_new = now + chance.standard_exponential() / (load * (1.0 - fails))
        else:
            place = _first(away_until, count)
            who, now = away[place], back
            count -= 1
            away[place], away_until[place] = away[count], away_until[count]
            back = away_until[_first(away_until, count)] if count else np.inf
        queue[tail] = who
        tail += 1
        if tail - head == 1:
            done = now + chance.standard_exponential()


@numba.njit
def _replace_least(heap: Any, value: float) -> None:
    """Put a larger value in the place of the least, which is the first of a heap."""
    at, child = 0, 1
    while child < len(heap):
        if child + 1 < len(heap) and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= value:
            break
        heap[at] = heap[child]
        at, child = child, 2 * child + 1
    heap[at] = value


@numba.njit
def _runs(run: Any, chance: Any, found: Any, customers: int, load: float, skip: int, parameter: float) -> None:
    """Mean and p99 of each run: the smallest latency with at least 99 % of all at or below it."""
    latencies = np.empty(customers)
    longest = np.empty(customers - math.ceil(0.99 * customers - 1e-9) + 1)
    for at in range(len(found)):
        run(chance, latencies, load, skip, parameter)
        found[at, 0] = latencies.mean()
        longest[:] = -1.0
        for latency in latencies:
            if latency > longest[0]:
                _replace_least(longest, latency)
        found[at, 1] = longest[0]


@dataclass(frozen=True)
class System:
    """A system: its name, how it runs, and mean and p99 of its latency in the steady state (nan: no closed form)."""

    name: str
    recursion: Any
    parameter: float
    exact: Callable[[float], tuple[float, float]]

    def runs(self, chance: np.random.Generator, count: int, *, load: float, customers: int, skip: int) -> Floats:
        """Mean and p99 of the latency of each of ``count`` runs; shape (count, 2)."""
        found = np.empty((count, 2))
        _runs(self.recursion, chance, found, customers, load, skip, self.parameter)
        return found


def single(load: float) -> tuple[float, float]:
    """M/M/1: the sojourn is exponential."""
    return 1.0 / (1.0 - load), math.log(100.0) / (1.0 - load)


def pool(load: float, workers: int = WORKERS) -> tuple[float, float]:
    """M/M/c: service, and with Erlang's probability an exponential wait before it."""
    offered = load * workers
    terms = [offered**k / math.factorial(k) for k in range(workers + 1)]
    queued = terms[-1] / (1.0 - load)
    wait = queued / (sum(terms[:-1]) + queued)
    free = workers - offered  # rate at which those who wait are served

    def beyond(time: float) -> float:
        both = (math.exp(-time) - math.exp(-free * time)) / (free - 1.0) if free != 1.0 else time * math.exp(-time)
        return (1.0 - wait) * math.exp(-time) + wait * (math.exp(-free * time) + free * both)

    return 1.0 + wait / free, _where(beyond, 0.01)


def row(load: float) -> tuple[float, float]:
    """Two M/M/1 in a row: the sum of two independent exponential sojourns."""
    rate = 1.0 - load
    return 2.0 / rate, _where(lambda time: (1.0 + rate * time) * math.exp(-rate * time), 0.01)


def orbit(load: float) -> tuple[float, float]:
    """A queue with delayed feedback: 1 / (1 - FAILS) sojourns of M/M/1, and a delay before each but the first."""
    visits = 1.0 / (1.0 - FAILS)
    return visits / (1.0 - load) + (visits - 1.0) * DELAY_MAX / 2.0, math.nan


def _where(falling: Callable[[float], float], share: float) -> float:
    """Where a falling function of time passes a share, by bisection."""
    low, high = 0.0, 1e4
    while high - low > 1e-12 * high:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if falling(middle) > share else (low, middle)
    return high


SYSTEMS = (
    System("M/M/1", _in_a_row, 1, single),
    System(f"M/M/{WORKERS}", _many_servers, WORKERS, pool),
    System("tandem of two M/M/1", _in_a_row, 2, row),
    System("M/M/1 with retries", _coming_back, FAILS, orbit),
)
