"""Retry after a delay that grows by a factor each time, up to a cap.

    try x-base-x--base*factor--x----base*factor^2----x   (never longer than cap)
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from sim.policies.retries._growing import GrowingRetry, GrowingSettings, grown_delay
from sim.shared import shared


@shared
def retry(settings: GrowingSettings, attempt: int, _u: int) -> int:
    """Wait before the next attempt in ns, or -1 after the last."""
    if attempt >= settings.attempts_max:
        return -1
    return grown_delay(settings, attempt)


class ExponentialRetry(GrowingRetry):
    """Wait ``min(cap, base * factor ** (retry - 1))`` before a retry, retries counted from 1."""

    kind: Literal["exponential"] = Field(default="exponential", description="Always 'exponential'.")

    retry: ClassVar[Any] = staticmethod(retry)
