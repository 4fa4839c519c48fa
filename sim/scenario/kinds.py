"""The five families of things that come in kinds, each kind in a file of its own.

    family         folder                        told apart by
    Distribution   sim/scenario/distributions/   kind: lognormal | gamma | …        shorthand "5ms" = constant
    Arrivals       sim/scenario/arrivals/        kind: poisson | ramp | …
    Retry          sim/policies/                 kind: fixed | exponential | …
    Balance        sim/policies/                 kind: round_robin | random         shorthand "random"
    Broker         sim/brokers/                  kind: log                          default log
    Fault          sim/faults/                   kind: slowdown | crash

This file holds the last four families' bases: what all kinds of a family have in common. A kind's file imports its
base from here; nothing here imports a kind, the folder is looked into when a scenario is first validated.
"""

from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar

from pydantic import Field
from pydantic_core import PydanticCustomError

from sim.faults.effects import Effect
from sim.registry import Kinds
from sim.scenario.model import Integer, Model, Name
from sim.scenario.units import Duration, PositiveDuration, format_duration

ATTEMPTS_MAX = 100
FACTOR_MAX = 100.0
REPLICAS_MAX = 1000


class Retry(Model, ABC):
    """What is done when an attempt fails: base of the retry kinds."""

    kind: str
    rule: ClassVar[Any]
    """The rule ``(tables, at, attempt, u) -> ns or -1`` that both engines call: a shared function of integers."""
    attempts_max: Annotated[Integer, Field(ge=1, le=ATTEMPTS_MAX)] = Field(
        description="Attempts in all, the first one included: 4 is one try and three retries; 1 to 100."
    )

    @abstractmethod
    def parameters(self) -> tuple[int, ...]:
        """Return the integers that the rule finds at ``tables[at:]``, `attempts_max` first."""


class Balance(Model):
    """How a caller chooses one of a service's replicas: base of the balancing kinds."""

    kind: str
    rule: ClassVar[Any]
    """The rule ``(turn, count, u) -> index`` that both engines call: a shared function of integers."""
    draws: ClassVar[bool]
    """Whether the rule looks at ``u``, so that a uniform number must be drawn."""


class Broker(Model):
    """What stands between publishers and consumers: base of the broker kinds."""

    kind: str


class Fault(Model, ABC):
    """A change of the environment over a window of time: base of the fault kinds."""

    kind: str
    target: Name = Field(description="Name of the service that the fault strikes.")
    replicas: Annotated[Integer, Field(ge=1, le=REPLICAS_MAX)] | None = Field(
        default=None,
        description="How many of the target's replicas are struck, the first ones; all of them by default.",
    )
    at: Duration = Field(description="When the fault begins, from the start of the run.")
    duration: PositiveDuration = Field(alias="for", description="How long the fault lasts.")

    @property
    def end(self) -> int:
        """When the fault ends, in nanoseconds from the start of the run."""
        return self.at + self.duration

    @abstractmethod
    def effects(self) -> tuple[Effect, ...]:
        """Return what the fault does to each replica it strikes."""


def check_base_below_cap(base: int, cap: int) -> None:
    """Refuse a retry whose longest wait is shorter than its first one."""
    if cap < base:
        raise PydanticCustomError(
            "cap",
            "cap {cap} is shorter than base {base}; write a cap of at least {base}",
            {"at": "cap", "cap": format_duration(cap), "base": format_duration(base)},
        )


def _by_kind(value: Any) -> dict[str, Any]:
    return {"kind": value}


AnyRetry = Annotated[Retry, Kinds("sim.policies", noun="retry policy")]
"""A retry policy of any kind in ``sim/policies``."""

AnyBalance = Annotated[Balance, Kinds("sim.policies", noun="balancing policy", shorthand=_by_kind)]
"""A balancing policy of any kind in ``sim/policies``; a text is its kind."""

AnyBroker = Annotated[Broker, Kinds("sim.brokers", noun="broker", default="log")]
"""A broker of any kind in ``sim/brokers``; ``log`` when no kind is given."""

AnyFault = Annotated[Fault, Kinds("sim.faults", noun="fault")]
"""A fault of any kind in ``sim/faults``."""
