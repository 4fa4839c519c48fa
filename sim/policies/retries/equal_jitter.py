"""Retry after half of a delay that grows by a factor each time, up to a cap, and a random share of the other half.

    try x-|?x--|?-x----|--?-x   (each | is half of min(cap, base * factor ** (retry - 1)), ? uniform up to the whole)

"Equal Jitter" of the AWS Architecture Blog, "Exponential Backoff and Jitter" (2015).
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from sim.policies.retries._growing import GrowingRetry, GrowingSettings, grown_delay
from sim.policies.retries._random import share_of
from sim.shared import shared


@shared
def retry(settings: GrowingSettings, attempt: int, _previous: int, u: int) -> int:
    """Half of the grown delay and a share of the rest in ns, or -1 after the last attempt; ``u`` is uniform in [0, 2**63)."""
    if attempt >= settings.attempts_max:
        return -1
    delay = grown_delay(settings, attempt)
    return delay // 2 + share_of(delay - delay // 2 + 1, u)


class EqualJitterRetry(GrowingRetry):
    """Wait half of ``min(cap, base * factor ** (retry - 1))``, and a uniform share of the other half.

    Example: {kind: equal_jitter, attempts_max: 4, base: 100ms, cap: 2s}
    Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """

    kind: Literal["equal_jitter"] = Field(default="equal_jitter", description="Always 'equal_jitter'.")

    retry: ClassVar[Any] = staticmethod(retry)
