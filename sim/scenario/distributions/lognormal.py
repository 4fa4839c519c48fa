r"""Durations whose logarithm is normal: the usual shape of service times, with a long but tame right tail.

density |  _
        | / \_
        |/    \____
        +--|-------|-----> duration
         median   p99       p99 = median * exp(2.326 sigma)
"""

import functools
from math import sqrt
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from sim import exact_math
from sim.scenario.distributions.base import DistributionModel
from sim.scenario.model import Number
from sim.scenario.units import PositiveDuration, format_duration

if TYPE_CHECKING:
    from sim.scenario.distributions.base import Floats


KEPT_MAX = 1024


class Lognormal(DistributionModel):
    """Lognormal durations, given by ``median`` and ``p99``, or by ``mean`` and ``cv``.

    Example: {kind: lognormal, median: 6ms, p99: 50ms}
    Source: A. Law, "Simulation Modeling and Analysis", 5th edition, chapter 6.
    """

    kind: Literal["lognormal"] = Field(default="lognormal", description="Always 'lognormal'.")
    median: PositiveDuration | None = Field(
        default=None, description="Half of the durations are shorter; goes with p99."
    )
    p99: PositiveDuration | None = Field(default=None, description="99 of 100 durations are shorter; goes with median.")
    mean: PositiveDuration | None = Field(default=None, description="The mean duration; goes with cv.")
    cv: Number | None = Field(
        default=None, gt=0, le=100, description="Standard deviation over mean, without unit; goes with mean."
    )

    @model_validator(mode="after")
    def _one_pair(self) -> Self:
        given = [name for name in ("median", "p99", "mean", "cv") if getattr(self, name) is not None]
        if given not in (["median", "p99"], ["mean", "cv"]):
            found = ", ".join(given) if given else "none of them"
            message = f"a lognormal needs either median and p99, or mean and cv, and got {found}; give exactly one pair"
            raise ValueError(message)
        if self.median is not None and self.p99 is not None and self.p99 < self.median:
            p99, median = format_duration(self.p99), format_duration(self.median)
            message = f"p99 ({p99}) is below the median ({median}); swap them"
            raise ValueError(message)
        return self

    def _median_sigma(self) -> tuple[float, float]:
        """Median in nanoseconds, and standard deviation of the logarithm."""
        if self.mean is not None and self.cv is not None:
            square = self.cv * self.cv
            return self.mean / sqrt(1.0 + square), sqrt(float(exact_math.log1p(square)))
        assert self.median is not None  # noqa: S101 - the validator has seen to it
        assert self.p99 is not None  # noqa: S101 - the validator has seen to it
        return float(self.median), _sigma(self.median, self.p99)

    @property
    def mean_ns(self) -> float:
        """Return the mean: the one given, or median * exp(sigma² / 2)."""
        if self.mean is not None:
            return float(self.mean)
        median, sigma = self._median_sigma()
        return median * _mean_over_median(sigma)

    def quantile(self, p: "Floats", q: "Floats") -> "Floats":
        """Return ``median * exp(sigma * z)``, z the normal quantile."""
        median, sigma = self._median_sigma()
        return np.multiply(median, exact_math.exp(sigma * exact_math.normal_quantile(p, q)))


@functools.lru_cache(maxsize=KEPT_MAX)  # asked for at every point of a sweep, for the same few durations
def _sigma(median: int, p99: int) -> float:
    """Standard deviation of the logarithm."""
    return float(exact_math.log(p99 / median)) / float(exact_math.normal_quantile(0.99, 0.01))


@functools.lru_cache(maxsize=KEPT_MAX)
def _mean_over_median(sigma: float) -> float:
    return float(exact_math.exp(sigma * sigma / 2.0))
