"""A service works slower for a while.

    work 5ms ... [ at: work 5ms * factor ... at + for ] work 5ms

Work goes at the pace of the moment: what is under way when the fault begins or ends goes on slower, or as declared.
"""

from typing import Annotated, Literal

from pydantic import Field

from sim.faults.effects import Effect, Pace
from sim.scenario.kinds import Fault
from sim.scenario.model import Number

FACTOR_MAX = 1e6


class Slowdown(Fault):
    """All ``work`` of the struck replicas takes ``factor`` times as long, as long as the fault lasts.

    Example: {kind: slowdown, target: payment, factor: 5, at: 30s, for: 10s}
    Source: R. and A. Arpaci-Dusseau, "Fail-Stutter Fault Tolerance", HotOS 2001.
    """

    kind: Literal["slowdown"] = Field(default="slowdown", description="Always 'slowdown'.")
    factor: Annotated[Number, Field(gt=0.0, le=FACTOR_MAX)] = Field(
        description="How many times as long a work takes during the fault: 20 is 20 times slower; above 0, up to 1e6."
    )

    def effects(self) -> tuple[Effect, ...]:
        """Return the one effect: a slower pace for the whole window."""
        return (Pace(self.at, self.end, self.factor),)
