r"""Sums of memoryless phases, any number of them, also a fraction: from nearly constant to very bursty.

density |   __           cv < 1: a hump around the mean (shape > 1)
        |  /  \_         cv = 1: exponential
        | /     \___     cv > 1: many near zero, few long (shape < 1)
        +----|--------> duration        shape = 1 / cv²
            mean
"""

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from sim import exact_math
from sim.scenario.distributions.base import DistributionModel, exactly_one
from sim.scenario.model import Number
from sim.scenario.units import PositiveDuration

if TYPE_CHECKING:
    from sim.scenario.distributions.base import Floats


class Gamma(DistributionModel):
    """Gamma durations with the given mean, and the spread given by ``cv`` or by ``shape``.

    Example: {kind: gamma, mean: 10ms, cv: 0.5}
    Source: A. Law, "Simulation Modeling and Analysis", 5th edition, chapter 6.
    """

    kind: Literal["gamma"] = Field(default="gamma", description="Always 'gamma'.")
    mean: PositiveDuration = Field(description="The mean duration.")
    cv: Number | None = Field(
        default=None, ge=0.01, le=10, description="Standard deviation over mean, without unit; instead of shape."
    )
    shape: Number | None = Field(
        default=None, ge=0.01, le=10_000, description="Number of phases, not necessarily whole; instead of cv."
    )

    @model_validator(mode="after")
    def _one_spread(self) -> Self:
        exactly_one("a gamma", cv=self.cv, shape=self.shape)
        return self

    @property
    def mean_ns(self) -> float:
        """Return the mean."""
        return float(self.mean)

    def quantile(self, p: "Floats", q: "Floats") -> "Floats":
        """Return the inverse of the regularised incomplete gamma function, scaled to the mean."""
        shape = self.shape if self.shape is not None else 1.0 / (self.cv * self.cv) if self.cv is not None else 1.0
        return exact_math.gamma_quantile(shape, p, q) * (self.mean_ns / shape)
