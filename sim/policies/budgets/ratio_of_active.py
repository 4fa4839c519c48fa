"""So many retries at once as are a share of what is under way, and always a few.

    retries now  <  max(min, share of the attempts that are out)        25 out, 20% -> 5;  2 out, min 3 -> 3

Envoy's and Istio's retry budget (`retry_budget`: 20 % and 3; `budgetInterval: 0`). Whether a retry that waits in its backoff
counts among those of now is a setting: where it does not, a thousand calls that fail together all pass, as none of them is
out yet (envoy issue 30205).
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.policies.retries._random import UNIT
from sim.rows import Row
from sim.scenario.kinds import GO, REFUSE, Budget
from sim.scenario.model import Integer
from sim.scenario.units import Share
from sim.shared import shared

RETRIES_MAX = 10**6


class ActiveSettings(Row):
    """What is declared: retries that are always allowed, millionths of what is out, and whether those that wait count."""

    least: int
    millionths: int
    counts_waiting: int


class ActiveState(Row):
    """Attempts that are out, retries among them, and retries that wait."""

    out: int
    retries: int
    waiting: int


@shared
def sent(_settings: ActiveSettings, state: ActiveState, _now: int, first: bool) -> None:  # noqa: FBT001
    """One more is out; a retry has waited."""
    state.out += 1
    if not first:
        state.retries += 1
        state.waiting -= 1


@shared
def spend(settings: ActiveSettings, state: ActiveState, _now: int) -> int:
    """Let a retry wait, unless there are as many as may be."""
    if engaged(settings, state):
        return REFUSE
    state.waiting += 1
    return GO


@shared
def ended(_settings: ActiveSettings, state: ActiveState, _now: int, first: bool, _good: bool) -> None:  # noqa: FBT001
    """One less is out."""
    state.out -= 1
    if not first:
        state.retries -= 1


@shared
def lapsed(_settings: ActiveSettings, state: ActiveState, _now: int) -> None:
    """A retry waited, and is not made: its caller was stopped."""
    state.waiting -= 1


@shared
def engaged(settings: ActiveSettings, state: ActiveState) -> bool:
    """Whether there are as many retries as may be."""
    now = state.retries + (state.waiting if settings.counts_waiting != 0 else 0)
    return now >= max(settings.least, state.out * settings.millionths // UNIT)


class RatioOfActive(Budget):
    """As many retries at once as are a share of the attempts under way.

    Example: {kind: ratio_of_active, share: 20%, min: 3, waiting: free}
    Source: Envoy, retry_budget: 20 % of what is active or pending, at least 3; retries in their backoff do not count.
    """

    kind: Literal["ratio_of_active"] = Field(default="ratio_of_active", description="Always 'ratio_of_active'.")
    share: Share = Field(default=0.2, description="Retries at once, as a share of the attempts that are out.")
    min: Annotated[Integer, Field(ge=0, le=RETRIES_MAX)] = Field(
        default=3, description="Retries at once that are allowed however few attempts are out."
    )
    waiting: Literal["counts", "free"] = Field(
        default="counts", description="Whether a retry counts while it waits in its backoff; free: as in Envoy."
    )

    least: ClassVar[Any] = property(lambda self: self.min)
    millionths: ClassVar[Any] = property(lambda self: round(self.share * UNIT))
    counts_waiting: ClassVar[Any] = property(lambda self: int(self.waiting == "counts"))

    Settings: ClassVar[Any] = ActiveSettings
    State: ClassVar[Any] = ActiveState
    lapsed: ClassVar[Any] = staticmethod(lapsed)
    sent: ClassVar[Any] = staticmethod(sent)
    spend: ClassVar[Any] = staticmethod(spend)
    ended: ClassVar[Any] = staticmethod(ended)
    engaged: ClassVar[Any] = staticmethod(engaged)
