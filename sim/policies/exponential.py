"""Retry after a delay that grows by a factor each time, up to a cap.

    try x-base-x--base*factor--x----base*factor^2----x   (never longer than cap)
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from sim.scenario.kinds import FACTOR_MAX, Retry, check_base_below_cap
from sim.scenario.model import Number
from sim.scenario.units import Duration
from sim.shared import Words, shared

FACTOR_UNIT = 1000  # factors are thousandths


@shared
def grown_delay(tables: Words, at: int, attempt: int) -> int:
    """``min(cap, base * factor ** (attempt - 1))`` in ns; the parameters are [attempts_max, base, cap, factor * 1000]."""
    delay: int = tables[at + 1]
    cap: int = tables[at + 2]
    for _ in range(attempt - 1):
        if delay >= cap:
            return cap
        delay = (delay // FACTOR_UNIT) * tables[at + 3] + (delay % FACTOR_UNIT) * tables[at + 3] // FACTOR_UNIT
    return min(delay, cap)


@shared
def exponential_delay(tables: Words, at: int, attempt: int, _u: int) -> int:
    """Wait before the next attempt in ns, or -1 after the last."""
    if attempt >= tables[at]:
        return -1
    return grown_delay(tables, at, attempt)


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

    rule: ClassVar[Any] = staticmethod(exponential_delay)

    def parameters(self) -> tuple[int, ...]:
        """Return the rule's parameters: [attempts_max, base, cap, factor in thousandths]."""
        return (self.attempts_max, self.base, self.cap, round(self.factor * FACTOR_UNIT))
