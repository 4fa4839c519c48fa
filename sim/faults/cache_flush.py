"""A cache is emptied, by hand or as what keeps it starts anew, while the traffic goes on.

    cache   90 % of what is asked for | -- at: nothing -- 20 % .... 70 % ...... 90 %        all misses come to the origin

It is not a window: what was there is gone at once, and how long it takes to fill is what one asks. What is being loaded
meanwhile is stored all the same.
"""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.faults.effects import Effect, Emptied
from sim.scenario.kinds import Change
from sim.scenario.targets import AnyTarget, Target


class CacheFlush(Change):
    """All that a cache has is gone; where each replica has its own, all of them."""

    strikes: ClassVar[tuple[str, ...]] = ("cache",)
    together: ClassVar[bool] = True
    kind: Literal["cache_flush"] = Field(default="cache_flush", description="Always 'cache_flush'.")
    target: AnyTarget = Field(description="The cache.")

    @property
    def aim(self) -> str | Target:
        """The cache."""
        return self.target

    @property
    def end(self) -> int:
        """As good as at once: what follows of it is no part of the fault."""
        return self.at + 1

    @model_validator(mode="after")
    def _has_times(self) -> Self:
        if "at" not in self.model_fields_set:
            raise PydanticCustomError("flush_at", "missing key 'at'; write when the cache is emptied")
        for key, given in (("for", self.duration), ("random", self.random)):
            if given is not None:
                message = "a cache is emptied at once; remove '{key}', and write another fault for another flush"
                raise PydanticCustomError("flush_times", message, {"key": key})
        return self

    def effects(self) -> tuple[Effect, ...]:
        """Return the one effect: what was there is not."""
        return (Emptied(self.at, self.end),)
