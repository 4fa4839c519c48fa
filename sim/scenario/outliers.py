"""When callers eject replicas, as it is declared; what they do is in `sim.policies.outliers`.

    outliers: {profile: envoy, consecutive: 3}
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.rows import Row
from sim.scenario.kinds import Ruled
from sim.scenario.model import Integer, Number, told
from sim.scenario.units import PositiveDuration, Share, format_duration

THOUSAND = 1000
COUNT_MAX = 10**6
FACTOR_MAX = 100.0
EVERY_MIN = 1_000_000  # ns
EJECTION_MAX = 1 << 53  # ns, 104 days


class OutlierSettings(Row):
    """What is declared; 0 is: not by this."""

    consecutive: int
    ejection: int  # ns
    ejection_max: int
    share: int  # in thousandths, and so the other shares
    rate_hosts: int
    rate_requests: int
    rate_factor: int
    failure_hosts: int
    failure_requests: int
    failure_share: int


class Outliers(Ruled):
    """When callers eject a replica that fails more than the others.

    Example: {profile: envoy, consecutive: 3, ejection: 10s}
    Source: Envoy, outlier detection: 5 in a row, sweeps each 10 s, 30 s a time up to 300 s, 10 % at most, 1.9 deviations.
    """

    kind: ClassVar[str] = "outliers"  # type: ignore[misc]
    profile: Annotated[Literal["envoy"], told({"envoy": "The defaults said here. Source: Envoy, outlier detection"})] = Field(
        default="envoy", description="Whose defaults hold: 'envoy'."
    )
    consecutive: Annotated[Integer, Field(ge=0, le=COUNT_MAX)] = Field(
        default=5, description="Failures in a row that eject a replica at once; 0: not by this."
    )
    every: PositiveDuration = Field(default=10_000_000_000, description="From one sweep to the next; at least 1ms.")
    ejection: PositiveDuration = Field(
        default=30_000_000_000, description="How long a replica is ejected the first time; the n-th time n times as long."
    )
    ejection_max: PositiveDuration = Field(default=300_000_000_000, description="How long it is ejected at most.")
    ejected_max: Share = Field(
        default=0.1, description="How many of the replicas a caller may have ejected; one it always may."
    )
    panic: Share = Field(
        default=0.5, description="Where fewer than this share of the replicas are well, all are used; 0%: never."
    )
    success_rate: Number = Field(
        default=1.9,
        ge=0.0,
        le=FACTOR_MAX,
        description="At a sweep a replica is ejected whose rate of success is more than so many standard deviations below the "
        "mean of all; 0: not by this.",
    )
    success_rate_replicas: Annotated[Integer, Field(ge=1, le=1000)] = Field(
        default=5, description="For that there must be so many replicas with enough requests."
    )
    success_rate_requests: Annotated[Integer, Field(ge=1, le=COUNT_MAX)] = Field(
        default=100, description="Enough requests between two sweeps, for that."
    )
    failures: Share = Field(
        default=0.0, description="At a sweep a replica is ejected that failed at this share of its requests; 0%: not by this."
    )
    failures_replicas: Annotated[Integer, Field(ge=1, le=1000)] = Field(
        default=5, description="For that there must be so many replicas with enough requests."
    )
    failures_requests: Annotated[Integer, Field(ge=1, le=COUNT_MAX)] = Field(
        default=50, description="Enough requests between two sweeps, for that."
    )

    Settings: ClassVar[Any] = OutlierSettings

    @model_validator(mode="after")
    def _lengths(self) -> Self:
        if self.every < EVERY_MIN:
            message = "a sweep every {every} is too often; write at least 1ms"
            raise PydanticCustomError("sweep_every", message, {"at": "every", "every": format_duration(self.every)})
        if not self.ejection <= self.ejection_max <= EJECTION_MAX:
            message = "ejection_max {most} is not from ejection ({least}) to 2400h; write a longer, or a shorter one"
            said = {"at": "ejection_max", "most": format_duration(self.ejection_max), "least": format_duration(self.ejection)}
            raise PydanticCustomError("ejection_max", message, said)
        return self

    @property
    def share(self) -> int:
        """How many may be ejected, in thousandths."""
        return round(self.ejected_max * THOUSAND)

    @property
    def rate_hosts(self) -> int:
        """How many replicas with enough requests there must be to compare their rates."""
        return self.success_rate_replicas

    @property
    def rate_requests(self) -> int:
        """How many requests are enough for that."""
        return self.success_rate_requests

    @property
    def rate_factor(self) -> int:
        """So many standard deviations below the mean, in thousandths."""
        return round(self.success_rate * THOUSAND)

    @property
    def failure_hosts(self) -> int:
        """How many replicas with enough requests there must be to look at their failures."""
        return self.failures_replicas

    @property
    def failure_requests(self) -> int:
        """How many requests are enough for that."""
        return self.failures_requests

    @property
    def failure_share(self) -> int:
        """The share of failures that is too much, in thousandths."""
        return round(self.failures * THOUSAND)
