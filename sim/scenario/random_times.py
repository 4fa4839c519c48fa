"""When faults strike at random: how long what they strike is up and down, and who repairs it."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.model import Integer, Model
from sim.scenario.units import PositiveDuration, Share


class RandomTimes(Model):
    """Times up and times down, one after the other, exponential and independent; a run begins with a time up."""

    mtbf: PositiveDuration = Field(description="Mean time up, from the end of a failure to the next one.")
    mttr: PositiveDuration = Field(description="Mean time down.")
    correlated: Annotated[Share, Field(gt=0.0)] | None = Field(
        default=None,
        description="All replicas have the same times, and each is struck with this probability, by itself each time. "
        "Default: each has times of its own.",
    )
    crews: Annotated[Integer, Field(ge=1)] | None = Field(
        default=None,
        description="How many are repaired at a time: who fails while all crews are at work stays down until one is free, the "
        "first to fail first, and then for the time of its repair, whose mean is `mttr`. Default: each is repaired at once.",
    )

    @model_validator(mode="after")
    def _not_all_at_once(self) -> Self:
        if self.crews is not None and self.correlated is not None:
            message = "those that fail together come back together; remove crews, or correlated"
            raise PydanticCustomError("random_crews", message, {"at": "crews"})
        return self
