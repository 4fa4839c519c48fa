"""What all circuit breakers share: when they open and close, and how they are tried. The kinds differ in what opens them.

              the kind's own rule                `open` later, when a call asks
    CLOSED ----------------------> OPEN ------------------------------------> HALF-OPEN
       ^                            ^------ a probe fails, or too many do ---------|
       '------------------------------------ `probes` ended well -----------------------'

While it is half-open so many as `probes` may leave, and no more: a place is given back only when the attempt did not leave or
ended as one of `ignores`. One that a guard further in refused did not leave, unless `refusals` are counted: products that hear
of exceptions count a full bulkhead's too. What is sent before the breaker last changed counts neither way, or as the products
count it (`in_flight`). Whether the time that it stays open grows, by `open_factor` or `open_step`, is counted in openings one
after the other: it begins anew when the breaker has closed, or with `probes: 0`, where it closes by itself, one step back for
each `forget` that it stays closed.

Each replica of the caller has a breaker of its own for each operation that it calls, as a library in its process would; it
is closed again after a crash of that replica. A client has one.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.policies._windows import Window
from sim.policies.breaker_profiles import PROFILES
from sim.policies.retries._growing import FACTOR_UNIT, grown
from sim.policies.retries._random import UNIT, part_of, share_of
from sim.rows import Row, inside
from sim.scenario.kinds import FACTOR_MAX, FAILURES, GO, NEVER, REFUSE, Failures, Guard
from sim.scenario.model import Integer, Number, told
from sim.scenario.units import Duration, PositiveDuration, Share, format_duration
from sim.scenario.yaml_writer import write_flow
from sim.shared import shared

CLOSED = 0
OPEN = 1
HALF_OPEN = 2
PROBES_MAX = 1000
FAILURES_MAX = 10**6


class BreakerSettings(Row):
    """What is declared; times in ns, shares in millionths. Each kind has its own part, the others' parts are 0."""

    open_for: int
    thousandths: int  # by which that grows from one opening to the next
    open_step: int
    open_max: int
    open_low: int  # it is at least this share of that
    open_spread: int  # and up to this share longer
    forgets: int
    probes: int
    probes_least: int  # so many must have ended before shares of them are judged; 0: one that fails is enough
    half_open_max: int
    counts_stale: int
    in_a_row: int  # failures that open it; 0: it is not opened so
    bad_share: int
    slow_after: int
    slow_share: int  # 0: no call is slow
    calls_least: int  # before shares are judged
    only_failures: int  # whether only a failure makes it look
    size: int  # of its window: calls, or spans
    width: int  # ns of a span; 0: a window of calls
    decay: int  # of an average, what a call leaves of it, of 2**31


class BreakerState(Row):
    """What one breaker knows; it begins closed, with zeros."""

    mode: int
    since: int  # when it came into this mode
    openings: int  # one after the other
    open_until: int  # 0: nobody has asked since it opened
    row: int  # failures in a row, while closed
    probes: int  # calls let through while half-open
    ended: int  # of them
    bad: int
    slow: int
    lost: int  # what the average lacks to 1, of 2**31
    last: int  # when that was last told
    window: Window = inside()


