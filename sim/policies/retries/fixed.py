"""Retry after the same delay each time.

    try x---delay---x---delay---x   (attempts_max: 3)
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from sim.rows import Row
from sim.scenario.kinds import Retry
from sim.scenario.units import Duration
from sim.shared import shared


class FixedSettings(Row):
    """What is declared: attempts in all, and ns between them."""

    attempts_max: int
    delay: int


@shared
def retry(settings: FixedSettings, attempt: int, _u: int) -> int:
    """Wait before the next attempt in ns, or -1 after the last."""
    if attempt >= settings.attempts_max:
        return -1
    return settings.delay


class FixedRetry(Retry):
    """Wait the same delay before every retry."""

    kind: Literal["fixed"] = Field(default="fixed", description="Always 'fixed'.")
    delay: Duration = Field(description="Wait between the end of a failed attempt and the next one.")

    Settings: ClassVar[Any] = FixedSettings
    retry: ClassVar[Any] = staticmethod(retry)
