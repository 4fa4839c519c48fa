"""Let so many calls of a caller be under way at once, so that a slow callee takes no more of it than that.

    caller  [#][#][#]   calls_max under way    | | |   those who wait, at most `wait_max` each; by default nobody does

Each replica of the caller has a bulkhead of its own, as a library in its process would, and a client has one. The place is
taken until the attempt is over for its caller: answered, or timed out, as the semaphore of resilience4j is released then; what
the callee still does about it counts no more. The timeout of an attempt begins when it has its place.
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from sim.policies.guards import _places as rules
from sim.scenario.kinds import NO_WAIT_MAX, Guard
from sim.scenario.model import Integer
from sim.scenario.units import Duration


class Bulkhead(Guard):
    """Refuse calls, or let them wait, while so many are under way at once.

    Example: {calls_max: 25, wait_max: 0s}
    Source: resilience4j BulkheadConfig: 25 calls, no wait.
    """

    kind: Literal["semaphore"] = Field(default="semaphore", description="Always 'semaphore'; the default.")
    calls_max: Annotated[Integer, Field(ge=1, le=rules.PLACES_MAX)] = Field(
        default=25, description="Attempts that may be under way at once; 1 to 1,000,000."
    )
    wait_max: Duration = Field(
        default=0, description="How long an attempt waits for its place before it is refused; by default it does not wait."
    )
    queue_max: Annotated[Integer, Field(ge=0, le=rules.WAITING_MAX)] | None = Field(
        default=None, description="How many may wait; more are refused at once. Default: no bound."
    )

    slot: ClassVar[str] = "bulkhead"
    place: ClassVar[int] = 80
    per_caller: ClassVar[bool] = True
    by_default: ClassVar[bool] = True
    Settings: ClassVar[Any] = rules.PlacesSettings
    State: ClassVar[Any] = rules.PlacesState
    admit: ClassVar[Any] = staticmethod(rules.admit)
    withdraw: ClassVar[Any] = staticmethod(rules.withdraw)
    settle: ClassVar[Any] = staticmethod(rules.settle)
    engaged: ClassVar[Any] = staticmethod(rules.engaged)
    admit_next: ClassVar[Any] = staticmethod(rules.admit_next)
    leave: ClassVar[Any] = staticmethod(rules.leave)

    @model_validator(mode="after")
    def _has_a_room(self) -> Self:
        rules.check_room(self.wait_max, self.queue_max)
        return self

    @property
    def places(self) -> int:
        """How many places there are."""
        return self.calls_max

    @property
    def waiting_max(self) -> int:
        """How many may wait; -1: any number."""
        if self.wait_max == 0:
            return 0
        return NO_WAIT_MAX if self.queue_max is None else self.queue_max

    @property
    def longest_wait(self) -> int:
        """As declared, unless nobody may wait."""
        return 0 if self.waiting_max == 0 else self.wait_max
