"""What retries share whose delay grows by a factor each time, up to a cap: settings, their row, and the growth."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from sim.policies.retries._random import UNIT
from sim.rows import Row
from sim.scenario.kinds import FACTOR_MAX, Retry
from sim.scenario.model import Number
from sim.scenario.units import Duration, format_duration, parse_share
from sim.shared import shared

FACTOR_UNIT = 1000  # factors are thousandths
JITTER_NUMBER = {"type": "number", "minimum": 0, "maximum": 1}
JITTER_TEXT = {"type": "string", "pattern": r"^±?[0-9]+(\.[0-9]+)?%$", "examples": ["±20%"]}


def check_base_below_cap(base: int, cap: int) -> None:
    """Refuse a retry whose longest wait is shorter than its first one."""
    if cap < base:
        raise PydanticCustomError(
            "cap",
            "cap {cap} is shorter than base {base}; write a cap of at least {base}",
            {"at": "cap", "cap": format_duration(cap), "base": format_duration(base)},
        )


def _without_sign(value: Any) -> Any:
    """A jitter may be written with the sign that it has: ``±20%``."""
    return value.strip().removeprefix("±") if isinstance(value, str) else value


Jitter = Annotated[
    float,
    BeforeValidator(lambda value: parse_share(_without_sign(value))),
    WithJsonSchema({"$comment": "share", "anyOf": [JITTER_NUMBER, JITTER_TEXT], "examples": ["±20%"]}),
    Field(description="By how much of itself each wait varies, more or less, uniform: ±20%, or 20%. Default: 0."),
]
"""A share of a wait by which it is longer or shorter."""


def jitter_of(jitter: float) -> int:
    """Return a jitter as rules take it."""
    return round(jitter * UNIT)


class GrowingSettings(Row):
    """What is declared: attempts in all, the first delay and the longest one in ns, the growth in thousandths, the jitter."""

    attempts_max: int
    base: int
    cap: int
    thousandths: int
    spread: int  # millionths of the delay, more and less


@shared
def grown(base: int, cap: int, thousandths: int, number: int) -> int:
    """``min(cap, base * factor ** (number - 1))`` in ns."""
    delay = base
    for _ in range(number - 1):
        if delay >= cap or delay // FACTOR_UNIT > cap // thousandths:
            return cap  # what is more than the cap anyhow may be more than 64 bits
        longer = (delay // FACTOR_UNIT) * thousandths + (delay % FACTOR_UNIT) * thousandths // FACTOR_UNIT
        if longer == delay:  # a factor of 1, or a few ns: it stays so, however often
            return delay
        delay = longer
    return min(delay, cap)


@shared
def grown_delay(settings: GrowingSettings, attempt: int) -> int:
    """``min(cap, base * factor ** (attempt - 1))`` in ns."""
    return grown(settings.base, settings.cap, settings.thousandths, attempt)


class GrowingRetry(Retry):
    """Wait at most ``min(cap, base * factor ** (retry - 1))`` before a retry, retries counted from 1."""

    base: Duration = Field(description="Wait before the first retry; with jitter the longest one.")
    cap: Duration = Field(description="Longest wait before any retry; at least the base.")
    factor: Annotated[Number, Field(ge=1.0, le=FACTOR_MAX)] = Field(
        default=2.0, description="Growth of the wait from one retry to the next; 1 to 100."
    )

    @model_validator(mode="after")
    def _check_cap(self) -> Self:
        check_base_below_cap(self.base, self.cap)
        return self

    spread: ClassVar[int] = 0
    """Kinds with a jitter of their own have no other."""

    @property
    def thousandths(self) -> int:
        """The factor as the rule takes it."""
        return round(self.factor * FACTOR_UNIT)

    Settings: ClassVar[Any] = GrowingSettings
