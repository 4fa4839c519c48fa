"""Open the breaker when too large a share of the last calls failed, or was slow.

    the last 10 calls, failures 50%      S F . S F F S F F .  ->  6 of 10: OPEN
    the last 10 s                        |2/9|0/4|1/7|...     ->  failures of calls, span by span

A window of calls has the last `size` ones; at least `minimum` of them, or all where it is smaller, must have ended before it
is judged. A window of time has the calls of the last `size`, in `spans` of whole parts of it from the start of the run on
(`sim.policies._windows`): with spans of a second it is that of resilience4j; Hystrix and Polly divide theirs by ten.

It is judged at the end of each call, also of one that ended well (`opens_on: failure`: only of one that failed, as Polly
does). A call is slow when it took longer than `slow.after`, however it ended. Half-open it is judged by `probes_judged`:
`all` must end well, and in time; or, as resilience4j does, the same shares are asked of them, once as many as `minimum`
ended, or all.
"""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.policies._windows import COLUMNS, add, mark, moved
from sim.policies.breaker_profiles import PROFILES
from sim.policies.guards._breaking import (
    CLOSED,
    Breaker,
    BreakerSettings,
    BreakerState,
    counts,
    is_slow,
    opened,
    probed,
    too_many,
)
from sim.policies.retries._random import UNIT
from sim.scenario.model import Integer, Model
from sim.scenario.units import PositiveDuration, Share, format_duration, parse_duration
from sim.shared import shared

SIZE_MAX = 10_000
SPANS_MAX = 1000
SECOND = 1_000_000_000


@shared
def settle(settings: BreakerSettings, state: BreakerState, now: int, sent_at: int, good: bool) -> None:  # noqa: FBT001
    """Learn how an attempt ended that was let through."""
    if not counts(settings, state, now, sent_at):
        return
    slow = is_slow(settings, now, sent_at)
    if state.mode != CLOSED:
        probed(settings, state, now, good, slow)
        return
    window = state.window
    if settings.width == 0:
        mark(window, settings.size, not good, slow)
    else:
        moved(window, settings.size, settings.width, now)
        add(window, settings.size, 1, 0 if good else 1, 1 if slow else 0)
    if window.calls < settings.calls_least or (good and settings.only_failures != 0):
        return
    if too_many(settings, window.calls, window.bad, window.slow):
        opened(settings, state, now)


class CountWindow(Model):
    """The last so many calls.

    Example: {kind: count, size: 100}
    Source: resilience4j, COUNT_BASED: 100 calls.
    """

    kind: Literal["count"] = Field(default="count", description="Always 'count'.")
    size: Annotated[Integer, Field(ge=1, le=SIZE_MAX)] = Field(description="How many calls; 1 to 10,000.")


class TimeWindow(Model):
    """The calls of the last so long.

    Example: {kind: time, size: 30s, spans: 10}
    Source: resilience4j, TIME_BASED: whole seconds; Polly: 30 s, Hystrix: 10 s, both in ten parts.
    """

    kind: Literal["time"] = Field(default="time", description="Always 'time'.")
    size: PositiveDuration = Field(description="How long.")
    spans: Annotated[Integer, Field(ge=1, le=SPANS_MAX)] | None = Field(
        default=None, description="Parts that are forgotten one by one. Default: seconds, or ten if it is no whole number."
    )

    @model_validator(mode="after")
    def _is_divided(self) -> Self:
        if self.size % self.parts or self.parts > SPANS_MAX:
            message = "{size} ns are not {parts} equal parts of whole ns, or more than 1000; write other spans"
            raise PydanticCustomError("spans", message, {"at": "spans", "size": self.size, "parts": self.parts})
        return self

    @property
    def parts(self) -> int:
        """How many spans it has."""
        if self.spans is not None:
            return self.spans
        return self.size // SECOND if self.size % SECOND == 0 else 10


class Slow(Model):
    """Calls that took too long."""

    after: PositiveDuration = Field(description="A call that took longer is slow.")
    share: Annotated[Share, Field(gt=0.0)] = Field(default=1.0, description="Such a share of slow calls opens it.")


Window = Annotated[CountWindow | TimeWindow, Field(discriminator="kind")]


class FailureRate(Breaker):
    """Refuse calls of an operation of which too large a share failed, or was slow, until a few of them end well again.

    Example: {failures: 50%, window: {kind: count, size: 100}, slow: {after: 2s, share: 80%}, open: 60s, probes: 10}
    Source: resilience4j CircuitBreakerConfig; Polly CircuitBreakerStrategyOptions; HystrixCommandProperties; by `profile`.
    """

    kind: Literal["failure_rate"] = Field(default="failure_rate", description="Always 'failure_rate'.")
    failures: Annotated[Share, Field(gt=0.0)] = Field(default=0.5, description="Such a share of failures opens it.")
    window: Window = Field(
        default=CountWindow(size=100), description="The calls looked at: {kind: count, size: 100}, or {kind: time, size: 10s}."
    )
    minimum: Annotated[Integer, Field(ge=1, le=SIZE_MAX)] = Field(
        default=10, description="So many calls must be in the window before it is judged; 1 to 10,000."
    )
    slow: Slow | None = Field(default=None, description="Calls that took too long open it too. Default: none is too slow.")
    opens_on: Literal["any", "failure"] = Field(
        default="any", description="Whether it is judged at the end of any call, or only of one that failed."
    )
    probes_judged: Literal["all", "share"] = Field(
        default="all", description="Whether all probes must end well, or the same shares are asked of them."
    )

    settle: ClassVar[Any] = staticmethod(settle)

    bad_share: ClassVar[Any] = property(lambda self: round(self.failures * UNIT))
    slow_after: ClassVar[Any] = property(lambda self: 0 if self.slow is None else self.slow.after)
    slow_share: ClassVar[Any] = property(lambda self: 0 if self.slow is None else round(self.slow.share * UNIT))
    only_failures: ClassVar[Any] = property(lambda self: int(self.opens_on == "failure"))
    size: ClassVar[Any] = property(lambda self: self.window.size if self.window.kind == "count" else self.window.parts)
    width: ClassVar[Any] = property(lambda self: 0 if self.window.kind == "count" else self.window.size // self.window.parts)
    probes_least: ClassVar[Any] = property(lambda self: min(self.minimum, self.probes) if self.probes_judged == "share" else 0)

    def never_seen(self, longest: int) -> Iterator[tuple[tuple[str, ...], str]]:
        """Yield what it looks for in vain where nothing that it lets go takes longer than so many ns: by keys, and why.

        No call is slow that is given up before it can be. What a profile says by itself is not the scenario's word.
        """
        slow = self.slow
        profile = PROFILES[self.profile].values.get("slow") if self.profile else None
        if slow is None or slow.after < longest or (profile and slow.after == parse_duration(profile["after"])):
            return
        longest_told = format_duration(longest)
        message = f"the timeout ends all that the breaker sees within {longest_told}, so that no call is ever slow"
        yield ("slow", "after"), f"{message}; write less than {longest_told}, a longer timeout, or leave slow out"

    @property
    def calls_least(self) -> int:
        """The minimum, or the whole window where that is smaller."""
        return min(self.minimum, self.size) if self.window.kind == "count" else self.minimum

    @property
    def tail(self) -> int:
        """The ring of its window."""
        return int(self.size * (1 if self.window.kind == "count" else COLUMNS))
