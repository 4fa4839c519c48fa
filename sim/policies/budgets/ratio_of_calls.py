"""As many retries as are a share of the calls of the last so many seconds, and some a second in any case.

    balance = ttl * min_rate + share * calls of the last ttl - retries of the last ttl        a retry takes 1

Finagle's `RetryBudget`: ttl 10 s, 10 a second, 20 %. Both what calls put in and what retries took out is forgotten after the
ttl, in ten spans of it; what `min_rate` puts in is there from the first on.
"""

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.policies._windows import COLUMNS, Window, add, moved
from sim.policies.retries._random import UNIT
from sim.rows import Row, inside
from sim.scenario.kinds import GO, REFUSE, Budget
from sim.scenario.units import PositiveDuration, Rate, Share
from sim.shared import shared

SPANS = 10
SECOND = 1_000_000_000
RESERVE_MAX = 10**9


class CallsSettings(Row):
    """What is declared: what is always there and what a call puts in, in millionths of a retry, and ns of a span."""

    reserve: int
    deposit: int
    width: int


class CallsState(Row):
    """What calls put in and retries took out, of late: `Window.calls`, in millionths of a retry."""

    window: Window = inside()


@shared
def sent(settings: CallsSettings, state: CallsState, now: int, first: bool) -> None:  # noqa: FBT001
    """A call puts something in, however it will end."""
    if first:
        moved(state.window, SPANS, settings.width, now)
        add(state.window, SPANS, settings.deposit, 0, 0)


@shared
def spend(settings: CallsSettings, state: CallsState, now: int) -> int:
    """Take a retry out, or refuse it where less than one is there."""
    moved(state.window, SPANS, settings.width, now)
    if engaged(settings, state):
        return REFUSE
    add(state.window, SPANS, -UNIT, 0, 0)
    return GO


@shared
def ended(_settings: CallsSettings, _state: CallsState, _now: int, _first: bool, _good: bool) -> None:  # noqa: FBT001
    """How attempts end changes nothing."""


@shared
def engaged(settings: CallsSettings, state: CallsState) -> bool:
    """Whether less than a retry was there when it was last asked or told."""
    return settings.reserve + state.window.calls < UNIT


class RatioOfCalls(Budget):
    """As many retries as are a share of the calls of late, and some a second in any case.

    Example: {kind: ratio_of_calls, share: 20%, min_rate: 10/s, ttl: 10s}
    Source: Finagle, RetryBudget: 20 %, 10 a second, remembered for 10 s.
    """

    kind: Literal["ratio_of_calls"] = Field(default="ratio_of_calls", description="Always 'ratio_of_calls'.")
    share: Share = Field(default=0.2, description="Retries that each call adds to the budget; 20%: one for five calls.")
    min_rate: Rate = Field(default=10.0, description="Retries a second that are allowed without any calls.")
    ttl: PositiveDuration = Field(default=10 * SECOND, description="How long calls and retries are remembered; 1s to 60s.")
    shared: bool = Field(
        default=False, description="All replicas of the caller have one, that outlives crashes. Default: each has its own."
    )

    @model_validator(mode="after")
    def _within_limits(self) -> Self:
        if not SECOND <= self.ttl <= 60 * SECOND:
            raise PydanticCustomError("ttl", "a ttl is from 1s to 60s; write one in between", {"at": "ttl"})
        if self.reserve > RESERVE_MAX * UNIT:
            raise PydanticCustomError("min_rate", "a billion retries in a ttl; write a lower rate", {"at": "min_rate"})
        return self

    reserve: ClassVar[Any] = property(lambda self: round(self.min_rate * self.ttl / SECOND * UNIT))
    deposit: ClassVar[Any] = property(lambda self: round(self.share * UNIT))
    width: ClassVar[Any] = property(lambda self: self.ttl // SPANS)

    @property
    def per_caller(self) -> bool:  # type: ignore[override]
        """Whether each replica of the caller has its own."""
        return not self.shared

    @property
    def tail(self) -> int:
        """The ring of its window."""
        return SPANS * COLUMNS

    Settings: ClassVar[Any] = CallsSettings
    State: ClassVar[Any] = CallsState
    sent: ClassVar[Any] = staticmethod(sent)
    spend: ClassVar[Any] = staticmethod(spend)
    ended: ClassVar[Any] = staticmethod(ended)
    engaged: ClassVar[Any] = staticmethod(engaged)
