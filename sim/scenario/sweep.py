"""What is varied when the scenario is swept: the words of `eventflow sweep`, kept with the scenario.

    sweep:
      over: ["services.orders.replicas=2,4,8", "faults.slow.factor=1..20:log:8"]     every combination is a point
      zip: true                                                                      or: first values together, then second ...
      sample: lhs:50                                                                 or: so many points spread over the ranges
      metrics: [checkout.latency.p99.9]                                              kept besides the standard ones

Options of the command replace what the file says. A run of the scenario alone knows nothing of it.
"""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.model import Flag, Model, show

AXES_MAX = 20
AXIS_CHARACTERS_MAX = 2000
METRICS_MAX = 200
_AXIS = re.compile(r"\s*[^\s=]+\s*=\s*\S.*")
_SAMPLE = re.compile(r"(?:lhs|sobol):[0-9]{1,6}")


def _check_axis(text: str) -> str:
    if len(text) > AXIS_CHARACTERS_MAX or not _AXIS.fullmatch(text):
        what = "{axis} is not path=values; write for example 'services.orders.replicas=2,4,8'"
        raise PydanticCustomError("axis", what, {"axis": show(text)})
    return text


def _check_sample(text: str) -> str:
    if not _SAMPLE.fullmatch(text):
        what = "{sample} is not a sample; write lhs:50 (Latin hypercube) or sobol:64"
        raise PydanticCustomError("sample", what, {"sample": show(text)})
    return text


Axis = Annotated[
    str, AfterValidator(_check_axis), WithJsonSchema({"type": "string", "examples": ["services.orders.replicas=2,4,8"]})
]
"""A path and its values, written as text."""
Sample = Annotated[str, AfterValidator(_check_sample), WithJsonSchema({"type": "string", "examples": ["lhs:50", "sobol:64"]})]
"""A kind of sample and its size, written as text."""


class SweepSettings(Model):
    """What is varied, and how its values are combined."""

    over: Annotated[tuple[Axis, ...], Field(min_length=1, max_length=AXES_MAX)] = Field(
        description="What to vary, as texts: 'services.orders.replicas=2,4,8' or 'faults.slow.factor=1..20:log:8'."
    )
    zipped: Flag = Field(
        default=False, alias="zip", description="Whether the axes go together instead of every combination being a point."
    )
    sample: Sample | None = Field(default=None, description="Points spread over the ranges, instead of a grid: lhs:50.")
    metrics: Annotated[tuple[str, ...], Field(max_length=METRICS_MAX)] = Field(
        default=(), description="Paths of metrics kept besides the standard ones, such as 'checkout.latency.p99.9'."
    )

    @model_validator(mode="after")
    def _check_combination(self) -> Self:
        if self.zipped and self.sample is not None:
            what = "a sample spreads points over all axes, zip binds the axes together; leave out one of the two"
            raise PydanticCustomError("sweep", what, {"at": "sample"})
        return self
