"""Retry after a random delay, uniform between zero and a bound that grows by a factor each time, up to a cap.

    try x-?-x--?--x----?----x   (each ? uniform in [0, min(cap, base * factor ** (retry - 1))])
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from sim.policies.retries.exponential import FACTOR_UNIT, ExponentialSettings, grown_delay
from sim.scenario.kinds import FACTOR_MAX, Retry, check_base_below_cap
from sim.scenario.model import Number
from sim.scenario.units import Duration
from sim.shared import shared

HALF_BITS = 31


@shared
def retry(settings: ExponentialSettings, attempt: int, u: int) -> int:
    """A uniform share of the grown delay in ns, or -1 after the last attempt; ``u`` is uniform in [0, 2**63)."""
    if attempt >= settings.attempts_max:
        return -1
    bound = grown_delay(settings, attempt) + 1
    share = u >> (63 - HALF_BITS)
    high, low = bound >> HALF_BITS, bound & ((1 << HALF_BITS) - 1)
    return high * share + ((low * share) >> HALF_BITS)


class FullJitterRetry(Retry):
    """Wait a uniform share of ``min(cap, base * factor ** (retry - 1))``: callers that failed together come back apart."""

    kind: Literal["full_jitter"] = Field(default="full_jitter", description="Always 'full_jitter'.")
    base: Duration = Field(description="Longest wait before the first retry.")
    cap: Duration = Field(description="Longest wait before any retry; at least the base.")
    factor: Annotated[Number, Field(ge=1.0, le=FACTOR_MAX)] = Field(
        default=2.0, description="Growth of the longest wait from one retry to the next; 1 to 100."
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
