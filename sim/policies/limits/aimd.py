"""Additive increase, multiplicative decrease: one more after what went well, a tenth less after what was dropped or slow.

    limit        /|      /|
            /|  / |  /| / |  /       L + 1 where at least half of L was in flight; floor(0.9 L) after a drop, or
           / | /  | / |/  | /        after a request that took longer than `timeout`
             |/   |/      |/

`AIMDLimit` of Netflix's concurrency-limits @784c960d, with its defaults: 20, between 20 and 200, 0.9, 5 s.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.policies.limits._exact import MILLION
from sim.rows import Row
from sim.scenario.admission import LIMIT_MAX, Adaptive
from sim.scenario.model import Integer, Number
from sim.scenario.units import PositiveDuration
from sim.shared import shared


class AimdSettings(Row):
    """What is declared; the ratio in millionths."""

    initial: int
    least: int
    most: int
    ratio: int
    timeout: int


class AimdState(Row):
    """The limit."""

    limit: int


@shared
def begin(settings: AimdSettings, state: AimdState) -> int:
    """As declared."""
    state.limit = settings.initial
    return state.limit


@shared
def sample(settings: AimdSettings, state: AimdState, elapsed: int, in_flight: int, dropped: bool, _u: int) -> int:  # noqa: FBT001
    """Less after what was dropped, or took too long; one more where the limit was half used."""
    limit = state.limit
    if dropped or elapsed > settings.timeout:
        limit = limit * settings.ratio // MILLION
    elif in_flight * 2 >= limit:
        limit += 1
    state.limit = min(settings.most, max(settings.least, limit))
    return state.limit


class AimdLimit(Adaptive):
    """A limit that grows by one at a time, and shrinks by a share.

    Source: Netflix concurrency-limits, AIMDLimit, with its defaults.
    """

    kind: Literal["aimd"] = Field(default="aimd", description="Always 'aimd'.")
    min: Annotated[Integer, Field(ge=1, le=LIMIT_MAX)] = Field(default=20, description="It is never smaller.")
    backoff: Annotated[Number, Field(ge=0.5, lt=1.0)] = Field(
        default=0.9, description="What is left of it after a drop; 0.5 to 1, rounded down to whole requests."
    )
    timeout: PositiveDuration = Field(
        default=5_000_000_000, description="A request that was in flight for longer counts as dropped."
    )

    Settings: ClassVar[Any] = AimdSettings
    State: ClassVar[Any] = AimdState
    begin: ClassVar[Any] = staticmethod(begin)
    sample: ClassVar[Any] = staticmethod(sample)

    least: ClassVar[Any] = property(lambda self: self.min)
    most: ClassVar[Any] = property(lambda self: self.max)
    ratio: ClassVar[Any] = property(lambda self: round(self.backoff * MILLION))
