"""More, or fewer, arrivals of a flow for a while.

    arrivals | | | | ... [ at: ||||||||||||| ... at + for ] | | | |

The same arrivals on a clock that runs `factor` times as fast: those before the fault come when they come without it.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.faults.effects import Effect, Rate
from sim.scenario.kinds import Change
from sim.scenario.model import Name, Number

FACTOR_MAX = 1000.0


class Traffic(Change):
    """The rate of a flow's arrivals is `factor` times what it is without the fault.

    Example: {kind: traffic, flow: orders, factor: 3, at: 30s, for: 10s}
    Source: "Site Reliability Engineering", 2016, chapter 22 on cascading failures.
    """

    kind: Literal["traffic"] = Field(default="traffic", description="Always 'traffic'.")
    strikes: ClassVar[tuple[str, ...]] = ("flow",)
    at_key: ClassVar[str] = "flow"
    together: ClassVar[bool] = True
    flow: Name = Field(description="The flow whose arrivals are more, or fewer.")
    factor: Annotated[Number, Field(ge=0.0, le=FACTOR_MAX)] = Field(
        description="How many times as many: 3 is three times as many, 0.5 half, 0 none; at most 1000."
    )

    @property
    def aim(self) -> str:
        """The flow."""
        return self.flow

    def effects(self) -> tuple[Effect, ...]:
        """Return the one effect: another rate for the whole window."""
        return (Rate(self.at, self.end, self.factor),)
