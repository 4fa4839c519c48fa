"""Faults that empty something at an instant: what all of them share.

    filled | -- at: nothing -- ............ filled again        the fault is the instant; how long it takes is what one asks
"""

from typing import ClassVar, Self

from pydantic import ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from sim.faults.effects import Effect, Emptied
from sim.scenario.kinds import Change
from sim.scenario.targets import AnyTarget, Target


class Emptying(Change):
    """A change without a window: what was there is gone at once, and comes back as its own rules say."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["at"]}]})
    together: ClassVar[bool] = True
    when: ClassVar[str]
    """What begins at its time, after "write when", for who left it out."""
    window: ClassVar[str]
    """Why it lasts for no time, before "; remove", for who wrote one."""
    another: ClassVar[str]
    """What a second one is, after "write another fault for"."""

    target: AnyTarget

    @property
    def aim(self) -> str | Target:
        """What is emptied."""
        return self.target

    @property
    def end(self) -> int:
        """As good as at once: what follows of it is no part of the fault."""
        return self.at + 1

    @model_validator(mode="after")
    def _has_times(self) -> Self:
        if "at" not in self.model_fields_set:
            raise PydanticCustomError(f"{self.kind}_at", "missing key 'at'; write when {when}", {"when": self.when})
        for key, given in (("for", self.duration), ("random", self.random)):
            if given is not None:
                message = "{window}; remove '{key}', and write another fault for another {another}"
                told = {"key": key, "window": self.window, "another": self.another}
                raise PydanticCustomError(f"{self.kind}_times", message, told)
        return self

    def effects(self) -> tuple[Effect, ...]:
        """Return the one effect: what was there is not."""
        return (Emptied(self.at, self.end),)
