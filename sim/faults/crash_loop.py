"""Replicas come back, and die again, until the fault ends.

    up -- at: down for `down`, up for `up`, down, up, ... -- at + for: up
"""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.faults.effects import Down, Effect
from sim.scenario.kinds import Fault
from sim.scenario.units import Duration, PositiveDuration

TIMES_MAX = 10_000


class CrashLoop(Fault):
    """The struck replicas crash and restart in turn until the fault ends; each time they come back empty.

    Source: Kubernetes, whose pods in it are in `CrashLoopBackOff`.
    """

    kind: Literal["crash_loop"] = Field(default="crash_loop", description="Always 'crash_loop'.")
    strikes: ClassVar[tuple[str, ...]] = Fault.strikes
    up: PositiveDuration = Field(description="How long a replica is up before it dies again.")
    down: PositiveDuration = Field(description="How long it is down each time.")
    detection: Duration = Field(
        default=1_000_000_000, description="How long after each crash callers still choose the dead replica."
    )
    connections: Literal["reset", "silent"] = Field(
        default="reset",
        description="What a caller of a dead replica sees: an error after a hop, or nothing until its timeout.",
    )

    @model_validator(mode="after")
    def _not_too_often(self) -> Self:
        length = self.random.mttr if self.random is not None else self.end - self.at
        if length > TIMES_MAX * (self.up + self.down):
            message = "more than {most} crashes; write longer times"
            raise PydanticCustomError("crash_loop", message, {"at": "up", "most": TIMES_MAX})
        return self

    def effects(self) -> tuple[Effect, ...]:
        """Return a window of `Down` for each time."""
        silent = self.connections == "silent"
        begins = range(self.at, self.end, self.down + self.up)
        return tuple(Down(begin, min(begin + self.down, self.end), self.detection, silent) for begin in begins)
