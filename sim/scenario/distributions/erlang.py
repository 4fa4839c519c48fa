"""A fixed number of memoryless stages, one after the other.

start --> [exponential] --> [exponential] --> ... --> end       each with mean / stages;  cv = 1 / sqrt(stages)
"""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from sim import exact_math
from sim.scenario.distributions.base import DistributionModel
from sim.scenario.model import Integer
from sim.scenario.units import PositiveDuration

if TYPE_CHECKING:
    from sim.scenario.distributions.base import Floats


class Erlang(DistributionModel):
    """Sum of ``stages`` exponential durations with the given total mean; a gamma with a whole shape.

    Example: {kind: erlang, mean: 10ms, stages: 4}
    Source: A. K. Erlang, 1917; A. Law, "Simulation Modeling and Analysis", 5th edition, chapter 6.
    """

    kind: Literal["erlang"] = Field(default="erlang", description="Always 'erlang'.")
    mean: PositiveDuration = Field(description="The mean duration of all stages together.")
    stages: Integer = Field(ge=1, le=10_000, description="Number of stages; 1 is the exponential.")

    @property
    def mean_ns(self) -> float:
        """Return the mean."""
        return float(self.mean)

    def quantile(self, p: "Floats", q: "Floats") -> "Floats":
        """Return the gamma quantile of shape ``stages``, scaled to the mean."""
        return exact_math.gamma_quantile(float(self.stages), p, q) * (self.mean_ns / self.stages)
