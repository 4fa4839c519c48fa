"""Retry after a delay that grows by a factor each time, up to a cap, give or take a share of it.

    try x-base-x--base*factor--x----base*factor^2----x   (never longer than cap, but for the jitter)

gRPC's retries are these with a jitter of 20% (grpc/proposal A6).
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from sim.policies.retries._growing import GrowingRetry, GrowingSettings, Jitter, grown_delay, jitter_of
from sim.policies.retries._random import spread
from sim.shared import shared


@shared
def retry(settings: GrowingSettings, attempt: int, _previous: int, u: int) -> int:
    """Wait before the next attempt in ns, or -1 after the last; ``u`` is uniform in [0, 2**63)."""
    if attempt >= settings.attempts_max:
        return -1
    return spread(grown_delay(settings, attempt), settings.spread, u)


class ExponentialRetry(GrowingRetry):
    """Wait ``min(cap, base * factor ** (retry - 1))`` before a retry, retries counted from 1.

    Example: {kind: exponential, attempts_max: 4, base: 100ms, cap: 1s, jitter: ±20%}
    Source: gRPC A6: at most 5 attempts, ±20 %; resilience4j IntervalFunction: 500 ms, factor 1.5, with its jitter ±50 %.
    """

    kind: Literal["exponential"] = Field(default="exponential", description="Always 'exponential'.")
    jitter: Jitter = 0.0

    spread: ClassVar[Any] = property(lambda self: jitter_of(self.jitter))

    retry: ClassVar[Any] = staticmethod(retry)
