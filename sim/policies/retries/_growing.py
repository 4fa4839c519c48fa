"""What retries share whose delay grows by a factor each time, up to a cap: settings, their row, and the growth."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from sim.rows import Row
from sim.scenario.kinds import FACTOR_MAX, Retry, check_base_below_cap
from sim.scenario.model import Number
from sim.scenario.units import Duration
from sim.shared import shared

FACTOR_UNIT = 1000  # factors are thousandths


class GrowingSettings(Row):
    """What is declared: attempts in all, the first delay and the longest one in ns, and the growth in thousandths."""

    attempts_max: int
    base: int
    cap: int
    thousandths: int


@shared
def grown_delay(settings: GrowingSettings, attempt: int) -> int:
    """``min(cap, base * factor ** (attempt - 1))`` in ns."""
    delay = settings.base
    for _ in range(attempt - 1):
        if delay >= settings.cap or delay // FACTOR_UNIT > settings.cap // settings.thousandths:
            return settings.cap  # what is more than the cap anyhow may be more than 64 bits
        whole = (delay // FACTOR_UNIT) * settings.thousandths
        delay = whole + (delay % FACTOR_UNIT) * settings.thousandths // FACTOR_UNIT
    return min(delay, settings.cap)


class GrowingRetry(Retry):
    """Wait at most ``min(cap, base * factor ** (retry - 1))`` before a retry, retries counted from 1."""

    base: Duration = Field(description="Wait before the first retry; with jitter the longest one.")
    cap: Duration = Field(description="Longest wait before any retry; at least the base.")
    factor: Annotated[Number, Field(ge=1.0, le=FACTOR_MAX)] = Field(
        default=2.0, description="Growth of the wait from one retry to the next; 1 to 100."
    )

    @model_validator(mode="after")
    def _check_cap(self) -> Self:
        check_base_below_cap(self.base, self.cap)
        return self

    @property
    def thousandths(self) -> int:
        """The factor as the rule takes it."""
        return round(self.factor * FACTOR_UNIT)

    Settings: ClassVar[Any] = GrowingSettings
