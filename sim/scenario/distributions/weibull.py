"""Times to the first of many weak links; below shape 1 the longer it has taken, the longer it will take.

P(longer than x) = exp(-(x / scale)**shape)        shape 1: exponential
                                                   shape < 1: stretched tail;  shape > 1: wear
"""

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from sim import exact_math
from sim.scenario.distributions.base import DistributionModel, exactly_one
from sim.scenario.model import Number
from sim.scenario.units import PositiveDuration

if TYPE_CHECKING:
    from sim.scenario.distributions.base import Floats


class Weibull(DistributionModel):
    """Weibull durations with the given ``shape``, and the size given by ``scale`` or by ``mean``.

    Example: {kind: weibull, shape: 0.7, mean: 10ms}
    Source: A. Law, "Simulation Modeling and Analysis", 5th edition, chapter 6.
    """

    kind: Literal["weibull"] = Field(default="weibull", description="Always 'weibull'.")
    shape: Number = Field(
        ge=0.1, le=100, description="Shape, without unit; below 1 a longer tail than the exponential."
    )
    scale: PositiveDuration | None = Field(default=None, description="63.2% of durations are shorter; instead of mean.")
    mean: PositiveDuration | None = Field(default=None, description="The mean duration; instead of scale.")

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        exactly_one("a weibull", scale=self.scale, mean=self.mean)
        return self

    @property
    def mean_ns(self) -> float:
        """Return the mean: the one given, or scale * Γ(1 + 1 / shape)."""
        if self.scale is None:
            return float(self.mean or 0)
        return self.scale * float(exact_math.gamma(1.0 + 1.0 / self.shape))

    def quantile(self, p: "Floats", q: "Floats") -> "Floats":
        """Return ``scale * (-log(q))**(1 / shape)``."""
        scale = (
            self.mean_ns / float(exact_math.gamma(1.0 + 1.0 / self.shape)) if self.scale is None else float(self.scale)
        )
        return exact_math.power(-exact_math.log_complement(p, q), 1.0 / self.shape) * scale
