"""A service grows slower and slower: a ramp, as of a disk that dies or a leak of memory, and then it is well again.

    factor   8 |                    ....'
             1 |________________..''     |_________    in steps, each of which is as slow as the ramp in its middle
                                at       at + for
"""

from typing import Annotated, Literal

from pydantic import Field

from sim.faults.effects import Effect, Pace
from sim.faults.slowdown import FACTOR_MAX
from sim.scenario.kinds import Fault
from sim.scenario.model import Number

STEPS = 64


class FailSlow(Fault):
    """All ``work`` of the struck replicas takes longer and longer, from as declared to ``factor`` times as long at the end.

    Source: H. Gunawi et al., "Fail-Slow at Scale", FAST 2018.
    """

    kind: Literal["fail_slow"] = Field(default="fail_slow", description="Always 'fail_slow'.")
    factor: Annotated[Number, Field(gt=0.0, le=FACTOR_MAX)] = Field(
        description="How many times as long a work takes at the end of the fault; above 0, up to 1e6."
    )

    def effects(self) -> tuple[Effect, ...]:
        """Return the steps of the ramp, of equal length: each a pace."""
        length = self.end - self.at
        steps = min(STEPS, length)
        edges = [self.at + length * step // steps for step in range(steps + 1)]
        middles = [1.0 + (self.factor - 1.0) * (2 * step + 1) / (2 * steps) for step in range(steps)]
        return tuple(Pace(begin, end, factor) for begin, end, factor in zip(edges, edges[1:], middles, strict=False))
