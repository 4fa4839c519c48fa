"""Balancing kinds that look at the replicas: their bases. See `sim.scenario.kinds`."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.kinds import Balance, Ruled
from sim.scenario.model import Flag
from sim.scenario.units import PositiveDuration, Share, format_duration

SLOW_START_MAX = 86_400_000_000_000  # ns: a day


def _not_too_slow(duration: int) -> int:
    if duration > SLOW_START_MAX:
        message = "a slow start of {duration} is too long; write at most 24h"
        raise PydanticCustomError("slow_start", message, {"duration": format_duration(duration)})
    return duration


class Seeing(Balance, Ruled):
    """A balancing kind with a rule ``pick`` and settings: base of those."""

    seen_by: Literal["caller", "balancer"] = Field(
        default="caller",
        description="Who counts calls outstanding, and ejects: 'caller', each replica that calls by itself, as a client with a "
        "balancer in it; or 'balancer', one that all calls go through.",
    )


class Spread(Seeing):
    """A balancing kind that may go to any replica: it can let replicas warm up, and prefer a zone."""

    slow_start: Annotated[PositiveDuration, AfterValidator(_not_too_slow)] | None = Field(
        default=None,
        description="How long a replica that came into the list gets less, evenly more from a tenth on; at most 24h. "
        "Default: it gets all of its share at once.",
    )
    zone_aware: Flag = Field(
        default=False,
        description="Whether a caller that is in a zone sends to replicas of its zone, while enough of those are well.",
    )
    zone_share: Annotated[Share, Field(gt=0.0)] = Field(
        default=0.5, description="With `zone_aware`: how many of a zone's replicas must be well for its callers to stay in it."
    )

    @model_validator(mode="after")
    def _has_callers_in_zones(self) -> Self:
        if self.zone_aware and self.seen_by == "balancer":
            message = "zone_aware with seen_by: balancer: one balancer for all callers is in no zone; write seen_by: caller"
            raise PydanticCustomError("zone_of_balancer", message, {"at": "zone_aware"})
        return self

    @property
    def sees(self) -> bool:
        """Return whether it must look at the replicas, by what is declared of it."""
        return self.choose is None or self.zone_aware or self.slow_start is not None or self.seen_by == "balancer"

    def parameters(self) -> tuple[int, ...]:
        """Return the row of the settings, word by word; 0 is no slow start."""
        return tuple(int(getattr(self, name) or 0) for name in self.Settings.fields)
