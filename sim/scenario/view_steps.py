"""Steps about read models: what is put into them, and who asks them. See `sim.scenario.steps`."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.first_value import with_first
from sim.scenario.model import Model, Name
from sim.scenario.units import Duration


class Project(Model):
    """Put the event of the message under way into a read model, in no time of its own."""

    project: Name = Field(description="The read model, one of projections.")
    key: Literal["flow"] = Field(default="flow", description="The key of the event: that of the flow it comes from.")

    def __init__(self, project: object = None, /, **fields: Any) -> None:
        """Build from the read model: ``Project("order_view")``."""
        super().__init__(**with_first("project", project, fields))


class Read(Model):
    """Ask a read model, in no time of its own; how old the answer is, is measured."""

    read: Name = Field(description="The read model, one of projections.")
    key: Literal["flow"] = Field(default="flow", description="The key that is asked for: that of the flow.")
    wait_for: Literal["own_write"] | None = Field(
        default=None,
        description="What the read waits for, holding its worker: what the same arrival has published. Default: nothing.",
    )
    wait_max: Duration | None = Field(
        default=None, description="Longest wait, then the step fails; needs wait_for. Default: wait for ever."
    )

    def __init__(self, read: object = None, /, **fields: Any) -> None:
        """Build from the read model: ``Read("order_view", wait_for="own_write", wait_max="2s")``."""
        super().__init__(**with_first("read", read, fields))

    @model_validator(mode="after")
    def _waits_for_something(self) -> Self:
        if self.wait_max is not None and self.wait_for is None:
            message = "wait_max without wait_for: the read waits for nothing; add wait_for: own_write"
            raise PydanticCustomError("read", message, {"at": "wait_max"})
        return self
