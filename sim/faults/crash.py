"""Replicas of a service die, and come back empty.

    up ----- at: dead, its requests lost ----- at + for: up again, empty
               |-- detection --| callers stop choosing it
"""

from typing import Literal

from pydantic import Field

from sim.faults.effects import Down, Effect
from sim.scenario.kinds import Fault
from sim.scenario.units import Duration


class Crash(Fault):
    """The struck replicas lose their requests in service and in queue, and take none until the fault ends."""

    kind: Literal["crash"] = Field(default="crash", description="Always 'crash'.")
    detection: Duration = Field(
        default=1_000_000_000, description="How long after the crash callers still choose the dead replica."
    )
    connections: Literal["reset", "silent"] = Field(
        default="reset",
        description="What a caller of a dead replica sees: an error after a hop, or nothing until its timeout.",
    )

    def effects(self) -> tuple[Effect, ...]:
        """Return the one effect: down for the whole window."""
        return (Down(self.at, self.end, self.detection, self.connections == "silent"),)
