"""Let so many attempts leave in each cycle: their permits are set anew at its border, however many were left.

    0 ---- period ---- 2 periods ---- 3 periods        cycles begin with the run
    |##########|##########|#####-----|##               # a permit that was taken, - one that lapses

Each replica of the caller counts by itself, as a library in its process would (a rate limiter of resilience4j sets its
permits anew at the borders of cycles too, and does not refill them in between); a client counts once. A replica that restarts
in the middle of a cycle has all its permits again.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from sim.rows import Row
from sim.scenario.kinds import GO, REFUSE, Guard
from sim.scenario.model import Integer
from sim.scenario.units import PositiveDuration, format_duration
from sim.shared import shared

LIMIT_MAX = 10**6
PERIOD_MIN = 1_000_000  # ns: the borders of cycles are events too


def _not_too_short(period: int) -> int:
    if period < PERIOD_MIN:
        message = "a period of {period} is too short; write at least 1ms"
        raise PydanticCustomError("period", message, {"period": format_duration(period)})
    return period


class CyclesSettings(Row):
    """What is declared: attempts that may leave in a cycle."""

    limit: int


class CyclesState(Row):
    """What one limiter knows; it begins with all permits."""

    taken: int  # permits, in this cycle


@shared
def admit(settings: CyclesSettings, state: CyclesState, _now: int, _u: int) -> int:
    """Take a permit, or refuse where none is left."""
    if state.taken >= settings.limit:
        return REFUSE
    state.taken += 1
    return GO


@shared
def withdraw(_settings: CyclesSettings, state: CyclesState, _now: int) -> None:
    """Give back the permit of an attempt that another policy has refused: no time has passed since it was taken."""
    state.taken -= 1


@shared
def settle(_settings: CyclesSettings, _state: CyclesState, _now: int, _sent_at: int, _good: bool) -> None:  # noqa: FBT001
    """Nothing is learnt from how attempts end."""


@shared
def engaged(settings: CyclesSettings, state: CyclesState) -> bool:
    """Whether it keeps calls back: no permit is left in this cycle."""
    return state.taken >= settings.limit


@shared
def tick(_settings: CyclesSettings, state: CyclesState, _now: int) -> None:
    """A cycle begins: all permits are there again."""
    state.taken = 0


class Cycles(Guard):
    """Refuse attempts beyond so many in each cycle."""

    kind: Literal["cycles"] = Field(default="cycles", description="Always 'cycles'; the default.")
    limit: Annotated[Integer, Field(ge=1, le=LIMIT_MAX)] = Field(
        description="Attempts that may leave in a cycle; 1 to 1,000,000."
    )
    period: Annotated[PositiveDuration, AfterValidator(_not_too_short)] = Field(
        description="How long a cycle is, from the start of the run on; at least 1ms."
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
