"""Systems whose latency is known, customer by customer: no simulator, only their textbook recursions.

    M/M/1, M/M/4, two M/M/1 in a row, an M/M/1 whose failures come back      run -> mean and histogram of its latency
    M/G/1 with a heavy tail, and no queue at all: independent lognormal

Service takes 1 on average and ``load`` is the share of time that a server works. A run begins empty; its first customers
are left out. Numba compiles the recursions: 200 000 runs of 5000 customers take about a minute.

The closed forms are those of the steady state: sojourn times of M/M/1 and M/M/c (Erlang C); of queues in a row, whose
sojourns are independent (Reich 1957; Burke 1968); of a queue with delayed feedback by product form (Jackson 1957), its mean;
that of M/G/1 by Pollaczek and Khinchine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from sim.record.histogram import SUB_BITS, bucket_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tests.stats.coverage.queues import Floats

WORKERS = 4
"""Of M/M/c."""
FAILS = 0.2
"""Share of the attempts at the retry system that fail."""
DELAY_MAX = 10.0
"""Its clients come back after a time between 0 and this, in service times, as often as it takes."""
PARETO = 2.5
"""Index of the heavy tail: beyond 2 its square has a mean, so that waits have one."""
SIGMA = 1.0
"""Of the logarithm of independent times."""
QUANTILES = (0.5, 0.95, 0.99)
MEASURES = ("mean", "p50", "p95", "p99")
FIRST = bucket_of(1 << 20)
"""The first bucket that is counted, of 1 ms; what is shorter counts there too. Service takes a second."""
CELLS = 24 << SUB_BITS
"""Buckets that are counted, up to five hours."""


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
def _heavy(chance: Any, latencies: Any, load: float, skip: int, alpha: float) -> None:
    """Lindley with Pareto service of mean 1: its square has a mean, and its latency no variance."""
    done = now = 0.0
    for at in range(skip + len(latencies)):
        now += chance.standard_exponential() / load
        done = max(done, now) + (alpha - 1.0) / alpha * (1.0 - chance.random()) ** (-1.0 / alpha)
        if at >= skip:
            latencies[at - skip] = done - now


@numba.njit
def _independent(chance: Any, latencies: Any, load: float, skip: int, sigma: float) -> None:
    """No queue at all: lognormal times with median 1."""
    for at in range(len(latencies)):
        latencies[at] = math.exp(sigma * chance.standard_normal())


@numba.njit
def _runs(run: Any, chance: Any, means: Any, counts: Any, settings: Any, parameter: float) -> None:
    """Mean of each run, and how many of its latencies lie in each bucket of the histogram; a time unit is a second."""
    customers, load, skip = settings
    latencies = np.empty(customers)
    for at in range(len(means)):
        run(chance, latencies, load, skip, parameter)
        means[at] = latencies.mean()
        for latency in latencies:
            time = int(1e9 * latency)
            shift = math.frexp(float(time))[1] - 1 - SUB_BITS
            place = (shift << SUB_BITS) + (time >> shift) - FIRST if shift > 0 else 0
            counts[at, min(max(place, 0), counts.shape[1] - 1)] += 1


@dataclass(frozen=True)
class Tally:
    """Mean latency of each of many runs, (runs,), and their counts in buckets ``FIRST`` and following, int64 (runs, CELLS)."""

    means: Floats
    counts: NDArray[np.int64]


@dataclass(frozen=True)
class System:
    """A system: its name, how it runs, and `MEASURES` of its latency in the steady state (nan: no closed form)."""

    name: str
    recursion: Any
    parameter: float
    exact: Callable[[float], tuple[float, ...]]

    def runs(self, chance: np.random.Generator, count: int, *, load: float, customers: int, skip: int) -> Tally:
        """Tally the latency of ``count`` runs."""
        means, counts = np.empty(count), np.zeros((count, CELLS), dtype=np.int64)
        _runs(self.recursion, chance, means, counts, (customers, load, skip), self.parameter)
        return Tally(means, counts)


def single(load: float) -> tuple[float, ...]:
    """M/M/1: the sojourn is exponential."""
    return 1.0 / (1.0 - load), *(-math.log(1.0 - q) / (1.0 - load) for q in QUANTILES)


def pool(load: float, workers: int = WORKERS) -> tuple[float, ...]:
    """M/M/c: service, and with Erlang's probability an exponential wait before it."""
    offered = load * workers
    terms = [offered**k / math.factorial(k) for k in range(workers + 1)]
    queued = terms[-1] / (1.0 - load)
    wait = queued / (sum(terms[:-1]) + queued)
    free = workers - offered  # rate at which those who wait are served

    def beyond(time: float) -> float:
        both = (math.exp(-time) - math.exp(-free * time)) / (free - 1.0) if free != 1.0 else time * math.exp(-time)
        return (1.0 - wait) * math.exp(-time) + wait * (math.exp(-free * time) + free * both)

    return 1.0 + wait / free, *(_where(beyond, 1.0 - q) for q in QUANTILES)


def row(load: float) -> tuple[float, ...]:
    """Two M/M/1 in a row: the sum of two independent exponential sojourns."""
    rate = 1.0 - load
    return 2.0 / rate, *(_where(lambda time: (1.0 + rate * time) * math.exp(-rate * time), 1.0 - q) for q in QUANTILES)


def orbit(load: float) -> tuple[float, ...]:
    """A queue with delayed feedback: 1 / (1 - FAILS) sojourns of M/M/1, and a delay before each but the first."""
    visits = 1.0 / (1.0 - FAILS)
    return visits / (1.0 - load) + (visits - 1.0) * DELAY_MAX / 2.0, *(math.nan for _ in QUANTILES)


def tail(load: float) -> tuple[float, ...]:
    """M/G/1: the mean by Pollaczek and Khinchine."""
    square = (PARETO - 1.0) ** 2 / (PARETO * (PARETO - 2.0))
    return 1.0 + load * square / (2.0 * (1.0 - load)), *(math.nan for _ in QUANTILES)


def lognormal(_: float) -> tuple[float, ...]:
    """Independent lognormal times."""
    normal = NormalDist()
    return math.exp(SIGMA * SIGMA / 2.0), *(math.exp(SIGMA * normal.inv_cdf(q)) for q in QUANTILES)


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

HEAVY_TAIL = System("M/G/1 with Pareto service", _heavy, PARETO, tail)
INDEPENDENT = System("independent lognormal", _independent, SIGMA, lognormal)
