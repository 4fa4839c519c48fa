"""A mean over replications, and how far it can be trusted.

    values of n replications  ->  mean [low, high], n

The interval is Student's t, adjusted for skewness after Willink (2005): waits, latencies and backlogs have a long right
tail, and the plain interval misses too often on that side. A sample also tells its own skewness badly, the worse the more
skewed it is; for that the t quantile is widened by 1 + skewness^2 / (2 n), which is never more than 1.5. Replications are
the only sample there is: observations within one run depend on each other, and an interval from them would be far too short.

Measured, 100 000 samples each, share that covers the mean: Student / Willink / Willink with the wider quantile
    values          n = 10                n = 20                n = 30
    normal          95.1 / 94.9 / 95.2    95.0 / 94.9 / 95.0    95.0 / 94.9 / 95.0
    inverse Gauss   92.3 / 93.9 / 94.4    93.2 / 94.5 / 95.0    93.7 / 94.7 / 95.0    skewness 1.5
    exponential     89.9 / 94.3 / 94.9    91.8 / 94.7 / 95.4    92.7 / 94.7 / 95.4    skewness 2
    lognormal       90.9 / 93.4 / 93.9    92.2 / 94.0 / 94.6    92.8 / 94.2 / 94.9    skewness 2.3
Those of queues are in reports/validation/coverage.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sim.stats.figures import format_interval, format_value, rounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.stats.survival import Censored

LEVEL = 0.95
N_MIN = 3
"""Fewest replications that give an interval: two say nothing about skewness and next to nothing about spread."""
SKEWLESS = 1e-9
ROUNDING = 1e-12


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A figure with its interval and its n. All numbers are in ``unit``.

    Attributes:
        mean: mean over the replications; nan when a replication has no finite value.
        low, high: bounds of the interval; nan when it is not estimable.
        median: median over the replications with a value, infinite ones included; what to show when the mean is nan.
        n: how many replications there are.
        infinite: how many of them have no end (a request that failed, a recovery that was not seen).
        missing: how many of them have no value at all (too few observations).
        unit: ``s``, ``share``, ``1/s``, ``1`` or ``messages``.
        level: confidence level.
        note: what stands in place of the interval, or qualifies it; '' when there is nothing to say.
        survival: for times that some runs ended before: what is known of them all the same; None otherwise.
    """

    mean: float
    low: float
    high: float
    median: float
    n: int
    unit: str = "1"
    infinite: int = 0
    missing: int = 0
    level: float = LEVEL
    note: str = ""
    survival: Censored | None = None

    @property
    def estimable(self) -> bool:
        """Whether there is an interval."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def half_width(self) -> float:
        """Half the width of the interval; nan without one."""
        return (self.high - self.low) / 2.0

    def within(self, least: float, most: float) -> Estimate:
        """Return the same with the interval cut at what the quantity can be at least and at most; the mean stays as it is."""
        if not self.estimable:
            return self
        return replace(self, low=max(self.low, min(least, self.mean)), high=min(self.high, max(most, self.mean)))

    def __str__(self) -> str:
        """Return ``412 [380, 450] ms (n = 10)``, or what can be said without an interval."""
        if self.estimable:
            if self.low == self.high:
                return f"{format_value(self.mean, self.unit)} (n = {self.n}, {self.note})"
            return f"{format_interval(self.mean, self.low, self.high, self.unit)} (n = {self.n})"
        if math.isfinite(self.mean):
            return f"{format_value(self.mean, self.unit)} (n = {self.n}, {self.note})"
        if self.survival is not None:
            return f"{self.survival} (n = {self.n}, {self.note})"
        if math.isfinite(self.median):
            return f"{format_value(self.median, self.unit)} in the median ({self.note})"
        return self.note

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; numbers that are not finite are None."""
        return {
            "mean": rounded(self.mean),
            "low": rounded(self.low),
            "high": rounded(self.high),
            "median": rounded(self.median),
            "n": self.n,
            "unit": self.unit,
            "infinite": self.infinite,
            "missing": self.missing,
            "level": self.level,
            "note": self.note,
            **({} if self.survival is None else {"survival": self.survival.to_dict()}),
        }


