"""How fast work goes at a replica, where that depends on what else is done there: its cores.

    cores: 2                                    first come, first served
    cores: {count: 2, sharing: processor}       all at work share them alike
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from sim.scenario.model import Integer, Model
from sim.scenario.shapes import Shapes
from sim.scenario.units import Share

CORES_MAX = 100_000
PART_MIN = 1e-11


def _refuse_tiny(value: float) -> float:
    if 0.0 < value < PART_MIN:
        message = "{value} is less than any that is run; write 0, or at least {least}"
        raise PydanticCustomError("tiny_part", message, {"value": f"{value:g}", "least": f"{PART_MIN:g}"})
    return value


Part = Annotated[Share, AfterValidator(_refuse_tiny)]
"""A part of contention: a share, kept to 2**-40."""


def _refuse_none(value: object) -> object:
    if value == 0 and not isinstance(value, bool):
        raise PydanticCustomError("zero_capacity", "zero capacity: no work would ever be done; write at least 1")
    return value


Count = Annotated[Integer, BeforeValidator(_refuse_none), Field(ge=1, le=CORES_MAX)]


class Cores(Model):
    """The cores of each replica: work needs one, beside the worker that does it."""

    count: Count = Field(description="How many cores a replica has; 1 to 100000.")
    sharing: Literal["fifo", "processor"] = Field(
        default="fifo",
        description="'fifo': work keeps a core to its end, and what finds none waits for one, first come, first served. "
        "'processor': all that are at work share the cores alike, each with one of its own as long as there are enough.",
    )


AnyCores = Annotated[Count | Cores, Shapes((Count, Cores), lambda value: int(isinstance(value, dict | Cores)))]
"""How many cores, or a mapping."""


def cores_of(declared: int | Cores | None) -> tuple[int, str]:
    """How many cores there are, and how they are shared; 0: work needs none."""
    if declared is None:
        return 0, ""
    if isinstance(declared, Cores):
        return declared.count, declared.sharing
    return declared, "fifo"
