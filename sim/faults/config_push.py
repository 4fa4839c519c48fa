"""A bad setting is pushed to some replicas at once, and taken back: they do then what the change says.

    replica 1   as declared ---- at: changed ------------- at + for: as declared
    replica 2   as declared -----------------------------------------------------      replicas: 50%
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from sim.faults.effects import Effect
from sim.scenario.changes import AnyChange, PushedFault


class ConfigPush(PushedFault):
    """Some replicas are struck by a `change`, any fault of replicas or of their operations, while the fault lasts.

    Source: "The Site Reliability Workbook", 2018, chapter 16 on canaries: a change for a share of all.
    """

    kind: Literal["config_push"] = Field(default="config_push", description="Always 'config_push'.")
    change: AnyChange = Field(
        description="What is done to each replica that is struck: a fault without a target and times, such as "
        "{kind: slowdown, factor: 2}."
    )

    @model_validator(mode="after")
    def _can_last(self) -> Self:
        length = self.random.mttr if self.random is not None else self.end - self.at
        self.refuse_times(self.at, self.at + length)
        return self

    def effects(self) -> tuple[Effect, ...]:
        """Return what the change does, for the whole window."""
        return self.pushed(self.at, self.end)
