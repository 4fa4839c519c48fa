"""All replicas of a service are replaced by new ones, a batch after the other.

    replica 1   |= drain =|- start_up -|==== new ========================
    replica 2   ========================= pause |= drain =|- start_up -|=== new
"""

from typing import Literal

from pydantic import Field

from sim.faults.effects import Effect
from sim.scenario.deploys import Deploy


class RollingDeploy(Deploy):
    """Replicas are drained, stopped and started anew in batches; their consumers leave their groups and join them again."""

    kind: Literal["rolling_deploy"] = Field(default="rolling_deploy", description="Always 'rolling_deploy'.")

    def effects_on(self, number: int) -> tuple[Effect, ...]:
        """Return what is done to a replica when it is the turn of its batch."""
        return self.replaced(self.begins(number))
