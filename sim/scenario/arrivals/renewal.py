"""Independent gaps of any distribution: more regular, or more bursty, than Poisson.

--xxx-x---------------xx-x-----------x-->       hyperexponential gaps: bursts
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from sim.scenario.arrivals.base import ArrivalsModel, Piece
from sim.scenario.distributions import Distribution
from sim.scenario.distributions.base import DistributionModel


class Renewal(ArrivalsModel):
    """Arrivals with independent gaps; the first arrival comes one gap after the start.

    Source: D. Cox, "Renewal Theory", 1962.
    """

    kind: Literal["renewal"] = Field(default="renewal", description="Always 'renewal'.")
    interarrival: Distribution = Field(
        description="The time from one arrival to the next; its mean must be above zero."
    )

    @model_validator(mode="after")
    def _moves_on(self) -> Self:
        if not self.interarrival.mean_ns > 0:
            message = "the mean of interarrival is zero, so all arrivals would come at once; give a longer one"
            raise ValueError(message)
        return self

    def gaps(self) -> DistributionModel:
        """Return the gaps as declared."""
        return self.interarrival

    def pieces(self) -> tuple[Piece, ...]:
        """Return a rate of 1/s, at which gaps are durations."""
        return (Piece(0, 1.0, 1.0),)
