"""Retry after the same delay each time.

    try x---delay---x---delay---x   (attempts_max: 3)
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from sim.scenario.kinds import Retry
from sim.scenario.units import Duration
from sim.shared import Words, shared


@shared
def fixed_delay(tables: Words, at: int, attempt: int, _u: int) -> int:
    """Wait before the next attempt in ns, or -1 after the last; the parameters are [attempts_max, delay]."""
    if attempt >= tables[at]:
        return -1
    return int(tables[at + 1])


class FixedRetry(Retry):
    """Wait the same delay before every retry."""

    kind: Literal["fixed"] = Field(default="fixed", description="Always 'fixed'.")
    delay: Duration = Field(description="Wait between the end of a failed attempt and the next one.")

    rule: ClassVar[Any] = staticmethod(fixed_delay)

    def parameters(self) -> tuple[int, ...]:
        """Return the rule's parameters: [attempts_max, delay in ns]."""
        return (self.attempts_max, self.delay)
