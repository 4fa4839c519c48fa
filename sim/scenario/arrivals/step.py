"""A rate that jumps: quiet, a rush, quiet again.

rate |      ______
     |     |      |
     |_____|      |_______       Poisson arrivals in this rate; the last one holds
     +-------------------->
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sim.scenario.arrivals.base import ArrivalsModel, Piece, RateAt, check_times
from sim.scenario.arrivals.poisson import UNIT_EXPONENTIAL
from sim.scenario.distributions.base import DistributionModel

STEPS_MAX = 10_000


class Step(ArrivalsModel):
    """Poisson arrivals at a rate that jumps at given times.

    Example: {kind: step, steps: [{at: 0s, rate: 50/s}, {at: 1m, rate: 200/s}]}
    Source: k6, `ramping-arrival-rate` with stages that take no time.
    """

    kind: Literal["step"] = Field(default="step", description="Always 'step'.")
    steps: Annotated[tuple[RateAt, ...], Field(min_length=1, max_length=STEPS_MAX)] = Field(
        description="The rate from each time on, the first at 0s, ascending; the last rate holds."
    )

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        check_times(self.steps, "steps")
        return self

    def gaps(self) -> DistributionModel:
        """Return exponential gaps."""
        return UNIT_EXPONENTIAL

    def pieces(self) -> tuple[Piece, ...]:
        """Return one level piece per step."""
        return tuple(Piece(step.at, step.rate, step.rate) for step in self.steps)
