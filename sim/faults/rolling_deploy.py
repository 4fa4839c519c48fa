"""All replicas of a service are replaced by new ones, a batch after the other.

    replica 1   |= drain =|- start_up -|==== new ========================
    replica 2   ========================= pause |= drain =|- start_up -|=== new
"""

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.faults.effects import Effect
from sim.scenario.deploys import Deploy


class RollingDeploy(Deploy):
    """Replicas are drained, stopped and started anew in batches; their consumers leave their groups and join them again.

    Example: {kind: rolling_deploy, target: payment, at: 30s, batch: 1, pause: 5s, start_up: 3s, drain: 1s}
    Source: Kubernetes Deployments, `RollingUpdate`.
    """

    kind: Literal["rolling_deploy"] = Field(default="rolling_deploy", description="Always 'rolling_deploy'.")

    @model_validator(mode="after")
    def _takes_time(self) -> Self:
        if self.in_no_time:
            message = "replicas that are replaced in no time are as good as the old ones; write start_up, or drain"
            raise PydanticCustomError("deploy_in_no_time", message, {"at": "start_up"})
        return self

    def effects_on(self, number: int) -> tuple[Effect, ...]:
        """Return what is done to a replica when it is the turn of its batch."""
        return self.replaced(self.begins(number))
