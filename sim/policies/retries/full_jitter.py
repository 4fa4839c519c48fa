"""Retry after a random delay, uniform between zero and a bound that grows by a factor each time, up to a cap.

    try x-?-x--?--x----?----x   (each ? uniform in [0, min(cap, base * factor ** (retry - 1))])
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from sim.policies.retries._growing import GrowingRetry, GrowingSettings, grown_delay
from sim.policies.retries._random import share_of
from sim.shared import shared


@shared
def retry(settings: GrowingSettings, attempt: int, _previous: int, u: int) -> int:
    """A uniform share of the grown delay in ns, or -1 after the last attempt; ``u`` is uniform in [0, 2**63)."""
    if attempt >= settings.attempts_max:
        return -1
    return share_of(grown_delay(settings, attempt) + 1, u)


class FullJitterRetry(GrowingRetry):
    """Wait a uniform share of ``min(cap, base * factor ** (retry - 1))``: callers that failed together come back apart.

    Example: {kind: full_jitter, attempts_max: 3, base: 1s, cap: 20s}
    Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015; botocore's standard mode is the example.
    """

    kind: Literal["full_jitter"] = Field(default="full_jitter", description="Always 'full_jitter'.")

    retry: ClassVar[Any] = staticmethod(retry)
