"""Stop calling an operation that fails again and again, and try it with a few calls after a while.

            `failures` in a row              `open` later, when a call asks
    CLOSED ---------------------> OPEN ---------------------------------> HALF-OPEN
       ^                           ^----------- a probe fails ----------------|
       '--------------------- `probes` calls ended well -----------------------

Each replica of the caller has a breaker of its own for each operation that it calls, as a library in its process would; it
is closed again after a crash of that replica. A client has one. An attempt counts as failed unless it ends well: also one that
times out, is turned away by a full queue, or finds no replica. What was sent before the breaker last changed its mind counts
neither way.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.rows import Row
from sim.scenario.kinds import GO, REFUSE, Guard
from sim.scenario.model import Integer
from sim.scenario.units import PositiveDuration
from sim.shared import shared

CLOSED = 0
OPEN = 1
HALF_OPEN = 2
FAILURES_MAX = 10**6
PROBES_MAX = 1000


class BreakerSettings(Row):
    """What is declared: failures in a row that open it, ns that it stays open, and calls that it is tried with."""

    failures: int
    open_for: int
    probes: int


class BreakerState(Row):
    """What one breaker knows; it begins closed, with zeros."""

    mode: int
    since: int  # when it came into this mode
    failures: int  # in a row, while closed
    probes: int  # calls let through while half-open
    successes: int  # of them, ended well


@shared
def admit(settings: BreakerSettings, state: BreakerState, now: int, _u: int) -> int:
    """Let an attempt go, or refuse it; the first one after `open_for` finds the breaker half-open."""
    if state.mode == OPEN and now - state.since >= settings.open_for:
        state.mode = HALF_OPEN
        state.since = now
        state.probes = 0
        state.successes = 0
    if state.mode == OPEN:
        return REFUSE
    if state.mode == HALF_OPEN:
        if state.probes >= settings.probes:
            return REFUSE
        state.probes += 1
    return GO


@shared
def withdraw(_settings: BreakerSettings, state: BreakerState, sent_at: int) -> None:
    """Give back the place of a probe that another policy has refused."""
    if state.mode == HALF_OPEN and sent_at >= state.since:
        state.probes -= 1


@shared
def settle(settings: BreakerSettings, state: BreakerState, now: int, sent_at: int, good: bool) -> None:  # noqa: FBT001
    """Learn how an attempt ended that was let through."""
    if state.mode == OPEN or sent_at < state.since:
        return
    if not good:
        state.failures += 1
        if state.mode == HALF_OPEN or state.failures >= settings.failures:
            state.mode = OPEN
            state.since = now
            state.failures = 0
    elif state.mode == CLOSED:
        state.failures = 0
    else:
        state.successes += 1
        if state.successes >= settings.probes:
            state.mode = CLOSED
            state.since = now
            state.failures = 0


@shared
def engaged(_settings: BreakerSettings, state: BreakerState) -> bool:
    """Whether it keeps calls back: it is open or half-open."""
    return state.mode != CLOSED


class CircuitBreaker(Guard):
    """Refuse calls of an operation that failed several times in a row, until a few of them end well again."""

    kind: Literal["consecutive"] = Field(default="consecutive", description="Always 'consecutive'; the default.")
    failures: Annotated[Integer, Field(ge=1, le=FAILURES_MAX)] = Field(
        default=5, description="Failures in a row that open it; 1 to 1,000,000."
    )
    open_for: PositiveDuration = Field(alias="open", default=60_000_000_000, description="How long it stays open.")
    probes: Annotated[Integer, Field(ge=1, le=PROBES_MAX)] = Field(
        default=1, description="Calls that it is tried with when it is half-open; all must end well to close it; 1 to 1,000."
    )

    slot: ClassVar[str] = "breaker"
    place: ClassVar[int] = 60
    per_caller: ClassVar[bool] = True
    by_default: ClassVar[bool] = True
    Settings: ClassVar[Any] = BreakerSettings
    State: ClassVar[Any] = BreakerState
    admit: ClassVar[Any] = staticmethod(admit)
    withdraw: ClassVar[Any] = staticmethod(withdraw)
    settle: ClassVar[Any] = staticmethod(settle)
    engaged: ClassVar[Any] = staticmethod(engaged)
