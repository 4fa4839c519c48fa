"""Health checks, as they are declared; what they do is in `sim.policies.health`.

    health: {check: {every: 5s, timeout: 1s, unhealthy_after: 3, healthy_after: 1}}
"""

from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.rows import Row
from sim.scenario.kinds import Ruled
from sim.scenario.model import Integer, Model
from sim.scenario.units import Duration, PositiveDuration, format_duration

CHECKS_MAX = 1000
EVERY_MIN = 1_000_000  # ns


class CheckSettings(Row):
    """What is declared, in ns, and in checks."""

    timeout: int
    work: int
    unhealthy_after: int
    healthy_after: int


class Check(Ruled):
    """How a replica is asked whether it is well.

    Example: {every: 10s, timeout: 1s, unhealthy_after: 3}
    Source: the readiness probe of Kubernetes: each 10 s, 1 s, after 3 failures.
    """

    kind: ClassVar[str] = "check"  # type: ignore[misc]
    every: PositiveDuration = Field(default=10_000_000_000, description="From one check to the next; at least 1ms.")
    timeout: PositiveDuration = Field(default=1_000_000_000, description="How long an answer may take; shorter than `every`.")
    unhealthy_after: Annotated[Integer, Field(ge=1, le=CHECKS_MAX)] = Field(
        default=3, description="Bad checks in a row after which a replica is taken out of the list."
    )
    healthy_after: Annotated[Integer, Field(ge=1, le=CHECKS_MAX)] = Field(
        default=1, description="Good checks in a row after which it is put back."
    )
    work: Duration = Field(
        default=0, description="How long a replica needs to answer, at its declared pace: if none, a slow one answers at once."
    )

    Settings: ClassVar[Any] = CheckSettings

    @model_validator(mode="after")
    def _times(self) -> Self:
        said = {"every": format_duration(self.every), "timeout": format_duration(self.timeout)}
        if self.every < EVERY_MIN:
            message = "a check every {every} is too often; write at least 1ms"
            raise PydanticCustomError("check_every", message, {"at": "every", **said})
        if self.timeout >= self.every:
            message = "a timeout of {timeout} is not shorter than every {every}; let a check be over before the next one"
            raise PydanticCustomError("check_timeout", message, {"at": "timeout", **said})
        return self


class Health(Model):
    """How it is found out that replicas are not well."""

    check: Check = Field(description="Each replica is asked at intervals.")
