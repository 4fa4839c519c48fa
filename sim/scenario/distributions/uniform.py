"""Every duration between two bounds is equally likely.

density |   +-----+
        |   |     |
        +---+-----+-----> duration
           low   high
"""

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from sim.scenario.distributions.base import DistributionModel
from sim.scenario.units import Duration, format_duration

if TYPE_CHECKING:
    from sim.scenario.distributions.base import Floats


class Uniform(DistributionModel):
    """Durations uniform between ``low`` and ``high``.

    Example: {kind: uniform, low: 5ms, high: 15ms}
    Source: A. Law, "Simulation Modeling and Analysis", 5th edition, chapter 6.
    """

    kind: Literal["uniform"] = Field(default="uniform", description="Always 'uniform'.")
    low: Duration = Field(description="The shortest duration.")
    high: Duration = Field(description="The longest duration; not below low.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.high < self.low:
            low, high = format_duration(self.low), format_duration(self.high)
            message = f"high ({high}) is below low ({low}); swap them"
            raise ValueError(message)
        return self

    @property
    def mean_ns(self) -> float:
        """Return the middle of the two bounds."""
        return (self.low + self.high) / 2

    def quantile(self, p: "Floats", q: "Floats") -> "Floats":
        """Return the weighted mean of the bounds."""
        return q * float(self.low) + p * float(self.high)
