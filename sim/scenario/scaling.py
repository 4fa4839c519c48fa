"""What is declared of a service whose replicas come and go by themselves; the kinds are in `sim.policies.scaling`.

    wanted    4        6 -- start_up --            5
    replicas  4 ready  4 ready, 2 start   6 ready  5 ready, 1 leaves -- drain -- 5
"""

from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.registry import Kinds
from sim.scenario.kinds import Ruled
from sim.scenario.model import Integer
from sim.scenario.targets import REPLICAS_MAX
from sim.scenario.units import Duration, PositiveDuration, format_duration

EVERY_MIN = 1_000_000  # ns
EVERY_MAX = 3_600_000_000_000


class Autoscaler(Ruled):
    """How many replicas a service has, from time to time: base of the kinds of autoscalers.

    ``State`` ends with a tail of ``tail`` words. The rule ``begin`` is asked at time 0, ``decide`` at each sync.
    """

    State: ClassVar[Any]
    """The row of its state; it begins with zeros."""
    begin: ClassVar[Any]
    """The rule ``(settings, state, current)``: the run begins with so many replicas."""
    decide: ClassVar[Any]
    """The rule ``(settings, state, current, ready, unready, missing, total, capacity) -> wanted``.

    So many replicas are wanted now; so many are ready, are not, and are not heard of; what was measured of the ready ones, or
    of all; and how many thousandths of a worker a replica has.
    """

    min: Annotated[Integer, Field(ge=1, le=REPLICAS_MAX)] = Field(description="The fewest replicas; 1 to 1000.")
    max: Annotated[Integer, Field(ge=1, le=REPLICAS_MAX)] = Field(
        description="The most replicas; 1 to 1000. Those that still leave count: a new one waits for the place of one of them."
    )
    sync: PositiveDuration = Field(
        default=15_000_000_000,
        description="From one look at the metric to the next; 1ms to 1h. A utilisation is that since the last one.",
    )
    start_up: Duration = Field(
        default=30_000_000_000, description="How long a new replica starts up before callers choose it, and its consumers read."
    )
    drain: Duration = Field(
        default=30_000_000_000,
        description="How long a replica that leaves goes on with what it has, and with what was on its way to it; what it has "
        "left then is lost. Nothing new is sent to it.",
    )

    @model_validator(mode="after")
    def _from_min_to_max(self) -> Self:
        if self.min > self.max:
            said = {"at": "max", "least": self.min, "most": self.max}
            raise PydanticCustomError("autoscale", "max {most} is less than min {least}; write at least {least}", said)
        if not EVERY_MIN <= self.sync <= EVERY_MAX:
            said = {"at": "sync", "sync": format_duration(self.sync)}
            raise PydanticCustomError("autoscale", "a sync every {sync} is not from 1ms to 1h; write one in between", said)
        return self

    @property
    def tail(self) -> int:
        """Return how many words follow its state."""
        return 0


AnyAutoscaler = Annotated[Autoscaler, Kinds("sim.policies.scaling", noun="autoscaler", default="hpa")]
"""An autoscaler of any kind in ``sim/policies/scaling``; ``hpa`` when no kind is given."""
