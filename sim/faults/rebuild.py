"""A read model is emptied and filled anew, from the oldest event on that its topics keep, while the traffic goes on.

    view   v3 | -- at: nothing -- v1 ..... v2 ...... v3 | v4        so many events per second, until no event is ahead

It is not a window: it is over when it has caught up, and how long that takes is what one asks.
"""

from typing import ClassVar, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.faults.effects import Effect, Emptied
from sim.scenario.kinds import Change
from sim.scenario.targets import AnyTarget, Target


class Rebuild(Change):
    """An operator has a projection rebuilt, at the rate that its `rebuild` says.

    It is over when the projection has caught up: it has neither `for` nor `random`.
    """

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["at"]}]})
    strikes: ClassVar[tuple[str, ...]] = ("projection",)
    together: ClassVar[bool] = True
    kind: Literal["rebuild"] = Field(default="rebuild", description="Always 'rebuild'.")
    target: AnyTarget = Field(description="The projection.")

    @property
    def aim(self) -> str | Target:
        """The projection."""
        return self.target

    @property
    def end(self) -> int:
        """As good as at once: what follows of it is no part of the fault."""
        return self.at + 1

    @model_validator(mode="after")
    def _has_times(self) -> Self:
        if "at" not in self.model_fields_set:
            raise PydanticCustomError("rebuild_at", "missing key 'at'; write when the rebuild begins")
        for key, given in (("for", self.duration), ("random", self.random)):
            if given is not None:
                message = "a rebuild is over when it has caught up; remove '{key}', and write another fault for another rebuild"
                raise PydanticCustomError("rebuild_times", message, {"key": key})
        return self

    def effects(self) -> tuple[Effect, ...]:
        """Return the one effect: what was there is not."""
        return (Emptied(self.at, self.end),)
