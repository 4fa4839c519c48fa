"""Many independent clients: arrivals at random, at a steady rate.

--x-x----x---------x--xx-----x--->      gaps exponential with mean 1 / rate
"""

from typing import Literal

from pydantic import Field

from sim.scenario.arrivals.base import SECOND_NS, ArrivalsModel, Piece
from sim.scenario.distributions.base import DistributionModel
from sim.scenario.distributions.exponential import Exponential
from sim.scenario.units import Rate

UNIT_EXPONENTIAL = Exponential.model_construct(kind="exponential", mean=SECOND_NS)
"""The gaps of every Poisson process, also of one whose rate varies: one expected arrival on average."""


class Poisson(ArrivalsModel):
    """Poisson arrivals at a steady rate.

    Source: L. Kleinrock, "Queueing Systems", volume 1, 1975.
    """

    kind: Literal["poisson"] = Field(default="poisson", description="Always 'poisson'.")
    rate: Rate = Field(description="The arrivals per second on average; 0/s means that nobody comes.")

    def gaps(self) -> DistributionModel:
        """Return exponential gaps."""
        return UNIT_EXPONENTIAL

    def pieces(self) -> tuple[Piece, ...]:
        """Return the one rate."""
        return (Piece(0, self.rate, self.rate),)
