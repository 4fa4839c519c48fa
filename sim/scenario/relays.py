"""What publishes the rows of outboxes: relays by name, each of one store. See `sim.stores.relays`."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.model import Integer, Model, Name
from sim.scenario.units import Duration, PositiveDuration

BATCH_MAX = 100_000
INSTANCES_MAX = 1000
EVERY = 500_000_000


class AdaptivePoll(Model):
    """An interval that is halved after a full batch and doubled after a quarter of one or less, within bounds."""

    min: PositiveDuration = Field(description="The shortest interval.")
    max: PositiveDuration = Field(description="The longest interval.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max < self.min:
            raise PydanticCustomError("adaptive", "max is shorter than min; write the longer one as max", {"at": "max"})
        return self


class Relay(Model):
    """Reads committed rows of a store's outbox, publishes them one after the other, and marks them."""

    store: Name = Field(description="The store whose outbox is read.")
    kind: Literal["poll", "wake_at_commit", "log_tail"] = Field(
        default="poll",
        description="When it looks for rows: at intervals; at each commit, and at intervals too; or as a log shows them.",
    )
    every: PositiveDuration = Field(
        default=EVERY, description="Interval between polls; of log_tail only how long it waits when the broker refused a row."
    )
    batch: Annotated[Integer, Field(ge=1, le=BATCH_MAX)] = Field(
        default=100, description="How many rows an instance claims at a time, publishes and then marks; 1 to 100000."
    )
    instances: Annotated[Integer, Field(ge=1, le=INSTANCES_MAX)] = Field(
        default=1, description="How many there are; their first polls are spread over the interval. 1 to 1000."
    )
    claim: Literal["skip_locked", "leader"] = Field(
        default="skip_locked",
        description="Of several instances: each takes what no other has, and the order is lost; or one at a time has any.",
    )
    timing: Literal["fixed_delay", "fixed_rate", "while_full"] = Field(
        default="fixed_delay",
        description="When a poll follows: so long after the end of a run; after its start; or at once after a full batch.",
    )
    adaptive: AdaptivePoll | None = Field(default=None, description="Bounds of an interval that follows the load, if any.")
    delay: Duration = Field(default=0, description="Of log_tail: how long after its commit the log shows a row.")
    mark: Duration = Field(default=0, description="How long it takes to mark the rows of a batch as published.")

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        """Refuse a setting that only another kind has."""
        if self.delay and self.kind != "log_tail":
            message = "only a relay of kind log_tail has a delay; write kind: log_tail, or leave it out"
            raise PydanticCustomError("relay", message, {"at": "delay"})
        if self.kind == "log_tail" and (self.adaptive is not None or self.timing != "fixed_delay"):
            what = "timing" if self.adaptive is None else "adaptive"
            message = "a relay of kind log_tail does not poll, and has no {what}; leave it out"
            raise PydanticCustomError("relay", message, {"at": what, "what": what})
        return self
