"""Stop calling an operation that fails again and again, and try it with a few calls after a while.

            `failures` in a row              `open` later, when a call asks
    CLOSED ---------------------> OPEN ---------------------------------> HALF-OPEN
       ^                           ^----------- a probe fails ----------------|
       '--------------------- `probes` calls ended well -----------------------

An attempt counts as failed unless it ends well: also one that times out, is turned away by a full queue, or finds no replica
(`fails_on`). What else a breaker has is in `sim.policies.guards._breaking`.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.policies.guards._breaking import (
    CLOSED,
    FAILURES_MAX,
    Breaker,
    BreakerSettings,
    BreakerState,
    completed,
    counts,
    opened,
    probed,
)
from sim.scenario.model import Integer
from sim.shared import shared


@shared
def settle(settings: BreakerSettings, state: BreakerState, now: int, sent_at: int, good: bool) -> None:  # noqa: FBT001
    """Learn how an attempt ended that was let through."""
    if not counts(settings, state, now, sent_at):
        return
    if state.mode != CLOSED:
        probed(settings, state, now, good, False)
    elif good:
        state.row = 0
    else:
        state.row += 1
        if state.row >= settings.in_a_row:
            opened(settings, state, now)


class CircuitBreaker(Breaker):
    """Refuse calls of an operation that failed several times in a row, until a few of them end well again.

    Example: {failures: 5, open: 30s, probes: 1}
    Source: M. Nygard, "Release It!", 2007; Finagle FailureAccrual and Envoy outlier detection: 5 in a row.
    """

    kind: Literal["consecutive"] = Field(default="consecutive", description="Always 'consecutive'; the default.")
    failures: Annotated[Integer, Field(ge=1, le=FAILURES_MAX)] = Field(
        default=5, description="Failures in a row that open it; 1 to 1,000,000."
    )

    by_default: ClassVar[bool] = True
    settle: ClassVar[Any] = staticmethod(settle)

    in_a_row: ClassVar[Any] = property(lambda self: self.failures)

    @classmethod
    def meant(cls, written: Mapping[str, Any]) -> Mapping[str, Any]:
        """Without a kind a share of `failures`, `window` or `slow` mean failure_rate, `success` means success_rate."""
        return completed(written)
