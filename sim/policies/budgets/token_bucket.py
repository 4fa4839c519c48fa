"""A bucket of tokens: retries (or failures) take some, calls that end well put some back.

    tokens_max |######----|    a retry takes `per_retry`, a failure `per_failure`, an attempt that ends well gives `per_success`
                     ^ `floor`: no retry while there are no more than that

Two products, by their settings:

- the quota of AWS SDKs: ``tokens_max: 500, per_retry: 5, per_success: 1``;
- gRPC's throttle (grpc/proposal A6): ``tokens_max: 10, per_retry: 0, per_failure: 1, per_success: 0.1, floor: 5``: each failure
  takes a token, and retries end while half of them or fewer are left.

It does not refill with time. Tokens are counted in thousandths, as gRPC's are.
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.rows import Row
from sim.scenario.kinds import GO, REFUSE, Budget
from sim.scenario.model import Number
from sim.shared import shared

THOUSANDTHS = 1000
TOKENS_MAX = 1e9


class BucketSettings(Row):
    """What is declared, in thousandths of a token."""

    most: int
    retry_takes: int
    failure_takes: int
    success_gives: int
    least: int


class BucketState(Row):
    """Thousandths of tokens that are missing; it begins full."""

    missing: int


@shared
def sent(_settings: BucketSettings, _state: BucketState, _now: int, _first: bool) -> None:  # noqa: FBT001
    """Attempts that leave change nothing."""


@shared
def spend(settings: BucketSettings, state: BucketState, _now: int) -> int:
    """Take what a retry costs, or refuse it where there is too little."""
    if engaged(settings, state):
        return REFUSE
    state.missing += settings.retry_takes
    return GO


@shared
def ended(settings: BucketSettings, state: BucketState, _now: int, _first: bool, good: bool) -> None:  # noqa: FBT001
    """A success gives back, a failure takes; there are never more than all, and never fewer than none."""
    if good:
        state.missing = max(0, state.missing - settings.success_gives)
    else:
        state.missing = min(settings.most, state.missing + settings.failure_takes)


@shared
def engaged(settings: BucketSettings, state: BucketState) -> bool:
    """Whether there is too little for a retry, or no more than the floor."""
    left = settings.most - state.missing
    return left < settings.retry_takes or left <= settings.least


class TokenBucket(Budget):
    """A bucket of tokens that retries take and successes give back.

    Example: {kind: token_bucket, tokens_max: 500, per_retry: 5, per_success: 1}
    Source: the retry quota of AWS SDKs, which is the example.
    Source: gRPC A6, retryThrottling: tokens_max 10, per_retry 0, per_failure 1, per_success 0.1, floor 5.
    """

    kind: Literal["token_bucket"] = Field(default="token_bucket", description="Always 'token_bucket'.")
    tokens_max: Annotated[Number, Field(gt=0.0, le=TOKENS_MAX)] = Field(
        description="Tokens when it is full, as it is at first; up to 1e9. Tokens are counted in thousandths."
    )
    per_retry: Annotated[Number, Field(ge=0.0, le=TOKENS_MAX)] = Field(default=1.0, description="Tokens that a retry takes.")
    per_failure: Annotated[Number, Field(ge=0.0, le=TOKENS_MAX)] = Field(
        default=0.0, description="Tokens that every attempt takes that fails; there are never fewer than none."
    )
    per_success: Annotated[Number, Field(ge=0.0, le=TOKENS_MAX)] = Field(
        default=0.0, description="Tokens that every attempt gives back that ends well."
    )
    floor: Annotated[Number, Field(ge=0.0, le=TOKENS_MAX)] = Field(
        default=0.0, description="No retry while there are no more tokens than these; gRPC: half of them."
    )
    shared: bool = Field(
        default=False, description="All replicas of the caller have one bucket, that no crash fills. Default: each has its own."
    )

    @model_validator(mode="after")
    def _takes_something(self) -> Self:
        if self.per_retry == self.per_failure == 0.0:
            message = "neither retries nor failures take tokens, so that it never refuses; write per_retry or per_failure"
            raise PydanticCustomError("bucket", message, {"at": "per_retry"})
        if self.floor >= self.tokens_max:
            message = "the floor is no lower than tokens_max, so that no retry is ever made; write a lower one"
            raise PydanticCustomError("bucket", message, {"at": "floor"})
        return self

    most: ClassVar[Any] = property(lambda self: round(self.tokens_max * THOUSANDTHS))
    retry_takes: ClassVar[Any] = property(lambda self: round(self.per_retry * THOUSANDTHS))
    failure_takes: ClassVar[Any] = property(lambda self: round(self.per_failure * THOUSANDTHS))
    success_gives: ClassVar[Any] = property(lambda self: round(self.per_success * THOUSANDTHS))
    least: ClassVar[Any] = property(lambda self: round(self.floor * THOUSANDTHS))

    @property
    def per_caller(self) -> bool:  # type: ignore[override]
        """Whether each replica of the caller has its own."""
        return not self.shared

    Settings: ClassVar[Any] = BucketSettings
    State: ClassVar[Any] = BucketState
    sent: ClassVar[Any] = staticmethod(sent)
    spend: ClassVar[Any] = staticmethod(spend)
    ended: ClassVar[Any] = staticmethod(ended)
    engaged: ClassVar[Any] = staticmethod(engaged)
