"""Replicas of a service die, and come back empty.

    up ----- at: dead, its requests lost ----- at + for: up again, empty
               |-- detection --| callers stop choosing it
"""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.faults.effects import Down, Effect
from sim.scenario.kinds import Fault
from sim.scenario.targets import OF_REPLICAS, Target
from sim.scenario.units import Duration


class Crash(Fault):
    """The struck replicas lose their requests in service and in queue, and take none until the fault ends.

    Instances of a relay go down, too: the rows that they hold wait for another one, or for the end of the fault.
    """

    strikes: ClassVar[tuple[str, ...]] = (*OF_REPLICAS, "relay")
    kind: Literal["crash"] = Field(default="crash", description="Always 'crash'.")
    detection: Duration = Field(
        default=1_000_000_000, description="How long after the crash callers still choose the dead replica."
    )
    connections: Literal["reset", "silent"] = Field(
        default="reset",
        description="What a caller of a dead replica sees: an error after a hop, or nothing until its timeout.",
    )

    @model_validator(mode="after")
    def _nobody_calls_a_relay(self) -> Self:
        if isinstance(self.target, Target) and self.target.relay is not None:
            for what in ("connections", "detection"):
                if getattr(self, what) == type(self).model_fields[what].default:
                    continue
                message = "nobody calls a relay, which has no {what}; leave it out"
                raise PydanticCustomError("relay", message, {"at": what, "what": what})
        return self

    def effects(self) -> tuple[Effect, ...]:
        """Return the one effect: down for the whole window."""
        return (Down(self.at, self.end, self.detection, self.connections == "silent"),)
