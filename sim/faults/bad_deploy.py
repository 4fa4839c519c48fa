"""A deploy that makes things worse: replica by replica the new version comes, does what the change says, and is rolled back.

    replica 1   |- new ---- changed ----------------- rollback_at |- old -|=======
    replica 2   ===== pause |- new ---- changed ------------- pause |- old -|=====
    replica 3   ====================== rollback_at: not any more
"""

from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.faults.effects import Effect
from sim.scenario.changes import AnyChange, PushedFault
from sim.scenario.deploys import Deploy
from sim.scenario.units import Duration, format_duration


class BadDeploy(Deploy, PushedFault):
    """Replicas are replaced in batches by new ones that do what a `change` says, until they are replaced again by old ones.

    Example: {kind: bad_deploy, target: payment, at: 30s, change: {kind: errors, share: 30%}, rollback_at: 60s}
    Source: Kubernetes Deployments, `kubectl rollout undo`; "The Site Reliability Workbook", 2018, chapter 16 on canaries.
    """

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["at"]}]})
    kind: Literal["bad_deploy"] = Field(default="bad_deploy", description="Always 'bad_deploy'.")
    change: AnyChange = Field(
        description="What is done to each new replica: a fault without a target and times, such as {kind: errors, share: 30%}."
    )
    rollback_at: Duration = Field(
        description="When it is rolled back: no batch begins from then on, and those that did are replaced again, in the same "
        "order and pace."
    )

    @model_validator(mode="after")
    def _comes_back(self) -> Self:
        if self.rollback_at <= self.at:
            said = {"at": "rollback_at", "begin": format_duration(self.at)}
            message = "a rollback before the deploy begins ({begin}) has nothing to roll back; write a later time"
            raise PydanticCustomError("rollback", message, said)
        self.refuse_times(self.at, self.at + self.rollback_at)
        return self

    @property
    def rolled_out(self) -> int:
        """How many batches begin before it is rolled back."""
        return min(self.batches, -(-(self.rollback_at - self.at) // max(1, self.step)))

    @property
    def end(self) -> int:
        """When the last replica is back, in ns."""
        return self.rolls_back(self.rolled_out - 1) + self.drain + self.down

    def rolls_back(self, batch: int) -> int:
        """When a batch is rolled back, in ns: not before it is up."""
        up = self.at + batch * self.step + self.drain + self.down
        return max(self.rollback_at + batch * self.step, up)

    def effects_on(self, number: int) -> tuple[Effect, ...]:
        """Return what is done to a replica: replaced, changed, and replaced again; nothing where it comes too late."""
        batch = number // self.batch
        if batch >= self.rolled_out:
            return ()
        begin, back = self.begins(number), self.rolls_back(batch)
        up = begin + self.drain + self.down
        changed = self.pushed(up, back + self.drain) if up < back + self.drain else ()
        return (*self.replaced(begin), *changed, *self.replaced(back))
