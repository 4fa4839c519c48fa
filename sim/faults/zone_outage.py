"""A zone is lost: all replicas that stand in it die at once, and come back empty.

    zone a   replica 1, replica 3    up -----------------------------------
    zone b   replica 2, replica 4    up ----- at: dead ----- at + for: up, empty
"""

from typing import ClassVar, Literal

from pydantic import Field

from sim.faults.effects import Down, Effect
from sim.scenario.kinds import Change
from sim.scenario.model import Name
from sim.scenario.targets import Target
from sim.scenario.units import Duration


class ZoneOutage(Change):
    """All replicas in a zone are down, whatever their service; brokers stand in no zone.

    Source: AWS Fault Injection Service, the scenario of a power interruption of an availability zone.
    """

    kind: Literal["zone_outage"] = Field(default="zone_outage", description="Always 'zone_outage'.")
    strikes: ClassVar[tuple[str, ...]] = ("zone",)
    at_key: ClassVar[str] = "zone"
    together: ClassVar[bool] = True
    zone: Name = Field(description="The zone that is lost.")
    detection: Duration = Field(
        default=1_000_000_000, description="How long after it callers still choose the dead replicas."
    )
    connections: Literal["reset", "silent"] = Field(
        default="silent",
        description="What a caller of a dead replica sees: an error after a hop, or nothing until its timeout.",
    )

    @property
    def aim(self) -> Target:
        """The replicas in the zone."""
        return Target(zone=self.zone)

    def effects(self) -> tuple[Effect, ...]:
        """Return the one effect: down for the whole window."""
        return (Down(self.at, self.end, self.detection, self.connections == "silent"),)
