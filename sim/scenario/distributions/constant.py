"""Always the same duration.

probability 1 |   |
              |   |
              +---+-----> duration
                value
"""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from sim.scenario.distributions.base import DistributionModel
from sim.scenario.units import Duration

if TYPE_CHECKING:
    from sim.scenario.distributions.base import Floats


class Constant(DistributionModel):
    """Always ``value``; the text ``"5ms"`` is short for it.

    Source: D in the notation of queues: D. Kendall, 1953.
    """

    kind: Literal["constant"] = Field(default="constant", description="Always 'constant'.")
    value: Duration = Field(description="The duration; zero or more.")

    @property
    def mean_ns(self) -> float:
        """Return the value."""
        return float(self.value)

    def quantile(self, p: "Floats", q: "Floats") -> "Floats":  # noqa: ARG002 - no tail to choose
        """Return the value at every probability."""
        return p * 0.0 + float(self.value)

    def atoms(self) -> tuple[tuple[int, ...], tuple[float, ...] | None]:
        """Return the one value."""
        return (self.value,), None
