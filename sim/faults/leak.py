"""Workers are lost one by one, as threads that never come back, until the fault ends.

    workers 4   #### | at + every: ### | ## | # | at + for: ####        a restart gives back what had leaked, too

The next worker that is free is lost; where none is, the next that becomes free.
"""

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.faults.effects import Effect, Leaked
from sim.scenario.kinds import Fault
from sim.scenario.units import PositiveDuration

TIMES_MAX = 10_000


class Leak(Fault):
    """Each struck replica loses one of its workers `every` so long, and has them back when the fault ends.

    Source: Y. Huang et al., "Software Rejuvenation: Analysis, Module and Applications", FTCS 1995.
    """

    kind: Literal["leak"] = Field(default="leak", description="Always 'leak'.")
    pool: Literal["workers"] = Field(default="workers", description="What leaks: 'workers'.")
    every: PositiveDuration = Field(description="One place is lost each so long, the first one so long after the begin.")

    @model_validator(mode="after")
    def _not_too_often(self) -> Self:
        length = self.random.mttr if self.random is not None else self.end - self.at
        if length > TIMES_MAX * self.every:
            message = "more than {most} workers; write a longer time"
            raise PydanticCustomError("leak", message, {"at": "every", "most": TIMES_MAX})
        return self

    def effects(self) -> tuple[Effect, ...]:
        """Return one place less from each time on, to the end of the fault."""
        return tuple(Leaked(begin, self.end, 1) for begin in range(self.at + self.every, self.end, self.every))
