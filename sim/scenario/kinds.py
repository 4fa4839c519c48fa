"""The nine families of things that come in kinds, each kind in a file of its own.

    family         folder                        told apart by
    Distribution   sim/scenario/distributions/   kind: lognormal | gamma | …        shorthand "5ms" = constant
    Arrivals       sim/scenario/arrivals/        kind: poisson | ramp | …
    Retry          sim/policies/retries/         kind: fixed | exponential | …
    Balance        sim/policies/balancing/       kind: round_robin | random | …     shorthand "random"
    Discipline     sim/policies/disciplines/     kind: fifo | lifo | priority | …   shorthand "lifo"
    Contention     sim/policies/contention/      kind: linear | universal
    Guard          sim/policies/guards/          key: breaker | …                   kind: consecutive | …
    Broker         sim/brokers/                  kind: log | queue                  default log
    Change         sim/faults/                   kind: slowdown | crash | …

This file holds the last seven families' bases: what all kinds of a family have in common. A kind's file imports its
base from here; nothing here imports a kind, the folder is looked into when a scenario is first validated.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from sim.faults.effects import Effect
from sim.registry import Kinds
from sim.scenario.model import Integer, Model
from sim.scenario.random_times import RandomTimes
from sim.scenario.targets import OF_REPLICAS, AnyTarget, Replicas, Target
from sim.scenario.units import Duration, PositiveDuration
from sim.shared import shared

if TYPE_CHECKING:
    from sim.scenario.chance import Chance
    from sim.scenario.picking import OperationFault

ATTEMPTS_MAX = 100
FACTOR_MAX = 100.0
NEVER = 1 << 62
"""Ns after any run."""


GO = 0
REFUSE = -1
HOLD = -2
"""What a guard says to an attempt that wants to leave: go; no; wait until a place is free. Above 0: wait so many ns."""

NO_WAIT_MAX = -1
"""In place of the longest wait: there is none."""


START = 0
WAIT = 1
REJECT = 2
"""What a discipline says to a request that reaches a replica."""

FIRST = 0
LAST = 1
"""Which of those that wait is next: the one that came first, or last."""


FAILURES = ("error", "rejected", "timeout", "crashed", "unavailable", "dependency",
    "cancelled", "expired", "dropped", "evicted", "limit", "shed",
)  # fmt: skip
"""How an attempt may fail: the names of outcomes (`sim.record.outcomes`), in the order of their codes."""


def _known_failure(word: str) -> str:
    if word not in FAILURES:
        message = "unknown outcome {word}; write one of: {known}"
        context = {"word": word, "known": ", ".join(FAILURES), "choices": list(FAILURES)}
        raise PydanticCustomError("outcome_unknown", message, context)
    return word


class Ruled(Model):
    """A policy with rules: settings that its rules read as a row, in both engines."""

    kind: str
    Settings: ClassVar[Any]
    """The row of its settings: a `sim.rows.Row` whose fields are fields or properties of the model, integers."""

    def parameters(self) -> tuple[int, ...]:
        """Return the row of the settings, word by word."""
        return tuple(int(getattr(self, name)) for name in self.Settings.fields)

    def row(self) -> Any:
        """Return the settings as its rules take them in plain Python."""
        return self.Settings.plain(*self.parameters())


Failure = Annotated[str, AfterValidator(_known_failure), WithJsonSchema({"type": "string", "enum": list(FAILURES)})]
Failures = Annotated[tuple[Failure, ...], Field(min_length=1)]
"""Some of the ways in which an attempt may fail."""


@shared
def nothing_lapses(_settings: int, _state: int, _now: int) -> None:
    """Nothing to take back when a retry that waited is not made."""


class Budget(Ruled):
    """How many retries the callers of an edge may make, beside what each call may: base of the kinds of retry budgets.

    It is declared in a retry: ``budget: {kind: token_bucket, tokens_max: 10}``. Each replica of the caller has a state of its
    own for each edge, which is lost when it crashes, unless the budget is ``shared``; a client has one. A state begins with
    zeros. A call whose retry is refused ends as its last attempt did.
    """

    State: ClassVar[Any]
    """The row of its state."""
    sent: ClassVar[Any]
    """The rule ``(settings, state, now, first)``: an attempt leaves, the first of its call or a retry that has waited."""
    spend: ClassVar[Any]
    """The rule ``(settings, state, now) -> GO or REFUSE``: an attempt failed and would be tried again; GO: it waits now."""
    ended: ClassVar[Any]
    """The rule ``(settings, state, now, first, good)``: an attempt ended at its caller."""
    lapsed: ClassVar[Any] = staticmethod(nothing_lapses)
    """The rule ``(settings, state, now)``: a retry that waited is not made, as its caller was stopped."""
    engaged: ClassVar[Any]
    """The rule ``(settings, state) -> bool``: whether it would refuse a retry now; recorded over time."""
    per_caller: ClassVar[bool] = True

    @property
    def tail(self) -> int:
        """Return how many words follow each of its states."""
        return 0


class Retry(Ruled):
    """What is done when an attempt fails: base of the retry kinds."""

    retry: ClassVar[Any]
    """The rule ``(settings, attempt, previous, u) -> ns or -1`` that both engines ask; a shared function.

    ``previous`` is how long this call waited before this attempt, in ns: 0 before the first one.
    """
    attempts_max: Annotated[Integer, Field(ge=1, le=ATTEMPTS_MAX)] = Field(
        description="Attempts in all, the first one included: 4 is one try and three retries; 1 to 100."
    )
    on: Failures = Field(
        default=FAILURES, description="Which failures are followed by a retry; default: all. The others end the call."
    )
    budget: Annotated[Budget, Kinds("sim.policies.budgets", noun="retry budget")] | None = Field(
        default=None, description="How many retries all calls of the edge may make together. Default: any number."
    )

    @property
    def of_calls(self) -> tuple[str, ...]:
        """The keys that say something which only calls have."""
        return (*(("on",) if tuple(self.on) != FAILURES else ()), *(("budget",) if self.budget is not None else ()))


@shared
def nothing_learnt(_settings: int, _state: int, _now: int, _sent_at: int) -> None:
    """An attempt is over, and that is all."""


class Guard(Ruled):
    """What decides at the caller whether an attempt may leave, and learns how it ended: base of the kinds of guards.

    A guard is declared at a call, or at a flow, under the key that is its ``slot``: ``breaker: {failures: 5}``. Guards are
    asked by ``place``, the smallest first, which is the outermost; when one refuses, those that had let the attempt go
    take that back (``withdraw``), or hear of it (``hears_refusals``). One may keep an attempt waiting (``longest_wait``): those
    further in are asked afterwards. Outside of the retry, by ``order``, what is said here of an attempt is said of the call.
    ``per_caller``: whether each replica of the caller has a state of its own, which is lost when the replica crashes, or all
    callers of the edge share one. A state begins with zeros.
    """

    slot: ClassVar[str]
    place: ClassVar[int]
    per_caller: ClassVar[bool]
    by_default: ClassVar[bool] = False
    """Whether it is meant where the key is given without a kind; of a key that has one kind only, that one is."""
    named: ClassVar[bool] = False
    """Whether it is declared under ``<slot>s`` of the calling service, and a call writes its name: its calls share it."""
    draws: ClassVar[bool] = False
    """Whether `admit` looks at ``u``, so that a uniform number must be drawn."""
    State: ClassVar[Any]
    """The row of its state."""
    admit: ClassVar[Any]
    """The rule ``(settings, state, now, u) -> GO, REFUSE, HOLD, or ns to wait``; who waits so long has what it waits for."""
    withdraw: ClassVar[Any]
    """The rule ``(settings, state, sent_at)``: an attempt that it let go at ``sent_at`` did not leave. A guard further in
    refused it; at the same time, or later if it had to wait there."""
    settle: ClassVar[Any]
    """The rule ``(settings, state, now, sent_at, good)``: an attempt that left has ended."""
    ignored: ClassVar[Any] = staticmethod(nothing_learnt)
    """The rule ``(settings, state, now, sent_at)``: an attempt that left has ended as one of `outcomes_ignored`."""
    engaged: ClassVar[Any]
    """The rule ``(settings, state) -> bool``: whether it keeps calls back now; recorded over time."""
    left: ClassVar[Any] = None
    """The rule ``(settings, state, now, sent_at)``: the caller needs no answer any more; None: as if it had ended well."""
    tick: ClassVar[Any] = None
    """The rule ``(settings, state, now)``: a period of its own is over; None: it has none."""
    admit_next: ClassVar[Any] = None
    """The rule ``(settings, state) -> bool``: whether the first of those that it holds may go now; None: it holds nobody."""
    leave: ClassVar[Any] = None
    """The rule ``(settings, state)``: one that it holds waits no longer, and does not go; None: it holds nobody."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Refuse a kind that lacks what engines ask for: found at once, and not in the first run that uses it."""
        if cls.model_fields["kind"].is_required():
            return  # what several kinds share
        lacks = [name for name in Guard.__annotations__ if name != "kind" and not hasattr(cls, name)]
        settings = getattr(getattr(cls, "Settings", None), "fields", {})
        unknown = [name for name in settings if name not in cls.model_fields and not hasattr(cls, name)]
        if lacks or unknown:
            said = [f"has no {', '.join(lacks)}"] if lacks else []
            said += [f"has no field or property {', '.join(unknown)}, which its Settings name"] if unknown else []
            message = f"the guard {cls.__name__} {' and '.join(said)}; see sim.scenario.kinds.Guard"
            raise TypeError(message)

    @property
    def ticks_every(self) -> int:
        """Return how long the period of a guard with ``tick`` is, in ns from the start of the run on."""
        return 0

    @property
    def longest_wait(self) -> int:
        """Return how long an attempt may wait at the guard, in ns: 0 where it never does, `NO_WAIT_MAX` without a limit."""
        return 0

    @property
    def tail(self) -> int:
        """Return how many words follow each of its states, where the row of the state ends with a tail."""
        return 0

    @property
    def failures_seen(self) -> Sequence[str]:
        """Return the outcomes that it learns to be failures; the others ended well."""
        return FAILURES

    @property
    def outcomes_ignored(self) -> Sequence[str]:
        """Return the outcomes that it learns nothing from, but that they are over."""
        return ()

    @property
    def hears_refusals(self) -> bool:
        """Return whether it learns how an attempt ended that a guard further in refused, or kept waiting to its end."""
        return False

    @classmethod
    def meant(cls, written: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what is meant by what is written under its key, kind and defaults included; asked of the default kind."""
        return written


class Balance(Model):
    """How a caller chooses one of a service's replicas: base of the balancing kinds.

    A kind that chooses without looking has ``choose``, one that looks at what the caller knows of the replicas has ``pick``. Of
    one that has both, the second is asked where there is something to see: replicas that warm up, zones, ejected ones.
    """

    kind: str
    choose: ClassVar[Any] = None
    """The rule ``(turn, count, u) -> index`` that both engines ask: a shared function of integers; None: it looks."""
    draws: ClassVar[bool] = False
    """Whether that rule looks at ``u``, so that a uniform number must be drawn."""
    pick: ClassVar[Any] = None
    """The rule ``(settings, view, now, stream, key, occurrence, hash) -> place``: a shared function of rows
    (`sim.semantics.balancing`), asked where the list is not empty. Numbers of chance are those of ``stream`` for the trace's
    ``key`` and ``occurrence``; ``hash`` is where the key of the flow lies on the ring, of a kind ``by_key``."""
    by_key: ClassVar[bool] = False

    @property
    def sees(self) -> bool:
        """Return whether it must look at the replicas, by what is declared of it."""
        return self.choose is None


class Discipline(Model):
    """Who may wait at a replica, and who of those is next: base of the disciplines of queues."""

    kind: str
    by_priority: ClassVar[bool] = False
    """Whether those of one priority wait by themselves; `next` then says which of those of the highest one."""
    adapts: ClassVar[bool] = False
    """Whether `next` looks at ``crowded``."""
    accept: ClassVar[Any]
    """The rule ``(busy, workers, waiting, queue_max) -> START, WAIT or REJECT``; ``queue_max`` is -1 without a bound."""
    next: ClassVar[Any]
    """The rule ``(waiting, crowded) -> FIRST or LAST``, of so many that wait, at least one; see `sim.semantics.waiting`."""


class Contention(Model, ABC):
    """How much longer work takes while others are at work at the same replica: base of the kinds of contention."""

    kind: str

    @property
    @abstractmethod
    def parts(self) -> tuple[float, float]:
        """The serial part and the crosstalk: n at work take ``1 + serial (n - 1) + crosstalk n (n - 1)`` times as long."""


class Broker(Model):
    """What stands between publishers and consumers: base of the broker kinds.

    A kind's file has the class of its subscriptions too (`sim.scenario.subscriptions`).
    """

    kind: str
    delivery_timeout: PositiveDuration = Field(
        default=120_000_000_000,
        description="How long a publisher tries while the broker is down, before its publish fails.",
    )
    holds: ClassVar[str] = "topics"
    """The key of what messages are published to: ``topics``, ``queues``."""
    noun: ClassVar[str] = "topic"
    """What one of those is called."""
    shared: ClassVar[bool] = False
    """Whether each message goes to one reader, so that there can be one subscription only."""
    confirmations: ClassVar[tuple[str, ...]] = ("acks", "confirm")
    """The keys of a publish that say whether the handler waits until the broker has the message, the usual one first."""

    @property
    def channels(self) -> Mapping[str, Any]:
        """What messages are published to, by name."""
        found: Mapping[str, Any] = getattr(self, self.holds, {})
        return found

    def confirms(self, publish: Any) -> bool:  # noqa: ARG002 - a kind's own looks at it
        """Return whether a handler that publishes here waits until the broker has the message."""
        return True

    def refuses(self, channel: str) -> bool:  # noqa: ARG002 - the same
        """Return whether a channel may be so full that it does not take what is published to it."""
        return False

    def looks_at_keys(self, channel: str) -> bool:  # noqa: ARG002 - the same
        """Return whether it matters to a channel which key a message has."""
        return False

    def at_once_max(self, channel: str) -> int | None:  # noqa: ARG002 - the same
        """Return how many messages of a channel one subscription can handle at once at most; None: any number."""
        return None

    def handled_within(self, channel: str) -> int | None:  # noqa: ARG002 - the same
        """Return how long a message may be in a consumer's hands before others get it too, in ns; None: any time."""
        return None

    def given_up_to(self, channel: str) -> str | None:  # noqa: ARG002 - the same
        """Return the channel that gets what was handed out in vain too often; None: it is dropped."""
        return None

    def handed_out_again(self, reader: Any) -> Retry | None:  # noqa: ARG002 - the same
        """Return how often, and after which rest of its consumer, a message is handed out again when its handler fails."""
        return None


class Change(Model, ABC):
    """A change of the environment over a window of time: base of all that stands under ``faults``."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["at", "for"]}, {"required": ["random"]}]})

    kind: str
    strikes: ClassVar[tuple[str, ...]]
    """What it can strike, as keys of a target; a bare name is one of the first."""
    at_key: ClassVar[str] = "target"
    """The key that says what it strikes."""
    replaces: ClassVar[bool] = False
    """Whether it replaces replicas by others (a deploy)."""
    together: ClassVar[bool] = False
    """Whether all that it strikes is struck at the same random times, in any case."""
    at: Duration = Field(
        default=0,
        description="When the fault begins, from the start of the run; with `random`, from when on it may.",
        examples=["30s"],
    )
    duration: PositiveDuration | None = Field(
        default=None,
        alias="for",
        description="How long the fault lasts; with `random`, for how long it may strike: by default to the end.",
        examples=["10s"],
    )
    random: RandomTimes | None = Field(default=None, description="Strikes again and again, at random times.")

    @model_validator(mode="after")
    def _has_times(self) -> Self:
        for key, name in (("at", "at"), ("for", "duration")):
            if self.random is None and name not in self.model_fields_set:
                message = "missing key '{key}'; write at and for, or random: {example}"
                example = "{mtbf: 5m, mttr: 10s}"
                raise PydanticCustomError("fault_times", message, {"key": key, "example": example})
        return self

    @property
    def end(self) -> int:
        """When the fault ends, in nanoseconds from the start of the run."""
        return NEVER if self.duration is None else self.at + self.duration

    def during(self, begin: int, end: int) -> Self:
        """Return the same fault with a window of its own."""
        times = {"at": begin, "duration": end - begin, "random": None}
        return self.model_copy(update=times)

    @property
    def once(self) -> Self:
        """Return the fault as it strikes once: itself, or for so long as it does on average."""
        return self if self.random is None else self.during(self.at, self.at + self.random.mttr)

    @property
    @abstractmethod
    def aim(self) -> str | Target:
        """What it strikes."""

    @property
    def picks(self) -> "OperationFault | None":
        """Return how it picks the handlers that it strikes; None: it strikes no handlers, or all there are."""
        return None

    def refuses(self, name: str, service: Any) -> tuple[str, str] | None:  # noqa: ARG002 - some kinds look at it
        """Return why a service cannot be struck: the key that it is about, and what is wrong and right; None: it can."""
        return None

    @property
    def by_chance(self) -> bool:
        """Return whether what it does to each thing is drawn, for each by itself."""
        return False

    @abstractmethod
    def effects(self) -> tuple[Effect, ...]:
        """Return what the fault does to each thing that it strikes; of one by chance, what it does on average."""

    def effects_by(self, chance: "Chance") -> tuple[Effect, ...]:  # noqa: ARG002 - one by chance looks at it
        """Return what a fault by chance does to one thing."""
        return self.effects()


class Fault(Change):
    """A change that strikes a target: base of the fault kinds."""

    strikes: ClassVar[tuple[str, ...]] = OF_REPLICAS
    target: AnyTarget = Field(
        description="What the fault strikes: a name, of a service where the kind says nothing else, or a mapping such as "
        "{zone: b}."
    )
    replicas: Replicas | None = Field(
        default=None,
        description="How many of the target's replicas are struck, of each service the first ones: a number, or a share "
        "such as 50%, rounded up; all of them by default. Of a relay, how many of its instances.",
    )

    @property
    def aim(self) -> str | Target:
        """The target."""
        return self.target


def _by_kind(value: Any) -> dict[str, Any]:
    return {"kind": value}


AnyRetry = Annotated[Retry, Kinds("sim.policies.retries", noun="retry policy")]
"""A retry policy of any kind in ``sim/policies/retries``."""


def _without_what_calls_have(retry: Retry) -> Retry:
    """Refuse what only an attempt of a call has: an outcome among several, and others of its edge."""
    for key in retry.of_calls:
        message = "{key} is a setting of the retries of a call; leave it out here"
        raise PydanticCustomError("retry_of_calls", message, {"at": key, "key": key})
    return retry


AnyRepeat = Annotated[AnyRetry, AfterValidator(_without_what_calls_have)]
"""A retry policy of what is no call: of a message that is handled again, or a write that conflicted."""

AnyBalance = Annotated[Balance, Kinds("sim.policies.balancing", noun="balancing policy", shorthand=_by_kind, short="random")]
"""A balancing policy of any kind in ``sim/policies/balancing``; a text is its kind."""

AnyDiscipline = Annotated[Discipline, Kinds("sim.policies.disciplines", noun="discipline", shorthand=_by_kind, short="lifo")]
"""A discipline of any kind in ``sim/policies/disciplines``; a text is its kind."""

AnyPool = Annotated[Guard, Kinds("sim.policies.guards", noun="pool", default="connections", slot="pool")]
"""A guard of any kind in ``sim/policies/guards`` that calls name as their pool; ``connections`` when no kind is given."""

AnyContention = Annotated[Contention, Kinds("sim.policies.contention", noun="kind of contention")]
"""Contention of any kind in ``sim/policies/contention``."""

AnyBroker = Annotated[Broker, Kinds("sim.brokers", noun="broker", default="log")]
"""A broker of any kind in ``sim/brokers``; ``log`` when no kind is given."""

AnyFault = Annotated[Change, Kinds("sim.faults", noun="fault")]
"""A fault of any kind in ``sim/faults``."""
