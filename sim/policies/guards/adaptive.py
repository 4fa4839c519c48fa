"""Refuse at the client what the callee would turn away: the more it has turned away of late, the more of it.

    p = max(0, (requests - k * accepts) / (requests + 1))     of the last `window`; an attempt is refused with probability p

Client-side throttling of Google's Site Reliability Engineering, chapter 21 ("Handling Overload"): k 2, two minutes. Requests
are all attempts that wanted to leave, also those that were refused here; accepts are those that the callee took on, however
they ended: `rejects` says which outcomes mean that it did not. With a callee that takes on A a second of more that want to
come, k * A leave.

Each replica of the caller throttles by itself; a client does once. The counts of the window are forgotten in ``spans`` parts
of it.
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.policies._windows import COLUMNS, Window, add, moved, withdrawn
from sim.rows import Row, inside
from sim.scenario.kinds import GO, REFUSE, Failures, Guard
from sim.scenario.model import Integer, Number
from sim.scenario.units import PositiveDuration
from sim.shared import shared

THOUSAND = 1000
K_MAX = 100.0
SPANS_MAX = 1000
CHANCE_BITS = 24


class AdaptiveSettings(Row):
    """What is declared: k in thousandths, and the spans of the window with the ns of one."""

    thousandths: int
    spans: int
    width: int


class AdaptiveState(Row):
    """Requests and accepts of late: calls and bad ones of a window."""

    window: Window = inside()


@shared
def excess(settings: AdaptiveSettings, state: AdaptiveState) -> int:
    """Thousandths of requests beyond k times the accepts; at least 0."""
    return max(0, THOUSAND * state.window.calls - settings.thousandths * state.window.bad)


@shared
def admit(settings: AdaptiveSettings, state: AdaptiveState, now: int, u: int) -> int:
    """Let an attempt go, or refuse it by chance; ``u`` is uniform in [0, 2**63)."""
    window = state.window
    moved(window, settings.spans, settings.width, now)
    refused = (u >> (63 - CHANCE_BITS)) * (THOUSAND * (window.calls + 1)) < excess(settings, state) << CHANCE_BITS
    add(window, settings.spans, 1, 0, 0)
    return REFUSE if refused else GO


@shared
def withdraw(settings: AdaptiveSettings, state: AdaptiveState, sent_at: int) -> None:
    """An attempt that another policy refused, at once or after a wait there, is no request."""
    withdrawn(state.window, settings.spans, sent_at // settings.width)


@shared
def settle(settings: AdaptiveSettings, state: AdaptiveState, now: int, _sent_at: int, good: bool) -> None:  # noqa: FBT001
    """The callee took an attempt on, or did not."""
    moved(state.window, settings.spans, settings.width, now)
    add(state.window, settings.spans, 0, 1 if good else 0, 0)


@shared
def engaged(settings: AdaptiveSettings, state: AdaptiveState) -> bool:
    """Whether it refused some of what asks now, by the counts when it was last asked or told."""
    return excess(settings, state) > 0


class AdaptiveThrottle(Guard):
    """Refuse a share of the attempts that grows with what the callee turns away.

    Example: {kind: adaptive, k: 2, window: 2m}
    Source: Google, "Site Reliability Engineering", chapter 21, client-side throttling: k 2, two minutes.
    """

    kind: Literal["adaptive"] = Field(default="adaptive", description="Always 'adaptive'.")
    k: Annotated[Number, Field(ge=1.0, le=K_MAX)] = Field(
        default=2.0, description="Requests that may leave for each one that is accepted, before any is refused; 1 to 100."
    )
    window: PositiveDuration = Field(default=120_000_000_000, description="How long requests and accepts are remembered.")
    spans: Annotated[Integer, Field(ge=1, le=SPANS_MAX)] = Field(
        default=120, description="Parts of the window that are forgotten one by one; 1 to 1,000."
    )
    rejects: Failures = Field(
        default=("rejected", "unavailable", "crashed", "timeout", "limit", "shed"),
        description="Which outcomes mean that the callee did not take an attempt on.",
    )

    slot: ClassVar[str] = "throttle"
    place: ClassVar[int] = 70
    per_caller: ClassVar[bool] = True
    by_default: ClassVar[bool] = True
    draws: ClassVar[bool] = True
    Settings: ClassVar[Any] = AdaptiveSettings
    State: ClassVar[Any] = AdaptiveState
    admit: ClassVar[Any] = staticmethod(admit)
    withdraw: ClassVar[Any] = staticmethod(withdraw)
    settle: ClassVar[Any] = staticmethod(settle)
    engaged: ClassVar[Any] = staticmethod(engaged)

    thousandths: ClassVar[Any] = property(lambda self: round(self.k * THOUSAND))
    width: ClassVar[Any] = property(lambda self: self.window // self.spans)

    @model_validator(mode="after")
    def _is_divided(self) -> Self:
        if self.window < self.spans:
            raise PydanticCustomError("spans", "more spans than ns in the window; write fewer", {"at": "spans"})
        return self

    @property
    def failures_seen(self) -> tuple[str, ...]:
        """What the callee did not take on."""
        return self.rejects

    @property
    def tail(self) -> int:
        """The ring of its window."""
        return self.spans * COLUMNS
