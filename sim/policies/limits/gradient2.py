"""The gradient of the times that requests take: how they were for long, by how they are now.

    g = long / time, times `tolerance`, between 0.5 and 1        L  <-  0.8 L + 0.2 (g L + queue)

    times   ________/''''''  now         L   ''''''-.
            _____.--''''''   for long              '-..____

`Gradient2Limit` of Netflix's concurrency-limits @f2528def, with its defaults: 20, between 20 and 200, smoothing 0.2, tolerance
1.5, queue 4, 600 requests. The long average is that of all of the first 10 requests; then a request counts 2/601 of it. Where
it is more than twice the time of a request, it is made 5 % shorter, so that it comes down fast once an overload is over.
Nothing changes where less than half of L is in flight; drops count by their times alone, as the library has it. Limits are
kept in millionths and times in 64ths of a ns; what is in between is exact.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.policies.limits._exact import MILLION, mixed, part_of
from sim.rows import Row
from sim.scenario.admission import LIMIT_MAX, Adaptive
from sim.scenario.model import Integer, Number
from sim.shared import shared

TIME_BITS = 6
WARM_UP = 10
REMEMBERED_MAX = 1_000_000
TOLERANCE_MAX = 100.0


class GradientSettings(Row):
    """What is declared; smoothing and tolerance in millionths."""

    initial: int
    least: int
    most: int
    smoothing: int
    tolerance: int
    queue: int
    remembered: int


class GradientState(Row):
    """The limit in millionths, and the long average in 64ths of a ns."""

    limit: int
    long: int
    count: int  # of the first requests
    time: int  # of those all together, ns


@shared
def begin(settings: GradientSettings, state: GradientState) -> int:
    """As declared."""
    state.limit = settings.initial * MILLION
    return settings.initial


@shared
def averaged(settings: GradientSettings, state: GradientState, elapsed: int) -> int:
    """The long average with one more request."""
    if state.count < WARM_UP:
        state.count += 1
        state.time += elapsed
        state.long = (state.time << TIME_BITS) // state.count
    else:
        state.long += 2 * ((elapsed << TIME_BITS) - state.long) // (settings.remembered + 1)
    return state.long


@shared
def sample(
    settings: GradientSettings,
    state: GradientState,
    elapsed: int,
    in_flight: int,
    _dropped: bool,  # noqa: FBT001
    _u: int,
) -> int:
    """Learn how long requests take, and follow the gradient where the limit is used."""
    before = state.limit
    now = elapsed << TIME_BITS
    long = averaged(settings, state, elapsed)
    if long > 2 * now:
        state.long = long * 19 // 20
    if 2 * MILLION * in_flight < before:
        return before // MILLION
    borne = part_of(settings.tolerance, long, MILLION)
    wanted = before
    if 2 * borne <= now:
        wanted = before // 2
    elif borne < now:
        wanted = part_of(before, borne, now)
    after = mixed(before, wanted + settings.queue * MILLION, settings.smoothing)
    state.limit = max(settings.least * MILLION, min(settings.most * MILLION, after))
    return state.limit // MILLION


class Gradient2Limit(Adaptive):
    """A limit that shrinks while requests take longer than they did for long.

    Source: Netflix concurrency-limits, Gradient2Limit, with its defaults.
    """

    kind: Literal["gradient2"] = Field(default="gradient2", description="Always 'gradient2'.")
    min: Annotated[Integer, Field(ge=1, le=LIMIT_MAX)] = Field(default=20, description="It is never smaller.")
    smoothing: Annotated[Number, Field(gt=0.0, le=1.0)] = Field(
        default=0.2, description="How much of the way to a new limit it goes at once; 1: all of it."
    )
    tolerance: Annotated[Number, Field(ge=1.0, le=TOLERANCE_MAX)] = Field(
        default=1.5, description="How many times as long as the long average requests may take before it shrinks; 1 to 100."
    )
    queue: Annotated[Integer, Field(ge=0, le=LIMIT_MAX)] = Field(
        default=4, description="How many more than are served at once may wait: what it grows by, times the smoothing."
    )
    remembered: Annotated[Integer, Field(ge=1, le=REMEMBERED_MAX)] = Field(
        default=600, description="The long average: a request counts 2 of so many, and one more (`longWindow`)."
    )

    Settings: ClassVar[Any] = GradientSettings
    State: ClassVar[Any] = GradientState
    begin: ClassVar[Any] = staticmethod(begin)
    sample: ClassVar[Any] = staticmethod(sample)

    def parameters(self) -> tuple[int, ...]:
        """The row of the settings: shares in millionths."""
        shares = (round(self.smoothing * MILLION), round(self.tolerance * MILLION))
        return (self.initial, self.min, self.max, *shares, self.queue, self.remembered)