@shared
def opened(settings: BreakerSettings, state: BreakerState, now: int) -> None:
    """It opens."""
    if state.mode == CLOSED and settings.probes == 0:
        state.openings = max(0, state.openings - (now - state.since) // settings.forgets)
    state.mode = OPEN
    state.since = now
    state.openings += 1
    state.open_until = 0


@shared
def closed(settings: BreakerSettings, state: BreakerState, now: int) -> None:
    """It closes, and knows of no call any more."""
    state.mode = CLOSED
    state.since = now
    state.row = 0
    state.lost = 0
    if settings.probes > 0:
        state.openings = 0
    window = state.window
    for at in range(3 * settings.size if settings.width > 0 else 0):
        window.ring[at] = 0
    window.place = 0
    window.calls = 0
    window.bad = 0
    window.slow = 0


@shared
def open_time(settings: BreakerSettings, state: BreakerState, u: int) -> int:
    """How long it stays open this time, in ns; ``u`` is uniform in [0, 2**63)."""
    most = settings.open_max
    whole = grown(settings.open_for, most, settings.thousandths, state.openings)
    if settings.open_step > 0:
        more = state.openings - 1
        whole = most if more > (most - whole) // settings.open_step else whole + more * settings.open_step
    if settings.open_spread == 0:
        return whole
    return part_of(whole, settings.open_low) + share_of(part_of(whole, settings.open_spread) + 1, u)


@shared
def time_passed(settings: BreakerSettings, state: BreakerState, now: int) -> None:
    """It has been half-open for as long as it may be: it opened again then."""
    if state.mode == HALF_OPEN and settings.half_open_max > 0 and now - state.since >= settings.half_open_max:
        opened(settings, state, state.since + settings.half_open_max)


@shared
def admit(settings: BreakerSettings, state: BreakerState, now: int, u: int) -> int:
    """Let an attempt go, or refuse it; the first one after the time that it is open finds it half-open, or closed."""
    time_passed(settings, state, now)
    if state.mode == OPEN:
        if state.open_until == 0:
            state.open_until = state.since + open_time(settings, state, u)
        if now < state.open_until:
            return REFUSE
        if settings.probes == 0:
            closed(settings, state, now)
            return GO
        state.mode = HALF_OPEN
        state.since = now
        state.probes = 0
        state.ended = 0
        state.bad = 0
        state.slow = 0
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
def ignored(settings: BreakerSettings, state: BreakerState, now: int, sent_at: int) -> None:
    """Give back the place of a probe whose ending says nothing."""
    time_passed(settings, state, now)
    if state.mode == HALF_OPEN and sent_at >= state.since:
        state.probes -= 1


@shared
def counts(settings: BreakerSettings, state: BreakerState, now: int, sent_at: int) -> bool:
    """Whether it learns from an attempt that ends now: it is not open, and has not changed since, or does not mind."""
    time_passed(settings, state, now)
    return state.mode != OPEN and (settings.counts_stale != 0 or sent_at >= state.since)


@shared
def is_slow(settings: BreakerSettings, now: int, sent_at: int) -> bool:
    """Whether an attempt that ends now was slow: it took longer than it may."""
    return settings.slow_share > 0 and now - sent_at > settings.slow_after


@shared
def too_many(settings: BreakerSettings, calls: int, bad: int, slow: int) -> bool:
    """Whether failures, or slow calls, are as large a share of the calls as opens it."""
    if bad * UNIT >= settings.bad_share * calls:
        return True
    return settings.slow_share > 0 and slow * UNIT >= settings.slow_share * calls


@shared
def probed(settings: BreakerSettings, state: BreakerState, now: int, good: bool, slow: bool) -> None:  # noqa: FBT001
    """A probe ended: it opens again, closes, or waits for others."""
    state.ended += 1
    state.bad += 0 if good else 1
    state.slow += 1 if slow else 0
    if settings.probes_least > 0:
        if state.ended >= settings.probes_least:
            if too_many(settings, state.ended, state.bad, state.slow):
                opened(settings, state, now)
            else:
                closed(settings, state, now)
    elif slow or not good:
        opened(settings, state, now)
    elif state.ended >= settings.probes:
        closed(settings, state, now)


@shared
def engaged(_settings: BreakerSettings, state: BreakerState) -> bool:
    """Whether it keeps calls back: it is open or half-open."""
    return state.mode != CLOSED


Profile = Annotated[
    Literal["resilience4j", "polly", "hystrix", "microprofile", "finagle", "envoy"],
    told({name: f"{write_flow(profile.values)}. Source: {profile.source}" for name, profile in PROFILES.items()}),
]


class Breaker(Guard):
    """Keep calls back from an operation that fails: base of the kinds of circuit breakers."""

    profile: Profile | None = Field(
        default=None, description="The product whose defaults stand where nothing is written. Default: those said here."
    )
    open_for: PositiveDuration = Field(alias="open", default=60_000_000_000, description="How long it stays open.")
    open_factor: Annotated[Number, Field(ge=1.0, le=FACTOR_MAX)] = Field(
        default=1.0, description="Growth of that from one opening to the next, until it closes; 1 to 100."
    )
    open_step: Duration = Field(default=0, description="How much longer it stays open from one opening to the next.")
    open_max: PositiveDuration | None = Field(default=None, description="The longest that it stays open. Default: no end.")
    open_jitter: Share | Literal["equal"] = Field(
        default=0.0, description="By how much of itself that time varies, more or less; equal: from half of it to all of it."
    )
    forget: PositiveDuration = Field(
        default=10_000_000_000, description="With `probes: 0`: one opening less counts for each so long that it stays closed."
    )
    probes: Annotated[Integer, Field(ge=0, le=PROBES_MAX)] = Field(
        default=1, description="Calls that it is tried with when it is half-open; up to 1,000. 0: it closes by itself."
    )
    half_open_max: PositiveDuration | None = Field(
        default=None, description="How long it may be half-open before it opens again. Default: for ever."
    )
    in_flight: Literal["ignored", "counted"] = Field(
        default="ignored", description="Whether calls count that were sent before it last opened or closed, and end since."
    )
    fails_on: Failures = Field(default=FAILURES, description="Which outcomes count as failures; the others as successes.")
    ignores: tuple[()] | Failures = Field(
        default=("cancelled",),
        description="Which outcomes count neither way. Default: cancelled, which says nothing of the callee.",
    )

    refusals: Literal["taken_back", "counted"] = Field(
        default="taken_back",
        description="What it is when a guard further in refuses an attempt, such as a full bulkhead, or keeps it waiting until "
        "its timeout: taken back, as if it had not been asked; or counted, as `rejected`, or `timeout`.",
    )

    slot: ClassVar[str] = "breaker"
    place: ClassVar[int] = 60
    per_caller: ClassVar[bool] = True
    Settings: ClassVar[Any] = BreakerSettings
    State: ClassVar[Any] = BreakerState
    admit: ClassVar[Any] = staticmethod(admit)
    withdraw: ClassVar[Any] = staticmethod(withdraw)
    left: ClassVar[Any] = staticmethod(ignored)
    ignored: ClassVar[Any] = staticmethod(ignored)
    engaged: ClassVar[Any] = staticmethod(engaged)

    in_a_row: ClassVar[Any] = 0
    bad_share: ClassVar[Any] = 0
    slow_after: ClassVar[Any] = 0
    slow_share: ClassVar[Any] = 0
    calls_least: ClassVar[Any] = 0
    only_failures: ClassVar[Any] = 0
    size: ClassVar[Any] = 0
    width: ClassVar[Any] = 0
    decay: ClassVar[Any] = 0
    probes_least: ClassVar[Any] = 0

    thousandths: ClassVar[Any] = property(lambda self: round(self.open_factor * FACTOR_UNIT))
    forgets: ClassVar[Any] = property(lambda self: self.forget)
    counts_stale: ClassVar[Any] = property(lambda self: int(self.in_flight == "counted"))
    open_low: ClassVar[Any] = property(lambda self: UNIT - (UNIT // 2 if self.open_jitter == "equal" else self.millionths))
    open_spread: ClassVar[Any] = property(lambda self: UNIT // 2 if self.open_jitter == "equal" else 2 * self.millionths)
    millionths: ClassVar[Any] = property(lambda self: round(self.open_jitter * UNIT))

    @property
    def failures_seen(self) -> Sequence[str]:
        """What counts as a failure."""
        return self.fails_on

    @property
    def outcomes_ignored(self) -> Sequence[str]:
        """What counts neither way."""
        return self.ignores

    @property
    def hears_refusals(self) -> bool:
        """Whether what did not leave counts."""
        return self.refusals == "counted"

    @model_validator(mode="after")
    def _check_open(self) -> Self:
        if self.open_max is not None and self.open_max < self.open_for:
            message = "open_max {most} is shorter than open {open}; write at least {open}"
            context = {"at": "open_max", "most": format_duration(self.open_max), "open": format_duration(self.open_for)}
            raise PydanticCustomError("open_max", message, context)
        return self

    @property
    def draws(self) -> bool:  # type: ignore[override]
        """Whether the time that it stays open is random."""
        return self.open_jitter != 0.0

    def parameters(self) -> tuple[int, ...]:
        """Return the row of the settings, where no end is one that no run reaches."""
        without_end = {"open_max": NEVER if self.open_max is None else self.open_max, "half_open_max": self.half_open_max or 0}
        return tuple(int(without_end[name] if name in without_end else getattr(self, name)) for name in self.Settings.fields)


def completed(written: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a breaker's settings mean: a product's defaults, and the kind that they speak of."""
    profile = written.get("profile")
    known = PROFILES[profile] if isinstance(profile, str) and profile in PROFILES else None
    kind = written.get("kind") or ("success_rate" if "success" in written else None)
    if kind is None and ("window" in written or "slow" in written or _is_share(written.get("failures"))):
        kind = "failure_rate"
    if known is None:
        return written if kind is None else {**written, "kind": kind}
    values = known.values_of(kind)
    return {**values, **written}


def _is_share(failures: Any) -> bool:
    """Whether failures are a share, and not so many in a row."""
    return isinstance(failures, str | float)
