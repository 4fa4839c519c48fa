"""What there is: services with their operations, and the network between them.

service payment
  replica 1..replicas
    queue (queue_max) -> worker 1..workers
      operation charge: steps
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.admission import AnyLimit, AnyShedding
from sim.scenario.distributions import Distribution
from sim.scenario.health import Health
from sim.scenario.kinds import AnyBalance, AnyContention, AnyDiscipline, AnyPool, Discipline
from sim.scenario.model import ZERO_DELAY, Integer, Model, Name
from sim.scenario.outliers import Outliers
from sim.scenario.pace import AnyCores
from sim.scenario.scaling import AnyAutoscaler
from sim.scenario.shapes import Shapes
from sim.scenario.steps import Steps
from sim.scenario.targets import REPLICAS_MAX, Labels
from sim.scenario.units import Bandwidth
from sim.scenario.waiting import QUEUE_MAX, Waiting, refuse_both

WORKERS_MAX = 100_000
_ROUND_ROBIN: Any = "round_robin"
_FIFO: Any = "fifo"


def _refuse_zero(value: object) -> object:
    if value == 0 and not isinstance(value, bool):
        raise PydanticCustomError("zero_capacity", "zero capacity: nothing would ever be served; write at least 1")
    return value


Capacity = Annotated[Integer, BeforeValidator(_refuse_zero)]
"""A whole number above zero of things that serve."""


ZONES_MAX = 100
Zones = Annotated[tuple[Name, ...], Field(min_length=1, max_length=ZONES_MAX)]
Placement = Annotated[
    Literal["spread"] | tuple[str, ...], Shapes((Literal["spread"], Zones), lambda value: int(not isinstance(value, str)))
]
"""``spread``: over all zones in turn; or the zones to go round."""


class NetworkSettings(Model):
    """The network between services."""

    hop: Distribution = Field(
        default=ZERO_DELAY,
        validate_default=True,
        description="One-way delay of a call's request, and of its answer, where the call gives none.",
    )
    between_zones: Distribution | None = Field(
        default=None,
        description="The same where the two replicas stand in different zones. Default: as `hop`.",
    )
    bandwidth: Bandwidth | None = Field(
        default=None,
        description="Bytes per second, each way, of each link from a service, or a flow, to a service, for calls that say "
        "their sizes. Default: no bound.",
    )


class Service(Model):
    """A service: replicas with workers, and what they do for each operation.

    Example: {replicas: 2, workers: 8, queue_max: 100, operations: {charge: [{work: 5ms}]}}
    """

    replicas: Annotated[Capacity, Field(ge=1, le=REPLICAS_MAX)] = Field(
        default=1, description="How many replicas serve; 1 to 1000."
    )
    workers: Annotated[Capacity, Field(ge=1, le=WORKERS_MAX)] = Field(
        default=1,
        description="How many requests a replica handles at once; a worker is held during calls too, unless holds_worker is "
        "false.",
    )
    holds_worker: bool = Field(
        default=True,
        description="Whether a handler holds its worker while it waits (thread per request), or gives it back until it can go "
        "on (event loop).",
    )
    resumed: Literal["in_turn", "first", "last"] = Field(
        default="in_turn",
        description="Who is next where handlers want their worker back: who has waited longest, 'in_turn'; those handlers, "
        "'first'; or new requests, so that they are 'last'. With holds_worker: false.",
    )
    cores: AnyCores | None = Field(
        default=None,
        description="The cores of a replica, one for each that is at work: a number, or {count: 2, sharing: processor}. "
        "Default: work needs none.",
    )
    contention: AnyContention | None = Field(
        default=None, description="How much longer work takes the more of it goes on at a replica. Default: no longer."
    )
    queue_max: Annotated[Integer, Field(ge=0, le=QUEUE_MAX)] | None = Field(
        default=None,
        description="How many requests may wait at a replica, those in service not counted; more are rejected. "
        "0: none may wait. Default: no bound.",
    )
    balance: AnyBalance = Field(
        default=_ROUND_ROBIN, validate_default=True, description="How callers choose one of the replicas."
    )
    health: Health | None = Field(
        default=None,
        description="Health checks, which take replicas out of the callers' lists. "
        "Default: callers hear of a crash as it says itself.",
    )
    outliers: Outliers | None = Field(
        default=None, description="When callers eject replicas that fail. Default: they never do."
    )
    autoscale: AnyAutoscaler | None = Field(
        default=None,
        description="How many replicas there are from time to time; `replicas` as the run begins. Default: always those.",
    )
    discipline: AnyDiscipline = Field(
        default=_FIFO, validate_default=True, description="Who of those that wait at a replica is next."
    )
    queue: Waiting | None = Field(
        default=None,
        description="Who waits at a replica, in place of queue_max and discipline: how many, in which order, for how long.",
    )
    limit: AnyLimit | None = Field(
        default=None,
        description="How many requests may be in flight at a replica, waiting or at work: more are refused as 'limit'. "
        "Default: any number.",
    )
    shed: AnyShedding | None = Field(
        default=None,
        description="Which requests are refused, as 'shed', while a replica is not full yet. Default: none.",
    )
    zones: Placement | None = Field(
        default=None,
        description="In which zones its replicas stand: 'spread' over those of the scenario, one after the other, or a list "
        "to go round. Default: in none.",
    )
    labels: Labels | None = Field(default=None, description="Words for the targets of faults, such as {tier: back}.")
    pools: dict[Name, AnyPool] = Field(
        default_factory=dict, description="Connection pools of each of its replicas, by name: calls name theirs. Default: none."
    )
    operations: dict[Name, Steps] = Field(min_length=1, description="The handlers by operation name: lists of steps.")

    @model_validator(mode="after")
    def _resumes_what_is_given_back(self) -> Self:
        if self.holds_worker and self.resumed != "in_turn":
            message = "workers are held to the end, and none is wanted back; write holds_worker: false, or leave this out"
            raise PydanticCustomError("resumed", message, {"at": "resumed"})
        if self.queue is not None and self.queue.preempt and (self.cores or self.contention or not self.holds_worker):
            message = "work that shares cores, slows itself down or gives its worker back is not preempted; leave preempt out"
            raise PydanticCustomError("preempt", message, {"at": "queue"})
        return self

    @model_validator(mode="after")
    def _begins_in_between(self) -> Self:
        scaler = self.autoscale
        if scaler is not None and not scaler.min <= self.replicas <= scaler.max:
            message = "replicas {there} is not from min {least} to max {most} of autoscale; write one in between"
            said = {"at": "replicas", "there": self.replicas, "least": scaler.min, "most": scaler.max}
            raise PydanticCustomError("autoscale", message, said)
        return self

    @model_validator(mode="after")
    def _queue_once(self) -> Self:
        refuse_both(self.queue, self.model_fields_set)
        return self

    @model_validator(mode="after")
    def _sheds_of_something(self) -> Self:
        if self.shed is None:
            return self
        if self.sheds_of == "limit" and self.limit is None:
            raise PydanticCustomError("shed", "there is no limit to shed of; write limit, or of: queue", {"at": "shed"})
        if self.sheds_of == "queue" and not self.waiting_max:
            message = "there is no share of a queue without a max of at least 1; write queue: {max: 100}, or a limit"
            raise PydanticCustomError("shed", message, {"at": "shed"})
        return self

    @property
    def sheds_of(self) -> str:
        """Return what `shed` takes its share of."""
        of: str | None = getattr(self.shed, "of", None)
        return of or ("queue" if self.limit is None else "limit")

    @property
    def places(self) -> int:
        """Return how many replicas there may be at once."""
        return self.replicas if self.autoscale is None else self.autoscale.max

    @property
    def waiting_max(self) -> int | None:
        """Return how many may wait at a replica, or None without a bound; however it is declared."""
        return self.queue_max if self.queue is None else self.queue.max

    @property
    def waiting_at_most(self) -> int | None:
        """Return how many wait at a replica at most, as its queue and its limit have it, or None without a bound."""
        if self.limit is None:
            return self.waiting_max
        beyond = max(0, self.limit.largest - (self.workers if self.holds_worker else 0))
        return beyond if self.waiting_max is None else min(beyond, self.waiting_max)

    @property
    def order(self) -> Discipline:
        """Return who of those that wait is next, however it is declared."""
        return self.discipline if self.queue is None else self.queue.discipline

    @property
    def room(self) -> Waiting | None:
        """Return what is declared of who waits, beyond a bound and a plain order; None: nothing is."""
        declared = self.queue or Waiting.model_construct(discipline=self.discipline)
        return None if declared.plain else declared
