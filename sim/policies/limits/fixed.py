"""A limit that stays as it is declared.

    in flight   ....******######======|  one more is refused
                                    limit

`FixedLimit` of Netflix's concurrency-limits; Polly's concurrency limiter and Envoy's `max_requests` are the same.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.rows import Row
from sim.scenario.admission import LIMIT_MAX, Limit
from sim.scenario.model import Integer
from sim.shared import shared


class FixedSettings(Row):
    """What is declared."""

    most: int


class FixedState(Row):
    """Nothing is learnt."""

    samples: int


@shared
def begin(settings: FixedSettings, _state: FixedState) -> int:
    """The limit."""
    return settings.most


@shared
def sample(
    settings: FixedSettings,
    _state: FixedState,
    _elapsed: int,
    _in_flight: int,
    _dropped: bool,  # noqa: FBT001
    _u: int,
) -> int:
    """The same as before."""
    return settings.most


class FixedLimit(Limit):
    """So many requests may be in flight at a replica, always.

    Source: Netflix concurrency-limits, FixedLimit.
    """

    kind: Literal["fixed"] = Field(default="fixed", description="Always 'fixed'.")
    limit: Annotated[Integer, Field(ge=1, le=LIMIT_MAX)] = Field(
        description="How many requests may wait or be at work at a replica at once."
    )

    Settings: ClassVar[Any] = FixedSettings
    State: ClassVar[Any] = FixedState
    begin: ClassVar[Any] = staticmethod(begin)
    sample: ClassVar[Any] = staticmethod(sample)

    most: ClassVar[Any] = property(lambda self: self.limit)

    @property
    def largest(self) -> int:
        """The same as always."""
        return self.limit
