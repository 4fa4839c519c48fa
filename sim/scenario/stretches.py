"""How long a stretch of a handler takes, in two moments, and how likely it is that the next one follows.

    work 5ms -> fail 10% -> work 8ms        first.then(second).then(third)
      mean 5ms, goes on   mean 0, goes on 90 %   mean 8ms        = mean 12.2ms, goes on 90 %

Times of calls that are cut by a timeout, and of calls that go in parallel, are taken as lognormal with these two moments.
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

ATOMS = 32
"""So many equally likely durations stand for a distribution where the longest of several is asked for."""
GRID = 512
TAIL = 25.0
"""Quantiles are looked at up to a probability of exp(-25) above them."""
TIME_MAX = 1e30
"""Nanoseconds; longer means (there are distributions without one) are taken as this long."""
CERTAIN = 1e-9
"""A variance below this share of the squared mean is none."""
KEPT_MAX = 4096


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a handler, in expectation.

    Attributes:
        goes_on: probability that what comes after it is done.
        mean: of its time, in ns.
        square: mean of the squared time.
        mean_on: mean of the time where it goes on, times `goes_on`.
    """

    goes_on: float = 1.0
    mean: float = 0.0
    square: float = 0.0
    mean_on: float = 0.0

    def then(self, following: "Stretch") -> "Stretch":
        """Return both, one after the other; the second only where the first goes on."""
        return Stretch(
            self.goes_on * following.goes_on,
            self.mean + self.goes_on * following.mean,
            self.square + 2.0 * self.mean_on * following.mean + self.goes_on * following.square,
            self.mean_on * following.goes_on + self.goes_on * following.mean_on,
        )

    def always(self) -> "Stretch":
        """Return the same, with what comes after it done in any case."""
        return Stretch(1.0, self.mean, self.square, self.mean)

    def failed(self) -> "Stretch":
        """Return the same, with what comes after it done where this one would not have gone on."""
        return Stretch(1.0 - self.goes_on, self.mean, self.square, max(0.0, self.mean - self.mean_on))

    def otherwise(self, caught: "Stretch") -> "Stretch":
        """Return the same, with another one after it where it does not go on, from which it goes on."""
        failed = self.failed().then(caught)
        return Stretch(self.goes_on + failed.goes_on, failed.mean, failed.square, self.mean_on + failed.mean_on)

    @property
    def variance(self) -> float:
        """Variance of the time, in ns²."""
        return max(0.0, self.square - self.mean * self.mean)


def mixture(shares: Sequence[float], parts: Sequence[Stretch]) -> Stretch:
    """Return exactly one of several stretches, each with its probability."""
    weighed = list(zip(shares, parts, strict=True))
    return Stretch(
        sum(share * part.goes_on for share, part in weighed),
        sum(share * part.mean for share, part in weighed),
        sum(share * part.square for share, part in weighed),
        sum(share * part.mean_on for share, part in weighed),
    )


def lasting(mean: float, variance: float) -> Stretch:
    """Return a time with a mean (ns) and a variance (ns²) that always goes on."""
    mean = min(mean, TIME_MAX)
    return Stretch(1.0, mean, mean * mean + min(variance, TIME_MAX * TIME_MAX), mean)


def drawn(distribution: Any, times: int = 1) -> Stretch:
    """Return the time of so many independent draws of a distribution, one after the other."""
    mean, variance = _moments(distribution)
    return lasting(times * mean, times * variance)


@functools.lru_cache(maxsize=KEPT_MAX)
def _moments(distribution: Any) -> tuple[float, float]:
    """Mean and variance; the variance by quadrature of the squared quantiles."""
    mean = min(float(distribution.mean_ns), TIME_MAX)
    atoms = distribution.atoms()
    if atoms is not None:
        values = np.asarray(atoms[0], dtype=np.float64)
        return mean, float(np.average((values - mean) ** 2, weights=atoms[1]))
    edges = np.linspace(0.0, TAIL, GRID + 1)
    middle = (edges[1:] + edges[:-1]) / 2.0
    q = np.exp(-middle)
    weights = np.exp(-edges[:-1]) - np.exp(-edges[1:])
    values = np.minimum(np.asarray(distribution.quantile(1.0 - q, q), dtype=np.float64), TIME_MAX)
    centre = float(np.average(values, weights=weights))
    return mean, float(np.average((values - centre) ** 2, weights=weights))


