"""Let so many attempts leave in each cycle: their permits are set anew at its border, however many were left.

    0 ---- period ---- 2 periods ---- 3 periods        cycles begin with the run
    |##########|##########|#####-----|##               # a permit that was taken, - one that lapses

An attempt that finds no permit takes one of a cycle to come and waits for its border, if that is not longer than `wait_max`:
so does the rate limiter of resilience4j (`timeoutDuration`). A permit that was waited for is not given back: a caller that
goes down meanwhile, or gives up, lets it lapse.

Each replica of the caller counts by itself, as a library in its process would (a rate limiter of resilience4j sets its
permits anew at the borders of cycles too, and does not refill them in between); a client counts once. A replica that restarts
in the middle of a cycle has all its permits again.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from sim.rows import Row
from sim.scenario.kinds import REFUSE, Guard
from sim.scenario.model import Integer
from sim.scenario.units import Duration, PositiveDuration, format_duration
from sim.shared import shared

LIMIT_MAX = 10**6
PERIOD_MIN = 1_000_000  # ns: the borders of cycles are events too


def _not_too_short(period: int) -> int:
    if period < PERIOD_MIN:
        message = "a period of {period} is too short; write at least 1ms"
        raise PydanticCustomError("period", message, {"period": format_duration(period)})
    return period


class CyclesSettings(Row):
    """What is declared: attempts that may leave in a cycle, how long that is, and how long an attempt may wait; ns."""

    limit: int
    period: int
    wait_max: int


class CyclesState(Row):
    """What one limiter knows; it begins with all permits."""

    taken: int  # permits, in this cycle, and of those to come
    began: int  # when the cycle did


@shared
def admit(settings: CyclesSettings, state: CyclesState, now: int, _u: int) -> int:
    """Take a permit of this cycle, or of the first one that has any left, if it begins soon enough; then wait for that."""
    ahead = state.taken // settings.limit
    wait = 0
    if ahead > 0:
        # of a state that begins anew, and has not seen the border of this instant yet, the cycle is the one before
        began = max(state.began, (now - 1) // settings.period * settings.period)
        wait = began + ahead * settings.period - now
        if wait > settings.wait_max:
            return REFUSE
    state.taken += 1
    return wait


@shared
def withdraw(settings: CyclesSettings, state: CyclesState, sent_at: int) -> None:
    """Give back the permit of an attempt that another policy has refused.

    It lapses when its cycle is over, or when others have permits of later ones, who know when they go.
    """
    if sent_at >= state.began and state.taken <= settings.limit:
        state.taken -= 1


@shared
def settle(_settings: CyclesSettings, _state: CyclesState, _now: int, _sent_at: int, _good: bool) -> None:  # noqa: FBT001
    """Nothing is learnt from how attempts end."""


@shared
def engaged(settings: CyclesSettings, state: CyclesState) -> bool:
    """Whether it keeps calls back: no permit is left in this cycle."""
    return state.taken >= settings.limit


@shared
def tick(settings: CyclesSettings, state: CyclesState, now: int) -> None:
    """A cycle begins: all permits are there again that nobody has who waited for them."""
    state.taken = max(0, state.taken - settings.limit)
    state.began = now


class Cycles(Guard):
    """Refuse attempts beyond so many in each cycle.

    Example: {limit: 50, period: 1s, wait_max: 5s}
    Source: resilience4j, AtomicRateLimiter: 50 permits each 500 ns, wait 5 s.
    """

    kind: Literal["cycles"] = Field(default="cycles", description="Always 'cycles'; the default.")
    limit: Annotated[Integer, Field(ge=1, le=LIMIT_MAX)] = Field(
        description="Attempts that may leave in a cycle; 1 to 1,000,000."
    )
    period: Annotated[PositiveDuration, AfterValidator(_not_too_short)] = Field(
        description="How long a cycle is, from the start of the run on; at least 1ms."
    )
    wait_max: Duration = Field(
        default=0, description="How long an attempt waits for a permit of a cycle to come; by default it does not wait."
    )

    slot: ClassVar[str] = "rate_limit"
    place: ClassVar[int] = 40
    per_caller: ClassVar[bool] = True
    by_default: ClassVar[bool] = True
    Settings: ClassVar[Any] = CyclesSettings
    State: ClassVar[Any] = CyclesState
    admit: ClassVar[Any] = staticmethod(admit)
    withdraw: ClassVar[Any] = staticmethod(withdraw)
    settle: ClassVar[Any] = staticmethod(settle)
    engaged: ClassVar[Any] = staticmethod(engaged)
    tick: ClassVar[Any] = staticmethod(tick)

    @property
    def ticks_every(self) -> int:
        """A tick at the border of each cycle."""
        return self.period

    @property
    def longest_wait(self) -> int:
        """As declared."""
        return self.wait_max
