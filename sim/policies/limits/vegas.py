"""TCP Vegas: how many of those in flight wait somewhere follows from how much longer than the least they take.

    waiting = ceil(L (1 - least / time))

    waiting   0 ... threshold ......... alpha ......... beta .........>
    L         + beta      + log10 L         as it is         - log10 L      (also after a drop)

    threshold log10 L, alpha 3 log10 L, beta 6 log10 L (whole numbers, log10 at least 1); each may be given as a number, and so
    may the steps up and down

`VegasLimit` of Netflix's concurrency-limits @7989055a, with its defaults. Nothing changes where less than half of L is in
flight. The least time is that of all requests since the last *probe*: after `probe` L times 0.5 to 1 requests, by chance, the
next one's time is the least, so that an older and shorter one is forgotten. Limits are kept in millionths, and what waits is
exact, of whole numbers.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.policies.limits._exact import MILLION, mixed, part_of
from sim.rows import Row
from sim.scenario.admission import LIMIT_MAX, Adaptive
from sim.scenario.model import Integer, Number
from sim.shared import shared

PROBE_MAX = 1000
THOUSAND = 1000
JITTER_BITS = 20
BY_LOG = -1
"""In place of a threshold: it follows from the limit."""


class VegasSettings(Row):
    """What is declared; the smoothing in millionths, and `BY_LOG` where a number follows from the limit."""

    initial: int
    most: int
    smoothing: int
    alpha: int
    beta: int
    threshold: int
    increase: int
    backoff: int  # what is left after a step down, in millionths
    probe: int


class VegasState(Row):
    """The limit in millionths, the least time in ns, and how many requests there were since the last probe."""

    limit: int
    least: int
    count: int
    jitter: int  # 0: to be drawn; of 2**21, from 2**20 on


@shared
def log10(limit: int) -> int:
    """The whole part of the decimal logarithm of a whole limit, at least 1."""
    power = 1
    left = limit // 100
    while left > 0:
        power += 1
        left //= 10
    return power


@shared
def begin(settings: VegasSettings, state: VegasState) -> int:
    """As declared."""
    state.limit = settings.initial * MILLION
    return settings.initial


@shared
def probes(settings: VegasSettings, state: VegasState, u: int) -> bool:
    """Count a request; whether it is the one whose time counts as the least from now on."""
    if state.jitter == 0:
        state.jitter = (1 << JITTER_BITS) + (u >> (63 - JITTER_BITS))
    state.count += 1
    if settings.probe * (state.limit // THOUSAND) * state.jitter > (THOUSAND * state.count) << (JITTER_BITS + 1):
        return False
    state.jitter = 0
    state.count = 0
    return True


@shared
def less(settings: VegasSettings, limit: int) -> int:
    """The limit, in millionths, after a step down."""
    if settings.backoff == BY_LOG:
        return limit - log10(limit // MILLION) * MILLION
    return part_of(limit, settings.backoff, MILLION)


@shared
def sample(settings: VegasSettings, state: VegasState, elapsed: int, in_flight: int, dropped: bool, u: int) -> int:  # noqa: FBT001
    """Learn the least time, or how far from it the others are."""
    before = state.limit
    whole = before // MILLION
    if probes(settings, state, u) or state.least == 0 or elapsed < state.least:
        state.least = elapsed
        return whole
    step = log10(whole)
    queue = (before - part_of(before, state.least, elapsed) + MILLION - 1) // MILLION
    after = before
    beta = 6 * step if settings.beta == BY_LOG else settings.beta
    if dropped:
        after = less(settings, before)
    elif in_flight * 2 * MILLION < before:
        return whole
    elif queue <= (step if settings.threshold == BY_LOG else settings.threshold):
        after += beta * MILLION
    elif queue < (3 * step if settings.alpha == BY_LOG else settings.alpha):
        after += (step if settings.increase == BY_LOG else settings.increase) * MILLION
    elif queue > beta:
        after = less(settings, before)
    else:
        return whole
    state.limit = mixed(before, max(MILLION, min(settings.most * MILLION, after)), settings.smoothing)
    return state.limit // MILLION


class VegasLimit(Adaptive):
    """A limit that keeps how many requests wait between two thresholds, by their times.

    Source: Netflix concurrency-limits, VegasLimit, with its defaults.
    """

    kind: Literal["vegas"] = Field(default="vegas", description="Always 'vegas'.")
    max: Annotated[Integer, Field(ge=1, le=LIMIT_MAX)] = Field(default=1000, description="It is never larger.")
    smoothing: Annotated[Number, Field(gt=0.0, le=1.0)] = Field(
        default=1.0, description="How much of the way to a new limit it goes at once; 1: all of it."
    )
    alpha: Annotated[Integer, Field(ge=0, le=LIMIT_MAX)] | None = Field(
        default=None, description="It grows where fewer wait. Default: three times the decimal logarithm of the limit."
    )
    beta: Annotated[Integer, Field(ge=0, le=LIMIT_MAX)] | None = Field(
        default=None,
        description="It shrinks where more wait, and grows by so many where at most `threshold` do. Default: six times that "
        "logarithm.",
    )
    threshold: Annotated[Integer, Field(ge=0, le=LIMIT_MAX)] | None = Field(
        default=None, description="Up to so many that wait count as none. Default: that logarithm."
    )
    increase: Annotated[Integer, Field(ge=0, le=LIMIT_MAX)] | None = Field(
        default=None, description="It grows by so many where fewer than `alpha` wait. Default: by that logarithm."
    )
    backoff: Annotated[Number, Field(gt=0.0, lt=1.0, examples=[0.5])] | None = Field(
        default=None, description="What is left of it where it shrinks, such as 0.5. Default: that logarithm less."
    )
    probe: Annotated[Integer, Field(ge=1, le=PROBE_MAX)] = Field(
        default=30, description="The least time is learnt anew after so many requests times the limit, times 0.5 to 1."
    )

    Settings: ClassVar[Any] = VegasSettings
    State: ClassVar[Any] = VegasState
    begin: ClassVar[Any] = staticmethod(begin)
    sample: ClassVar[Any] = staticmethod(sample)
    draws: ClassVar[bool] = True

    most: ClassVar[Any] = property(lambda self: self.max)

    def parameters(self) -> tuple[int, ...]:
        """The row of the settings: what is not declared follows from the limit."""
        given = (BY_LOG if one is None else one for one in (self.alpha, self.beta, self.threshold, self.increase))
        backoff = BY_LOG if self.backoff is None else round(self.backoff * MILLION)
        return (self.initial, self.max, round(self.smoothing * MILLION), *given, backoff, self.probe)
