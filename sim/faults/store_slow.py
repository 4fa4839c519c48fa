"""A store commits slower for a while.

    commit 2ms ... [ at: commit 2ms * factor ... at + for ] commit 2ms

A commit that begins in the window takes so many times as long, to its end; so does the mark of a relay.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.faults.effects import Effect, Pace
from sim.faults.slowdown import FACTOR_MAX
from sim.scenario.kinds import Fault
from sim.scenario.model import Number


class StoreSlow(Fault):
    """Each commit that begins during the fault takes ``factor`` times as long.

    Source: H. Gunawi et al., "Fail-Slow at Scale", FAST 2018.
    """

    strikes: ClassVar[tuple[str, ...]] = ("store",)
    kind: Literal["store_slow"] = Field(default="store_slow", description="Always 'store_slow'.")
    factor: Annotated[Number, Field(gt=0.0, le=FACTOR_MAX)] = Field(
        description="How many times as long a commit takes during the fault; above 0, up to 1e6."
    )

    def effects(self) -> tuple[Effect, ...]:
        """Return the one effect: a slower pace for the whole window."""
        return (Pace(self.at, self.end, self.factor),)