def estimate(
    values: Sequence[float],
    *,
    unit: str = "1",
    level: float = LEVEL,
    least: float = -math.inf,
    most: float = math.inf,
    infinite: str = "infinite",
    missing: str = "without a value",
) -> Estimate:
    """Return the mean of one value for each replication, with its skewness-adjusted interval.

    ``least`` and ``most`` bound what the quantity can be; the interval is cut there. ``infinite`` and ``missing`` say
    in words what an infinite value and nan mean. There is no interval with fewer than 3 replications, nor when a value
    is not finite: then the note says how many.
    """
    n = len(values)
    known = sorted(value for value in values if not math.isnan(value))
    endless = sum(1 for value in known if math.isinf(value))
    gone = n - len(known)
    mean = low = high = math.nan
    note = ""
    if endless or gone or n == 0:
        parts = [f"{count} of {n} {what}" for count, what in ((endless, infinite), (gone, missing)) if count]
        note = ", ".join(parts) or "no replications"
    elif n < N_MIN:
        mean, note = math.fsum(values) / n, f"no interval below {N_MIN} replications"
    else:
        mean = moments(values)[0]
        low, high = skew_adjusted(values, level)
        note = "all equal" if low == high else ""
    found = Estimate(
        mean=mean,
        low=low,
        high=high,
        median=_median(known),
        n=n,
        unit=unit,
        infinite=endless,
        missing=gone,
        level=level,
        note=note,
    )
    return found.within(least, most)


def student(values: Sequence[float], level: float = LEVEL) -> tuple[float, float]:
    """Return the plain Student t interval of the mean of at least two finite values."""
    mean, deviation, _ = moments(values)
    half = t_quantile(len(values) - 1, level) * deviation / math.sqrt(len(values))
    return mean - half, mean + half


def skew_adjusted(values: Sequence[float], level: float = LEVEL) -> tuple[float, float]:
    """Return Willink's skewness-adjusted t interval, with the wider quantile, of the mean of at least three finite values."""
    n = len(values)
    mean, deviation, skewness = moments(values)
    if deviation == 0.0:
        return mean, mean
    t = t_quantile(n - 1, level) * widening(skewness, n)
    scale = deviation / math.sqrt(n)
    a = skewness / (6.0 * math.sqrt(n))
    return mean - _adjusted(t, a) * scale, mean - _adjusted(-t, a) * scale


def moments(values: Sequence[float]) -> tuple[float, float, float]:
    """Return mean, standard deviation and skewness (from unbiased second and third moments; 0 below 3 values)."""
    n = len(values)
    mean = math.fsum(values) / n
    if max(values) - min(values) <= ROUNDING * max(map(abs, values)):  # equal: differences of times are so but for rounding
        return values[0], 0.0, 0.0
    squares = math.fsum((value - mean) ** 2 for value in values)
    deviation = math.sqrt(squares / (n - 1))
    if n < N_MIN or deviation == 0.0:
        return mean, deviation, 0.0
    cubes = math.fsum(((value - mean) / deviation) ** 3 for value in values)
    return mean, deviation, cubes * n / ((n - 1) * (n - 2))


def levelled(values: Sequence[float], *operands: float) -> list[float]:
    """Return values that differ by the rounding of what they were worked out from as equal ones; others as they are.

    A difference of two rates of 500/s has the rounding of 500, however small it is: `moments` could not tell that from spread.
    """
    noise = ROUNDING * max(map(abs, operands), default=0.0)
    if not values or not all(map(math.isfinite, (*values, noise))) or max(values) - min(values) > noise:
        return list(values)
    middle = _median(sorted(values))
    return [middle if abs(middle) > noise else 0.0] * len(values)


def widening(skewness: float, n: int) -> float:
    """Return what the t quantile is multiplied by for a sample's skewness: from 1 to 1.5, as skewness^2 is at most n."""
    return 1.0 + skewness * skewness / (2.0 * n)


@lru_cache(maxsize=1024)
def t_quantile(freedom: int, level: float = LEVEL) -> float:
    """Return the two-sided t quantile: a share ``level`` of the distribution lies within plus and minus this."""
    from scipy.special import stdtrit  # importing sim must not load SciPy

    return float(stdtrit(freedom, 0.5 + level / 2.0))


def _adjusted(z: float, a: float) -> float:
    """Willink's G(z): how many standard errors from the mean a bound lies, given skewness / (6 sqrt n)."""
    if abs(a) < SKEWLESS:
        return z
    return (math.cbrt(1.0 + 6.0 * a * (z - a)) - 1.0) / (2.0 * a)


def _median(ordered: Sequence[float]) -> float:
    if not ordered:
        return math.nan
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    low, high = ordered[middle - 1], ordered[middle]
    return high if math.isinf(high) else (low + high) / 2.0
