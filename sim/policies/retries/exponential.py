"""Retry after a delay that grows by a factor each time, up to a cap.

    try x-base-x--base*factor--x----base*factor^2----x   (never longer than cap)
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from sim.rows import Row
from sim.scenario.kinds import FACTOR_MAX, Retry, check_base_below_cap
from sim.scenario.model import Number
from sim.scenario.units import Duration
from sim.shared import shared

FACTOR_UNIT = 1000  # factors are thousandths


class ExponentialSettings(Row):
    """What is declared: attempts in all, the first delay and the longest one in ns, and the growth in thousandths."""

    attempts_max: int
    base: int
    cap: int
    thousandths: int


@shared
def grown_delay(settings: ExponentialSettings, attempt: int) -> int:
    """``min(cap, base * factor ** (attempt - 1))`` in ns."""
    delay = settings.base
    for _ in range(attempt - 1):
        if delay >= settings.cap:
            return settings.cap
        whole = (delay // FACTOR_UNIT) * settings.thousandths
        delay = whole + (delay % FACTOR_UNIT) * settings.thousandths // FACTOR_UNIT
    return min(delay, settings.cap)


@shared
def retry(settings: ExponentialSettings, attempt: int, _u: int) -> int:
    """Wait before the next attempt in ns, or -1 after the last."""
    if attempt >= settings.attempts_max:
        return -1
    return grown_delay(settings, attempt)


class ExponentialRetry(Retry):
    """Wait ``min(cap, base * factor ** (retry - 1))`` before a retry, retries counted from 1."""

    kind: Literal["exponential"] = Field(default="exponential", description="Always 'exponential'.")
    base: Duration = Field(description="Wait before the first retry.")
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

    Settings: ClassVar[Any] = ExponentialSettings
    retry: ClassVar[Any] = staticmethod(retry)
