"""Retry after the same delay each time, give or take a share of it.

    try x---delay---x---delay---x   (attempts_max: 3)
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from sim.policies.retries._growing import Jitter, jitter_of
from sim.policies.retries._random import spread
from sim.rows import Row
from sim.scenario.kinds import Retry
from sim.scenario.units import Duration
from sim.shared import shared


class FixedSettings(Row):
    """What is declared: attempts in all, ns between them, and by how many millionths of that they vary."""

    attempts_max: int
    delay: int
    spread: int


@shared
def retry(settings: FixedSettings, attempt: int, _previous: int, u: int) -> int:
    """Wait before the next attempt in ns, or -1 after the last; ``u`` is uniform in [0, 2**63)."""
    if attempt >= settings.attempts_max:
        return -1
    return spread(settings.delay, settings.spread, u)


class FixedRetry(Retry):
    """Wait the same delay before every retry.

    Example: {kind: fixed, attempts_max: 3, delay: 500ms}
    Source: resilience4j RetryConfig: 3 attempts, 500 ms; Polly v8: 3 retries after the first attempt, 2 s.
    """

    kind: Literal["fixed"] = Field(default="fixed", description="Always 'fixed'.")
    delay: Duration = Field(description="Wait between the end of a failed attempt and the next one.")
    jitter: Jitter = 0.0

    @property
    def spread(self) -> int:
        """The jitter as the rule takes it."""
        return jitter_of(self.jitter)

    Settings: ClassVar[Any] = FixedSettings
    retry: ClassVar[Any] = staticmethod(retry)
