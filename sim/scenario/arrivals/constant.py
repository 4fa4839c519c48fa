"""Clockwork: the k-th arrival (k = 1, 2, ...) comes at exactly k / rate, rounded to the nanosecond.

----x----x----x----x----x--->       the first one 1 / rate after the start, none at 0
"""

from typing import Literal

from pydantic import Field

from sim.scenario.arrivals.base import SECOND_NS, ArrivalsModel, Piece
from sim.scenario.distributions.base import DistributionModel
from sim.scenario.distributions.constant import Constant as ConstantDuration
from sim.scenario.units import Rate

UNIT_CONSTANT = ConstantDuration.model_construct(kind="constant", value=SECOND_NS)


class Constant(ArrivalsModel):
    """Evenly spaced arrivals: the k-th at k / rate.

    Source: k6, `constant-arrival-rate`.
    """

    kind: Literal["constant"] = Field(default="constant", description="Always 'constant'.")
    rate: Rate = Field(description="The arrivals per second; 0/s means that nobody comes.")

    def gaps(self) -> DistributionModel:
        """Return gaps that are always one arrival."""
        return UNIT_CONSTANT

    def pieces(self) -> tuple[Piece, ...]:
        """Return the one rate."""
        return (Piece(0, self.rate, self.rate),)
