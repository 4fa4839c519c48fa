"""Open the breaker when an average of successes, in which the last calls count most, falls too low.

    average  1.0 ----.
                      '--._                       a call that ends well pulls it to 1, one that fails to 0; what was before
    success  0.8 - - - - - '- OPEN                counts e^(-1/size) of that a call, or e^(-t/size) after a time t

Finagle's failure accrual by success rate (`SuccessRateFailureAccrualPolicy`): the average begins with the first call, and it
is judged when a call fails, after at least `minimum` calls since it closed. Also `failures_in_a_row` open it, where that is
given: Finagle's default is both. After 100 calls that ended well, a window of 100 calls and a success rate of 50%, the 70th
failure in a row opens it: e^(-70/100) < 0.5.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.exact_math import exp
from sim.policies.guards._breaking import (
    CLOSED,
    FAILURES_MAX,
    Breaker,
    BreakerSettings,
    BreakerState,
    counts,
    opened,
    probed,
)
from sim.policies.guards.failure_rate import SIZE_MAX, CountWindow
from sim.policies.retries._random import UNIT
from sim.scenario.model import Integer, Model
from sim.scenario.units import PositiveDuration, Share
from sim.shared import shared

BITS = 31
ONE = 1 << BITS
TERMS = 14
GONE = 22  # e^-22 is less than 2**-31
ONE_OVER_E = 790_015_084  # of 2**31


@shared
def left_after(elapsed: int, size: int) -> int:
    """``e ** (-elapsed / size)`` of 2**31, of times in ns; within 2**-26."""
    whole = elapsed // size
    if whole >= GONE:
        return 0
    shift = max(0, size.bit_length() - BITS)
    fraction = ((elapsed % size) >> shift << BITS) // (size >> shift)
    left = ONE
    for term in range(TERMS, 0, -1):  # 1 - x/1 (1 - x/2 (1 - x/3 (...)))
        left = ONE - ((fraction * left) >> BITS) // term
    for _ in range(whole):
        left = (left * ONE_OVER_E) >> BITS
    return left


@shared
def settle(settings: BreakerSettings, state: BreakerState, now: int, sent_at: int, good: bool) -> None:  # noqa: FBT001
    """Learn how an attempt ended that was let through."""
    if not counts(settings, state, now, sent_at):
        return
    if state.mode != CLOSED:
        probed(settings, state, now, good, False)
        return
    window = state.window
    window.calls += 1
    lacks = 0 if good else ONE
    if window.calls > 1:
        left = left_after(now - state.last, settings.width) if settings.width > 0 else settings.decay
        lacks += ((state.lost - lacks) * left) >> BITS
    state.lost = lacks
    state.last = now
    state.row = 0 if good else state.row + 1
    if good:
        return
    too_low = window.calls >= settings.calls_least and state.lost > (settings.bad_share << BITS) // UNIT
    if too_low or (settings.in_a_row > 0 and state.row >= settings.in_a_row):
        opened(settings, state, now)


class TimeRemembered(Model):
    """Calls as long as they are remembered.

    Example: {kind: time, size: 30s}
    Source: Finagle, FailureAccrualFactory: 30 s.
    """

    kind: Literal["time"] = Field(default="time", description="Always 'time'.")
    size: PositiveDuration = Field(description="After so long a call counts 1/e of what it did.")


class SuccessRate(Breaker):
    """Refuse calls of an operation of which too few end well, on an average that forgets, until one of them does again.

    Example: {success: 80%, window: {kind: time, size: 30s}, minimum: 5, open: 5s}
    Source: Finagle, FailureAccrualFactory: 80 % over 30 s.
    """

    kind: Literal["success_rate"] = Field(default="success_rate", description="Always 'success_rate'.")
    success: Annotated[Share, Field(gt=0.0)] = Field(default=0.8, description="It opens when the average is lower.")
    window: Annotated[CountWindow | TimeRemembered, Field(discriminator="kind")] = Field(
        default=CountWindow(size=100), description="What it remembers: {kind: count, size: 100}, or {kind: time, size: 30s}."
    )
    minimum: Annotated[Integer, Field(ge=1, le=SIZE_MAX)] | None = Field(
        default=None, description="Calls since it closed before it is judged. Default: the size of a window of calls, or 5."
    )
    failures_in_a_row: Annotated[Integer, Field(ge=1, le=FAILURES_MAX)] | None = Field(
        default=None, description="So many failures in a row open it too. Default: any number does not."
    )

    settle: ClassVar[Any] = staticmethod(settle)

    bad_share: ClassVar[Any] = property(lambda self: UNIT - round(self.success * UNIT))
    in_a_row: ClassVar[Any] = property(lambda self: self.failures_in_a_row or 0)
    width: ClassVar[Any] = property(lambda self: 0 if self.window.kind == "count" else self.window.size)

    @property
    def calls_least(self) -> int:
        """The minimum, or what stands for it."""
        return self.minimum or (self.window.size if self.window.kind == "count" else 5)

    @property
    def decay(self) -> int:
        """What a call leaves of the average, of 2**31."""
        return round(float(exp(-1.0 / self.window.size)) * ONE) if self.window.kind == "count" else 0
