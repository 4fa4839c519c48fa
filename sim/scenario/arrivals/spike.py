r"""A rate that jumps up for a while, and back: a push message, a sale that begins, retries of somebody else.

    to   |      ____
         |     |    |
    rate |_____|    |_______       Poisson arrivals in this rate
         +-----at---at + for-->
"""

from typing import Literal

from pydantic import Field

from sim.scenario.arrivals.base import ArrivalsModel, Piece
from sim.scenario.arrivals.poisson import UNIT_EXPONENTIAL
from sim.scenario.distributions.base import DistributionModel
from sim.scenario.units import Duration, PositiveDuration, Rate


class Spike(ArrivalsModel):
    """Poisson arrivals at a rate that is another one for a while.

    Example: {kind: spike, rate: 100/s, to: 800/s, at: 30s, for: 20s}
    Source: k6, its spike tests.
    """

    kind: Literal["spike"] = Field(default="spike", description="Always 'spike'.")
    rate: Rate = Field(description="The arrivals per second before the spike and after it.")
    to: Rate = Field(description="The arrivals per second during the spike.")
    at: Duration = Field(description="When the spike begins, from the start of the run.")
    duration: PositiveDuration = Field(alias="for", description="How long the spike lasts.")

    def gaps(self) -> DistributionModel:
        """Return exponential gaps."""
        return UNIT_EXPONENTIAL

    def pieces(self) -> tuple[Piece, ...]:
        """Return the rate before, during and after the spike."""
        before = () if self.at == 0 else (Piece(0, self.rate, self.rate),)
        end = self.at + self.duration
        return (*before, Piece(self.at, self.to, self.to), Piece(end, self.rate, self.rate))
