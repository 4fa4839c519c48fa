"""As many replicas as the metric says, as the horizontal pod autoscaler of Kubernetes has it.

    wanted = ceil(replicas x metric / target)     at each sync; none where the metric is within the tolerance of the target
      stabilised: down only to the most, up only to the least that was wanted in a window of time
      at a rate: so many replicas, or such a share, in a period; of several policies the one that allows most, or least

What is measured: a ``utilisation`` is that of the workers of the replicas that are ready, in whole percent, rounded down; the
``queue`` of requests that wait at replicas, and the ``lag`` of a subscription, are those of the moment. A replica that starts
up, that came up since the last sync or that is down is not ready; one that went down silently is not heard of. As long as some
are not ready, they count as if they did nothing where more replicas are wanted; those that are not heard of as if they were at
their target where fewer are. Where that turns the answer round, nothing is done. Replicas that leave are none any more.
Source: `replica_calculator.go` and `horizontal.go` of kubernetes (pkg/controller/podautoscaler), and
https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale
Ratios are exact here, and floating point there.
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.policies.scaling._measures import HUNDRED, MEASURES, QUEUE, THOUSAND, UTILISATION, of_all, of_each
from sim.rows import Ints, Row, tail
from sim.scenario.model import Integer, Model, Name, Number
from sim.scenario.scaling import Autoscaler
from sim.scenario.shapes import Shapes
from sim.scenario.targets import REPLICAS_MAX
from sim.scenario.units import Duration, PositiveDuration, Share
from sim.shared import shared

COUNT_MAX = 10**9
ROUNDING = 1e-9
POLICIES_MAX = 10
POLICY = 3
"""Words of a policy of rate: whether it is a share, how many (percent), and in how many ns."""
MOST, LEAST, NONE = 0, 1, 2
SELECTS = ("max", "min", "none")
SYNCS_MAX = 10_000
"""So many syncs an autoscaler remembers at most."""


class HpaSettings(Row):
    """What is declared: percent of workers, or thousandths of requests or messages; times in ns, tolerance in thousandths."""

    measure: int
    target: int
    each: int
    least: int
    most: int
    tolerance: int
    every: int
    up_window: int
    down_window: int
    up_select: int
    down_select: int
    up_count: int
    down_count: int
    length: int  # syncs that are remembered
    policies: Ints = tail()  # those of more, then those of fewer


class HpaState(Row):
    """What it remembers of its last syncs, two words each: how many were wanted by the metric, and how many more came."""

    place: int
    count: int
    ring: Ints = tail()


@shared
def begin(settings: HpaSettings, state: HpaState, current: int) -> None:
    """The run begins with so many replicas, as if that had been wanted."""
    remember(settings, state, current, 0)


@shared
def remember(settings: HpaSettings, state: HpaState, wanted: int, more: int) -> None:
    """A sync is over."""
    state.ring[2 * state.place] = wanted
    state.ring[2 * state.place + 1] = more
    state.place = (state.place + 1) % settings.length
    state.count = min(state.count + 1, settings.length)


@shared
def past(settings: HpaSettings, state: HpaState, ago: int) -> int:
    """Where it stands what was so many syncs ago."""
    return 2 * ((state.place - ago + settings.length) % settings.length)


@shared
def stabilised(settings: HpaSettings, state: HpaState, current: int, wanted: int) -> int:
    """Fewer only than were wanted all through a window, and more likewise."""
    up, down = wanted, wanted
    for ago in range(1, state.count + 1):
        then = state.ring[past(settings, state, ago)]
        if ago * settings.every < settings.up_window:
            up = min(up, then)
        if ago * settings.every < settings.down_window:
            down = max(down, then)
    return min(max(current, up), down)


@shared
def changed(settings: HpaSettings, state: HpaState, period: int) -> int:
    """How many replicas came in a period, less those that went."""
    more = 0
    for ago in range(1, state.count + 1):
        if ago * settings.every < period:
            more += state.ring[past(settings, state, ago) + 1]
    return more


@shared
def bound(settings: HpaSettings, state: HpaState, current: int, up: bool) -> int:  # noqa: FBT001
    """How far the policies of rate let it go: up to so many replicas, or down to so few."""
    select = settings.up_select if up else settings.down_select
    if select == NONE:
        return current
    first = 0 if up else settings.up_count
    count = settings.up_count if up else settings.down_count
    found = current
    for number in range(first, first + count):
        at = number * POLICY
        value, period = settings.policies[at + 1], settings.policies[at + 2]
        began = current - changed(settings, state, period)
        to = began + value if up else began - value
        if settings.policies[at] != 0:
            to = -((-began * (HUNDRED + value)) // HUNDRED) if up else began * (HUNDRED - value) // HUNDRED
        further = to > found if up == (select == MOST) else to < found
        if number == first or further:
            found = to
    return max(found, current) if up else min(found, current)


@shared
def rated(settings: HpaSettings, state: HpaState, current: int, wanted: int) -> int:
    """As many as are wanted, or as near to it as the policies of rate, and the least and the most, allow."""
    if wanted > current:
        return min(wanted, max(current, min(settings.most, bound(settings, state, current, True))))
    if wanted < current:
        return max(wanted, min(current, max(settings.least, bound(settings, state, current, False))))
    return current


@shared
def decide(
    settings: HpaSettings, state: HpaState, current: int, ready: int, unready: int, missing: int, total: int, capacity: int
) -> int:
    """How many replicas there are to be from now on; a replica has so much ``capacity``, in thousandths of a worker."""
    target, tolerance = settings.target, settings.tolerance
    if settings.measure == UTILISATION:
        wanted = of_each(target, tolerance, current, ready, unready, missing, total, HUNDRED, capacity)
    elif settings.measure == QUEUE and settings.each != 0:
        wanted = of_each(target, tolerance, current, ready, unready, missing, total, 1, 1)
    else:
        wanted = of_all(target, tolerance, settings.each, current, ready, total)
    found = rated(settings, state, current, stabilised(settings, state, current, wanted))
    remember(settings, state, wanted, found - current)
    return found


class RatePolicy(Model):
    """How far it may go in a period: so many replicas, or a share of those that there were as it began.

    Example: {replicas: 4, per: 15s}
    """

    replicas: Annotated[Integer, Field(ge=1, le=REPLICAS_MAX)] | None = Field(
        default=None, description="So many replicas in a period; or write `share`."
    )
    share: Annotated[Share, Field(gt=0.0)] | None = Field(
        default=None, description="Such a share of the replicas in a period, rounded up, in whole percent; or write `replicas`."
    )
    per: PositiveDuration = Field(description="How long the period is.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.replicas is None) == (self.share is None):
            message = "a policy of rate says one of replicas and share; write for example {example}"
            raise PydanticCustomError("rate_policy", message, {"example": "{replicas: 4, per: 15s}"})
        if self.share is not None and abs(self.share * HUNDRED - round(self.share * HUNDRED)) > ROUNDING:
            raise PydanticCustomError("rate_policy", "a share is in whole percent; write for example 10%", {"at": "share"})
        return self

    @property
    def words(self) -> tuple[int, int, int]:
        """The policy as the rules read it."""
        if self.share is not None:
            return 1, round(self.share * HUNDRED), self.per
        return 0, self.replicas or 0, self.per


Target = Annotated[
    float,
    Shapes(
        (Annotated[Share, Field(gt=0.0)], Annotated[Number, Field(gt=0.0, le=COUNT_MAX)]),
        lambda one: int(not isinstance(one, str)),
    ),
]
"""A share, or a number."""
Rates = Annotated[tuple[RatePolicy, ...], Field(min_length=1, max_length=POLICIES_MAX)]
FASTEST_UP: Any = ({"share": 1.0, "per": "15s"}, {"replicas": 4, "per": "15s"})
FASTEST_DOWN: Any = ({"share": 1.0, "per": "15s"},)
Select = Literal["max", "min", "none"]


class Hpa(Autoscaler):
    """As many replicas as the metric says: ceil(replicas x metric / target), stabilised, and at a rate.

    Source: Kubernetes HorizontalPodAutoscaler (autoscaling/v2), with its defaults; KEDA for a lag.
    """

    kind: Literal["hpa"] = Field(default="hpa", description="Always 'hpa'; the default.")
    metric: Literal["utilisation", "queue", "lag"] = Field(
        description="What is measured: the 'utilisation' of workers since the last sync, the 'queue' of requests that wait at "
        "its replicas, or the 'lag' of a subscription: its messages that nobody is done with."
    )
    of: Name | None = Field(default=None, description="The subscription whose lag it is. With metric: lag.")
    target: Target = Field(
        description="What the metric should be: a share of the workers, such as 70%, or so many requests or messages."
    )
    target_of: Literal["replica", "all"] = Field(
        default="replica", description="Of what that is the target: of each 'replica' on average, or of 'all' together."
    )
    tolerance: Share = Field(
        default=0.1, description="How far the metric may be from the target, as a share, before anything is done."
    )
    up_stabilisation: Duration = Field(
        default=0, description="More replicas only as were wanted at each sync of this window; 0s: at once."
    )
    down_stabilisation: Duration = Field(
        default=300_000_000_000, description="Fewer replicas only as were wanted at each sync of this window; 0s: at once."
    )
    up_policies: Rates = Field(
        default=FASTEST_UP, validate_default=True, description="How fast replicas may come. Default: 100% or 4 in 15s."
    )
    down_policies: Rates = Field(
        default=FASTEST_DOWN, validate_default=True, description="How fast they may go. Default: 100% in 15s."
    )
    up_select: Select = Field(
        default="max",
        description="Which of up_policies counts: that which allows most, 'max', or least, 'min'; 'none': never more.",
    )
    down_select: Select = Field(
        default="max", description="Which of down_policies counts, likewise; 'none': never fewer."
    )
    idle_consumers: bool = Field(
        default=False,
        description="Whether there may be more replicas than partitions for the lag of a topic, as KEDA's allowIdleConsumers.",
    )
    even_partitions: bool = Field(
        default=False,
        description="Whether only as many replicas are wanted as the partitions of the topic divide among evenly, as KEDA's "
        "ensureEvenDistributionOfPartitions.",
    )

    Settings: ClassVar[Any] = HpaSettings
    State: ClassVar[Any] = HpaState
    begin: ClassVar[Any] = staticmethod(begin)
    decide: ClassVar[Any] = staticmethod(decide)

    @model_validator(mode="after")
    def _of_what(self) -> Self:
        if self.metric == "utilisation":
            if self.target > 1.0 or abs(self.target * HUNDRED - round(self.target * HUNDRED)) > ROUNDING:
                self._refuse("target", "a utilisation is a share of the workers, in whole percent; write for example 70%")
            if self.target_of == "all":
                self._refuse("target_of", "a utilisation is that of each replica; leave it out")
        if self.metric == "lag" and self.of is None:
            self._refuse("metric", "a lag is that of a subscription; write which one: of")
        if self.metric != "lag" and self.of is not None:
            self._refuse("of", f"a {self.metric} is of no subscription; leave it out")
        return self

    @model_validator(mode="after")
    def _remembers(self) -> Self:
        if self.length > SYNCS_MAX:
            self._refuse("sync", f"stabilisation and policies reach back over more than {SYNCS_MAX} syncs; write a longer one")
        for key in ("idle_consumers", "even_partitions"):
            if getattr(self, key) and (self.metric != "lag" or self.target_of != "replica"):
                self._refuse(key, "it is about the lag of each replica; leave it out")
        return self

    def _refuse(self, at: str, message: str) -> None:
        raise PydanticCustomError("autoscale", "{what}", {"at": at, "what": message})

    @property
    def measured(self) -> int:
        """What is measured, as a code."""
        return MEASURES.index(self.metric)

    @property
    def length(self) -> int:
        """How many syncs it remembers."""
        periods = (one.per for one in (*self.up_policies, *self.down_policies))
        return max(self.up_stabilisation, self.down_stabilisation, *periods) // self.sync + 1

    @property
    def tail(self) -> int:
        """Two words for each of them."""
        return 2 * self.length

    @property
    def aimed_at(self) -> int:
        """The target as the rules read it: percent of workers, or thousandths."""
        return max(1, round(self.target * (HUNDRED if self.metric == "utilisation" else THOUSAND)))

    def parameters(self) -> tuple[int, ...]:
        """Return the row of the settings, and its tail."""
        selects = SELECTS.index(self.up_select), SELECTS.index(self.down_select)
        return (
            *(self.measured, self.aimed_at, int(self.target_of == "replica"), self.min, self.max),
            *(round(self.tolerance * THOUSAND), self.sync, self.up_stabilisation, self.down_stabilisation, *selects),
            *(len(self.up_policies), len(self.down_policies), self.length),
            *(word for one in (*self.up_policies, *self.down_policies) for word in one.words),
        )

    def row(self) -> Any:
        """Return the settings as its rules take them in plain Python."""
        words, fixed = self.parameters(), HpaSettings.SIZE
        found = HpaSettings.plain(*words[:fixed], 0)
        found.policies = list(words[fixed:])
        return found
