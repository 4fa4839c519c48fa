"""Deploys: replicas are replaced by others, a batch after the other; base of the kinds of faults that do so.

    batch 1   | drain | start_up |
    batch 2                      | pause | drain | start_up |
"""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import ConfigDict, Field, PrivateAttr, model_validator
from pydantic_core import PydanticCustomError

from sim.faults.effects import Down, Effect, Withdrawn
from sim.scenario.kinds import Fault
from sim.scenario.model import Integer
from sim.scenario.targets import REPLICAS_MAX, Target, how_many
from sim.scenario.units import Duration

if TYPE_CHECKING:
    from sim.scenario.topology import Service


class Deploy(Fault):
    """Replicas are replaced by others, in batches: base of the kinds of deploys."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["at"]}]})
    strikes: ClassVar[tuple[str, ...]] = ("service",)
    replaces: ClassVar[bool] = True
    batch: Annotated[Integer, Field(ge=1, le=REPLICAS_MAX)] = Field(
        default=1, description="How many replicas are replaced at once."
    )
    pause: Duration = Field(default=0, description="From when a batch is up to when the next one begins.")
    start_up: Duration = Field(
        default=0, description="How long a new replica starts up before callers choose it, and its consumers read."
    )
    drain: Duration = Field(
        default=0,
        description="How long an old replica goes on with what it has before it is stopped; what it still has then is lost. "
        "Nothing new is sent to it. Without start_up, too, it is replaced in no time, and nothing is lost.",
    )
    _places: int = PrivateAttr(default=1)

    @model_validator(mode="after")
    def _has_times(self) -> Self:
        if "at" not in self.model_fields_set:
            raise PydanticCustomError("deploy_at", "missing key 'at'; write when the deploy begins", {"at": "at"})
        for key, given in (("for", self.duration), ("random", self.random)):
            if given is not None:
                message = "a deploy is over when all replicas are replaced; remove '{key}'"
                raise PydanticCustomError("deploy_times", message, {"key": key})
        return self

    @property
    def step(self) -> int:
        """From the begin of a batch to that of the next one, in ns."""
        return self.drain + self.down + self.pause

    @property
    def down(self) -> int:
        """How long a place is without a replica that is up, in ns."""
        return 0 if self.in_no_time else max(1, self.start_up)

    @property
    def in_no_time(self) -> bool:
        """Whether a new replica has its place, and all that the old one had, at once."""
        return self.start_up == self.drain == 0

    @property
    def batches(self) -> int:
        """How many batches there are."""
        return -(-how_many(self.replicas, self._places) // self.batch)

    @property
    def end(self) -> int:
        """When the last replica is replaced, in ns."""
        return self.at + self.batches * self.step - self.pause

    def replaced(self, begin: int) -> tuple[Effect, ...]:
        """Return what is done to a replica that is replaced from ``begin`` on: withdrawn, then down until it is another one."""
        if self.in_no_time:
            return ()
        stopped, end = begin + self.drain, begin + self.drain + self.down
        return Withdrawn(begin, end), Down(stopped, end, self.down, silent=False)

    def begins(self, number: int) -> int:
        """When the batch begins in which the ``number``-th replica is, in ns."""
        return self.at + number // self.batch * self.step

    @abstractmethod
    def effects_on(self, number: int) -> tuple[Effect, ...]:
        """Return what is done to the ``number``-th replica."""

    def effects(self) -> tuple[Effect, ...]:
        """Return what is done to the first replica."""
        return self.effects_on(0)


def tell_deploys(faults: Iterable[Any], services: "Mapping[str, Service]") -> None:
    """Tell each deploy of a scenario how many replicas there are, so that it knows when it ends."""
    for fault in faults:
        if isinstance(fault, Deploy):
            name = fault.target.service if isinstance(fault.target, Target) else fault.target
            if name is not None and name in services:
                fault._places = services[name].places  # noqa: SLF001 - of its own kind
