r"""Memoryless durations: how long is left does not depend on how long it has taken.

    density |\
            | \__
            |    \______
            +----|------------> duration
               mean              P(longer than x) = exp(-x / mean), coefficient of variation 1
"""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from sim import exact_math
from sim.scenario.distributions.base import DistributionModel
from sim.scenario.units import Duration

if TYPE_CHECKING:
    from sim.scenario.distributions.base import Floats


class Exponential(DistributionModel):
    """Exponential durations with the given mean.

    Example: {kind: exponential, mean: 10ms}
    Source: A. Law, "Simulation Modeling and Analysis", 5th edition, chapter 6.
    """

    kind: Literal["exponential"] = Field(default="exponential", description="Always 'exponential'.")
    mean: Duration = Field(description="The mean duration; zero or more.")

    @property
    def mean_ns(self) -> float:
        """Return the mean."""
        return float(self.mean)

    def quantile(self, p: "Floats", q: "Floats") -> "Floats":
        """Return ``-mean * log(q)``, by way of p where p is the small one."""
        return -self.mean_ns * exact_math.log_complement(p, q)
