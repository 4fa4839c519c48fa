"""Replicas of a service die, and come back empty.

    up ----- at: dead, its requests lost ----- at + for: up again, empty, or with what it does not lose
               |-- detection --| callers stop choosing it
"""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.faults.effects import KEEPS_QUEUE, KEEPS_WORK, Down, Effect, Halted, Stopped
from sim.scenario.kinds import Fault
from sim.scenario.targets import OF_REPLICAS, Target
from sim.scenario.units import Duration


class Crash(Fault):
    """The struck replicas lose their requests in service and in queue, and take none until the fault ends.

    Instances of a relay go down, too: the rows that they hold wait for another one, or for the end of the fault.

    Source: F. Schneider, "Byzantine Generals in Action: Implementing Fail-Stop Processors", 1984; Chaos Mesh, PodChaos
    `pod-failure`.
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

    loses: tuple[Literal["work", "queue"], ...] = Field(
        default=("work", "queue"),
        description="What is lost: `work`, the requests and messages that are handled, and `queue`, the requests that wait. "
        "What is not waits for the end of the fault, and is taken up then. Default: both.",
    )

    @model_validator(mode="after")
    def _nobody_calls_a_relay(self) -> Self:
        if isinstance(self.target, Target) and self.target.relay is not None:
            for what in ("connections", "detection", "loses"):
                if getattr(self, what) == type(self).model_fields[what].default:
                    continue
                message = "nobody calls a relay, which has no {what}; leave it out"
                raise PydanticCustomError("relay", message, {"at": what, "what": what})
        return self

    def effects(self) -> tuple[Effect, ...]:
        """Return that replicas are down for the whole window; work that is not lost stands still in it."""
        keeps = KEEPS_WORK * ("work" not in self.loses) + KEEPS_QUEUE * ("queue" not in self.loses)
        down = Down(self.at, self.end, self.detection, self.connections == "silent", keeps)
        if keeps & KEEPS_WORK == 0:
            return (down,)
        return (down, Stopped(self.at, self.end), Halted(self.at, self.end))
