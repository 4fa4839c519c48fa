"""Retry after a random delay, exponentially distributed: the retrial times of queueing theory.

    try x--?-----x?-x---------?------x   (each ? exponential, of the mean; it forgets how long it has been)
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.policies.retries._random import MEAN_MAX, memoryless
from sim.rows import Row
from sim.scenario.kinds import Retry
from sim.scenario.units import Duration
from sim.shared import shared


class MemorylessSettings(Row):
    """What is declared: attempts in all, and the mean ns between them."""

    attempts_max: int
    mean: int


@shared
def retry(settings: MemorylessSettings, attempt: int, _previous: int, u: int) -> int:
    """An exponential wait before the next attempt in ns, or -1 after the last; ``u`` is uniform in [0, 2**63)."""
    if attempt >= settings.attempts_max:
        return -1
    return memoryless(settings.mean, u)


class ExponentiallyDistributedRetry(Retry):
    """Wait an exponentially distributed time: callers come back independently of each other, as in a retrial queue.

    Example: {kind: exponentially_distributed, attempts_max: 100, mean: 2s}
    Source: G. Falin, J. Templeton, "Retrial Queues", 1997.
    """

    kind: Literal["exponentially_distributed"] = Field(
        default="exponentially_distributed", description="Always 'exponentially_distributed'."
    )
    mean: Annotated[Duration, Field(le=MEAN_MAX)] = Field(description="Mean wait before a retry; at most 27777h.")

    Settings: ClassVar[Any] = MemorylessSettings
    retry: ClassVar[Any] = staticmethod(retry)
