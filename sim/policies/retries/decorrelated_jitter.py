"""Retry after a random delay, uniform between the base and thrice the delay before, up to a cap.

    try x-?-x---?---x-?-x      (each ? is min(cap, uniform in [base, 3 * the one before]); the first has base before it)

"Decorrelated Jitter" of the AWS Architecture Blog, "Exponential Backoff and Jitter" (2015). The delay before is that of the
same call: each call begins anew (some libraries keep it for all calls of a client).
"""

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from sim.policies.retries._growing import check_base_below_cap
from sim.policies.retries._random import share_of
from sim.rows import Row
from sim.scenario.kinds import Retry
from sim.scenario.units import Duration
from sim.shared import shared

GROWTH = 3


class DecorrelatedSettings(Row):
    """What is declared: attempts in all, the shortest delay and the longest one in ns."""

    attempts_max: int
    base: int
    cap: int


@shared
def retry(settings: DecorrelatedSettings, attempt: int, previous: int, u: int) -> int:
    """Wait before the next attempt in ns, or -1 after the last; ``previous`` is the wait before this one, 0 at the first."""
    if attempt >= settings.attempts_max:
        return -1
    bound = GROWTH * max(previous, settings.base)
    return min(settings.cap, settings.base + share_of(bound - settings.base + 1, u))


class DecorrelatedJitterRetry(Retry):
    """Wait a uniform time between ``base`` and thrice the wait before, at most ``cap``: growth and jitter in one.

    Example: {kind: decorrelated_jitter, attempts_max: 4, base: 100ms, cap: 2s}
    Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """

    kind: Literal["decorrelated_jitter"] = Field(default="decorrelated_jitter", description="Always 'decorrelated_jitter'.")
    base: Duration = Field(description="Shortest wait before a retry.")
    cap: Duration = Field(description="Longest wait before any retry; at least the base.")

    @model_validator(mode="after")
    def _check_cap(self) -> Self:
        check_base_below_cap(self.base, self.cap)
        return self

    Settings: ClassVar[Any] = DecorrelatedSettings
    retry: ClassVar[Any] = staticmethod(retry)
