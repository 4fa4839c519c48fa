"""Tokens that come back one by one: the rules of token buckets and leaky buckets.

    now |---- tokens missing x interval ----| due: when all would be there again, were nobody to take one

This is the virtual scheduling of the generic cell rate algorithm (ITU-T I.371), which knows one time instead of a number of
tokens. Times are exact: a rate that does not divide a second is kept in parts of a nanosecond.
"""

from fractions import Fraction
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.rows import Row
from sim.scenario.kinds import REFUSE, Guard
from sim.scenario.units import DURATION_NS_MAX, PositiveRate, format_duration
from sim.shared import shared

SECOND = 1_000_000_000
TOKENS_MAX = 10**6
PARTS_MAX = 10**9  # denominators of rates: 100 a minute is 5/3 a second


class BucketSettings(Row):
    """What is declared: a token comes each ``every`` ns and ``every_part``; ``parts`` parts are one ns.

    The bucket may lack what ``slack`` ns (and ``slack_part``) bring, and still has one.
    """

    every: int
    every_part: int
    parts: int
    slack: int
    slack_part: int
    longest_wait: int


class BucketState(Row):
    """When all tokens will be there again, in ns and parts of one; and when the bucket was last asked."""

    due: int
    due_part: int
    asked_at: int


@shared
def admit(settings: BucketSettings, state: BucketState, now: int, _u: int) -> int:
    """Take a token: one that is there, or the next one to come, if it comes soon enough; then wait for it."""
    if state.due < now:
        state.due = now
        state.due_part = 0
    wait = state.due - settings.slack - now + (1 if state.due_part > settings.slack_part else 0)
    if wait > max(0, settings.longest_wait):
        return REFUSE
    state.asked_at = now
    state.due += settings.every
    state.due_part += settings.every_part
    if state.due_part >= settings.parts:
        state.due += 1
        state.due_part -= settings.parts
    return max(0, wait)


@shared
def withdraw(settings: BucketSettings, state: BucketState, sent_at: int) -> None:
    """Put the token of an attempt back that another policy has refused.

    It lapses when others have taken one since, or have reserved one, who know when they go.
    """
    if sent_at != state.asked_at or state.due > sent_at + settings.slack + settings.every:
        return
    state.due -= settings.every
    state.due_part -= settings.every_part
    if state.due_part < 0:
        state.due -= 1
        state.due_part += settings.parts


@shared
def settle(_settings: BucketSettings, _state: BucketState, _now: int, _sent_at: int, _good: bool) -> None:  # noqa: FBT001
    """Nothing is learnt from how attempts end."""


@shared
def engaged(_settings: BucketSettings, _state: BucketState) -> bool:
    """It keeps nobody back for a time that is recorded: whether a token is there shows when it is asked for."""
    return False


class Bucket(Guard):
    """What token buckets and leaky buckets have in common: base of both."""

    rate: PositiveRate = Field(description="Attempts that may leave in the long run, such as 100/s.")

    slot: ClassVar[str] = "rate_limit"
    place: ClassVar[int] = 40
    per_caller: ClassVar[bool] = True
    Settings: ClassVar[Any] = BucketSettings
    State: ClassVar[Any] = BucketState
    admit: ClassVar[Any] = staticmethod(admit)
    withdraw: ClassVar[Any] = staticmethod(withdraw)
    settle: ClassVar[Any] = staticmethod(settle)
    engaged: ClassVar[Any] = staticmethod(engaged)

    @model_validator(mode="after")
    def _not_too_slow(self) -> Self:
        longest = int(self.interval * self.tokens)
        if longest > DURATION_NS_MAX:
            message = "tokens come so slowly that {tokens} take {time}; write a higher rate"
            raise PydanticCustomError("rate", message, {"at": "rate", "tokens": self.tokens, "time": format_duration(longest)})
        return self

    @property
    def tokens(self) -> int:
        """How many tokens there are at most."""
        return 1

    @property
    def interval(self) -> Fraction:
        """Ns from one token to the next, exactly."""
        return SECOND / Fraction(self.rate).limit_denominator(PARTS_MAX)

    @property
    def every(self) -> int:
        """Whole ns of it."""
        return self.interval.numerator // self.interval.denominator

    @property
    def every_part(self) -> int:
        """And the parts of one."""
        return self.interval.numerator % self.interval.denominator

    @property
    def parts(self) -> int:
        """How many parts are one ns."""
        return self.interval.denominator

    @property
    def slack(self) -> int:
        """Ns in which all tokens but one come."""
        return (self.tokens - 1) * self.interval.numerator // self.interval.denominator

    @property
    def slack_part(self) -> int:
        """And the parts of one."""
        return (self.tokens - 1) * self.interval.numerator % self.interval.denominator