def within(answer: Stretch, limit: int) -> Stretch:
    """Return an answer that is waited for no longer than ``limit`` ns: it goes on when it is good and in time."""
    mean, variance = answer.mean, answer.variance
    if variance <= CERTAIN * mean * mean:
        if mean <= limit:
            return answer
        return Stretch(0.0, float(limit), float(limit) ** 2, 0.0)
    spread = math.sqrt(math.log1p(variance / mean / mean))
    z = (math.log(limit) - math.log(mean)) / spread + spread / 2.0
    in_time, part = _below(z), mean * _below(z - spread)
    square = answer.square * _below(z - 2.0 * spread) + (1.0 - in_time) * float(limit) ** 2
    good = answer.mean_on * (part / mean)
    return Stretch(answer.goes_on * in_time, part + (1.0 - in_time) * limit, square, good)


def _below(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def longest(parts: Sequence[Stretch]) -> Stretch:
    """Return several stretches side by side, until the longest is over: it goes on when each of them does."""
    if len(parts) == 1:
        return parts[0]
    goes_on = math.prod(part.goes_on for part in parts)
    atoms = sorted((value, number) for number, part in enumerate(parts) for value in _atoms(part))
    passed = [0] * len(parts)
    missing, logarithm, reached, mean, square = len(parts), -len(parts) * math.log(ATOMS), 0.0, 0.0, 0.0
    for value, number in atoms:
        passed[number] += 1
        if passed[number] == 1:
            missing -= 1
        else:
            logarithm += math.log(passed[number] / (passed[number] - 1))
        if not missing:
            share = min(1.0, math.exp(logarithm))
            mean += (share - reached) * value
            square += (share - reached) * value * value
            reached = share
    return Stretch(goes_on, mean, square, goes_on * mean)


def _atoms(part: Stretch) -> list[float]:
    """Equally likely durations with the mean of a stretch, and about its variance."""
    if part.variance <= CERTAIN * part.mean * part.mean:
        return [part.mean] * ATOMS
    spread = math.sqrt(math.log1p(part.variance / part.mean / part.mean))
    raw = [math.exp(spread * z) for z in _SCORES]
    scale = part.mean * ATOMS / sum(raw)
    return [scale * value for value in raw]


_SCORES = [NormalDist().inv_cdf((number + 0.5) / ATOMS) for number in range(ATOMS)]


def retried(attempt: Stretch, retry: Any) -> tuple[Stretch, float]:
    """Return an attempt with the retries that follow its failures, and how many attempts there are on average.

    The delays between them are part of the time. ``retry`` is a retry policy, or None for one attempt.
    """
    failed = attempt.failed()
    if retry is None:
        return attempt, 1.0
    total, count, going = failed, 1.0, failed.goes_on
    for delay in _delays(retry):
        if going <= 0.0:
            break
        count += going
        total = total.then(delay).then(failed)
        going *= failed.goes_on
    return total.failed(), count


DELAY_POINTS = 8


@functools.lru_cache(maxsize=KEPT_MAX)
def _delays(retry: Any) -> tuple[Stretch, ...]:
    """The waits before each retry: the policy's own rule, at some of the numbers that it may draw."""
    settings, mean = retry.row(), 0.0
    found = []
    for attempt in range(1, retry.attempts_max):
        draws = [((2 * point + 1) << 62) // DELAY_POINTS for point in range(DELAY_POINTS)]
        waits = [int(retry.retry(settings, attempt, round(mean), u)) for u in draws]
        if min(waits) < 0:
            break
        mean = sum(waits) / len(waits)  # which stands for the wait before the next one
        found.append(lasting(mean, sum((wait - mean) ** 2 for wait in waits) / len(waits)))
    return tuple(found)
