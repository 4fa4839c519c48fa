r"""A rate that changes gradually: a day's rise and fall, a campaign that spreads.

    rate |       /\
         |      /  \____
         |_____/              Poisson arrivals in this rate; straight lines between the points, the last rate holds
         +---------------->
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sim.scenario.arrivals.base import ArrivalsModel, Piece, RateAt, check_times
from sim.scenario.arrivals.poisson import UNIT_EXPONENTIAL
from sim.scenario.distributions.base import DistributionModel

POINTS_MAX = 10_000


class Ramp(ArrivalsModel):
    """Poisson arrivals at a rate that is linear between given points.

    Example: {kind: ramp, points: [{at: 0s, rate: 50/s}, {at: 5m, rate: 500/s}]}
    Source: k6, `ramping-arrival-rate`.
    """

    kind: Literal["ramp"] = Field(default="ramp", description="Always 'ramp'.")
    points: Annotated[tuple[RateAt, ...], Field(min_length=1, max_length=POINTS_MAX)] = Field(
        description="The rate at each time, the first at 0s, ascending; the last rate holds."
    )

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        check_times(self.points, "points")
        return self

    def gaps(self) -> DistributionModel:
        """Return exponential gaps."""
        return UNIT_EXPONENTIAL

    def pieces(self) -> tuple[Piece, ...]:
        """Return one sloping piece between each two points, and the last rate."""
        sloping = zip(self.points, self.points[1:], strict=False)
        last = self.points[-1]
        return (*(Piece(a.at, a.rate, b.rate) for a, b in sloping), Piece(last.at, last.rate, last.rate))
