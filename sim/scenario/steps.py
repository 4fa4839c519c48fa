"""What a handler does: its steps, one after another.

    - work: 5ms                          use the worker for a time
    - call: checkout.place               send, wait for the answer (policies: timeout, retry)
    - parallel: [{call: a.x}, [...]]     do several things at once, wait for all, for any or for a quorum
    - try: [...]                         do some steps; when one of them fails, go on with others
      catch: [...]
    - wait: 5ms                          wait for a time, which no slowdown changes
    - publish: order.placed              send a message to a topic or a queue
    - choose: [{weight: 1, steps: []}]   take one of several ways, at random by weight
    - fail: 10%                          end the handler with an error, sometimes
    - project: order_view                put the event of the message under way into a read model
    - read: order_view                   ask a read model, which may be behind
    - effect: order.charged              a business fact is true from now on
    - saga: order                        a business transaction over services: each step has its undo
    - transaction: {store: orders}       hold a connection of a store for some steps, then commit
      steps: [{write: order}]            rows are written, and there after the commit
    - lock: {name: row, key: flow}       wait for each other, and hold a lock for some steps
      steps: [{work: 5ms}]
    - outbox: order.placed               a row that is to be published is written with them
    - load: {stream: account}            replay the events of an aggregate
    - append: {stream: account}          append to them, unless another handler did in between
    - cache: prices                      ask a cache, and do some steps when it has not the key
      miss: [{call: origin.read}]

A step is told by its verb, the key above. In Python the verb's value comes first: ``Work("5ms")``,
``Call("checkout.place", timeout="1s")``, ``Fail("10%")``.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    Tag,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError, core_schema

from sim.registry import tag
from sim.scenario.around_calls import AnyUntil, Hedge, Quorum
from sim.scenario.cache_steps import Cached
from sim.scenario.distributions import Distribution
from sim.scenario.effect_steps import Effect
from sim.scenario.first_value import spread, with_first
from sim.scenario.guards import guarded, slots
from sim.scenario.kinds import AnyRetry
from sim.scenario.lock_steps import LockSettings
from sim.scenario.model import DottedName, Flag, Model, Name, Number, described
from sim.scenario.orders import Order, check_order
from sim.scenario.row_steps import Outbox, TransactionSettings, Write
from sim.scenario.saga_state import SagaStateSettings
from sim.scenario.stream_steps import Append, Load
from sim.scenario.units import PositiveDuration, Share, Size
from sim.scenario.view_steps import Project, Read

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

OPERATION_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}\.[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
WEIGHT_MAX = 1e9
BRANCHES_MAX = 1000
PARALLEL_MAX = 1000
STEPS_MAX = 1000
SAGA_STEPS_MAX = 60

OperationName = Annotated[
    str, StringConstraints(pattern=OPERATION_PATTERN), described("name", OPERATION_PATTERN, "payment.charge")
]
"""An operation of a service: ``service.operation``."""


class Work(Model):
    """Hold the worker for a service time."""

    work: Distribution = Field(description="Service time of this piece of work, without waiting.")

    def __init__(self, work: object = None, /, **fields: Any) -> None:
        """Build from the service time: ``Work("5ms")``, or any distribution."""
        super().__init__(**with_first("work", work, fields))


@guarded
class Call(Model):
    """Send a request to an operation of a service and wait for its answer, holding the worker.

    Example: {call: payment.charge, timeout: 500ms, retry: {kind: full_jitter, attempts_max: 3, base: 50ms, cap: 1s}}
    """

    call: OperationName = Field(description="The operation called, as service.operation.")
    timeout: PositiveDuration | None = Field(
        default=None,
        description="Longest wait for one attempt's answer; the callee's work goes on, unless `cancel` says otherwise. "
        "Default: wait for ever.",
    )
    retry: AnyRetry | None = Field(default=None, description="What follows a failed attempt; default: nothing.")
    cancel: Flag = Field(
        default=False,
        description="Whether a callee is told that nobody waits for it any more, and stops: by the timeout, and when the "
        "caller itself ends or is stopped. The cancellation travels a hop. Default: the callee works on.",
    )
    deadline: PositiveDuration | None = Field(
        default=None,
        description="When the whole call, its retries included, must have ended, from its begin on. It travels along to the "
        "callee and to what that calls; what begins too late is not begun. Default: the caller's, if that has one.",
    )
    hop: Distribution | None = Field(
        default=None, description="One-way network delay of this call; default: the scenario's network.hop."
    )
    size: Size | None = Field(default=None, description="How large the request is, for links with a bandwidth.")
    answer_size: Size | None = Field(default=None, description="How large the answer is, for links with a bandwidth.")
    optional: Flag = Field(
        default=False, description="Whether the handler goes on when the call fails; by default it fails too."
    )
    fallback: "Steps" = Field(
        default=(), description="What is done when the call has failed for good; then the handler goes on. Default: nothing."
    )
    hedge: Hedge | None = Field(
        default=None, description="When further attempts leave before the first is answered. Default: never."
    )
    pool: Name | None = Field(
        default=None, description="The pool of the calling service whose connection an attempt takes; default: it needs none."
    )

    order: Order | None = Field(
        default=None,
        description="In which order its policies are asked, outermost first: their keys, such as [retry, breaker, timeout, "
        "bulkhead], or resilience4j, dotnet or microprofile, as those have it. The call asks what stands before retry, once, "
        "and each attempt the others. Default: rate_limit, breaker, bulkhead, pool, timeout, each attempt asks all.",
    )

    @property
    def limit(self) -> int | None:
        """Return how long somebody waits for an attempt at most, in ns; None: for ever."""
        return min((one for one in (self.timeout, self.deadline) if one is not None), default=None)

    def __init__(self, call: object = None, /, **fields: Any) -> None:
        """Build from the operation and the policies: ``Call("a.b", timeout="1s")``."""
        super().__init__(**with_first("call", call, fields))

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        keys = [*slots(), "pool", "timeout"]
        has = [key for key in keys if getattr(self, key, None) is not None]
        check_order(self.order, has, self.retry, deadline=self.deadline is not None)
        return self


class Parallel(Model):
    """Do several things at once, and wait until each has ended, or until enough have ended well.

    Example: {parallel: [{call: fraud.score}, [{work: 3ms}, {call: stock.reserve}]], until: any}
    Source: structured concurrency: Java's StructuredTaskScope (JEP 505), Go's errgroup, Promise.all and Promise.any.
    """

    parallel: Annotated[tuple["Concurrent", ...], Field(min_length=1, max_length=PARALLEL_MAX)] = Field(
        description="What is done at once: calls, other steps, and lists of steps. All but a plain call are branches: at the "
        "same replica, beside the handler, without a worker. The step fails when one of them does that is not optional."
    )
    until: AnyUntil = Field(
        default="all",
        description="How many must end well: 'all', 'any', or a quorum such as {quorum: 2, deadline: 150ms}. "
        "The others are left: nobody waits for them, and their work is wasted.",
    )
    cancel: Flag = Field(
        default=False,
        description="Whether branches stop that are not needed any more, and call back what they have called where those calls "
        "say cancel. Default: they go on. A plain call says so itself.",
    )

    def __init__(self, /, *calls: object, **fields: Any) -> None:
        """Build from what is done at once: ``Parallel(Call("a.b"), [Work("5ms"), Call("c.d")])``."""
        super().__init__(**with_first("parallel", spread(calls), fields))

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.needed > len(self.parallel):
            message = "there are {count} in parallel; a quorum is at most that many"
            raise PydanticCustomError("quorum", message, {"at": "until", "count": len(self.parallel)})
        return self

    @model_serializer(mode="wrap")
    def _written(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What came later, and is not said: a scenario without it is what it was before."""
        written: dict[str, Any] = write(self)
        if not self.cancel and written.get("cancel") is False:
            del written["cancel"]
        return written

    @property
    def needed(self) -> int:
        """How many must end well."""
        return self.until.quorum if isinstance(self.until, Quorum) else 1 if self.until == "any" else len(self.parallel)

    @property
    def calls(self) -> dict[int, Call]:
        """The plain calls, by their places."""
        return {number: one for number, one in enumerate(self.parallel) if isinstance(one, Call) and not one.fallback}

    @property
    def branches(self) -> dict[int, "tuple[Any, ...]"]:
        """The steps of all others, by their places."""
        others = ((number, one) for number, one in enumerate(self.parallel) if not isinstance(one, Call) or one.fallback)
        return {number: one if isinstance(one, tuple) else (one,) for number, one in others}


class Publish(Model):
    """Send a message to a topic or a queue."""

    publish: DottedName = Field(description="The topic, or the queue.")
    acks: Literal["leader", "none"] = Field(
        default="leader",
        description="Of a topic: whether the handler waits for the broker's acknowledgement, or for nothing.",
    )
    confirm: Flag = Field(
        default=True, description="Whether the handler waits until the broker has the message; of a topic false is acks: none."
    )
    key: Literal["flow", "trace"] = Field(
        default="flow",
        description="Of a topic: the key whose hash gives the partition. 'flow': the key that the flow's 'keys' gave the "
        "arrival, so that what has one key stays in order; 'trace': one of the arrival's own; the flow's keys play no part.",
    )

    size: Size | None = Field(
        default=None, description="Of a topic whose retention has `bytes`: how large the message is; default: nobody asks."
    )

    def __init__(self, publish: object = None, /, **fields: Any) -> None:
        """Build from the topic: ``Publish("order.placed")``."""
        super().__init__(**with_first("publish", publish, fields))


class Wait(Model):
    """Wait for a time, holding the worker; it is no work, so that no slowdown changes it."""

    wait: Distribution = Field(description="How long it waits.")

    def __init__(self, wait: object = None, /, **fields: Any) -> None:
        """Build from the time: ``Wait("5ms")``, or any distribution."""
        super().__init__(**with_first("wait", wait, fields))


class Try(Model):
    """Do some steps; when one of them fails, those after it are left out and others are done, then the handler goes on."""

    steps: "Steps" = Field(alias="try", description="What is done; a step that fails leads to 'catch'.")
    catch: "Steps" = Field(description="What is done when one failed; [] does nothing. What fails here fails the handler.")

    def __init__(self, steps: object = None, /, **fields: Any) -> None:
        """Build from the steps: ``Try([Call("a.b")], catch=[Effect("missed")])``."""
        super().__init__(**with_first("try", steps, fields))


class Fail(Model):
    """End the handler with outcome ``error``, with a probability."""

    fail: Share = Field(description="Probability that the handler ends here with an error.")

    def __init__(self, fail: object = None, /, **fields: Any) -> None:
        """Build from the probability: ``Fail("10%")`` or ``Fail(0.1)``."""
        super().__init__(**with_first("fail", fail, fields))


class Branch(Model):
    """One of the ways of a choice."""

    weight: Annotated[Number, Field(gt=0.0, le=WEIGHT_MAX)] = Field(
        description="How often this way is taken, relative to the other weights; above 0."
    )
    steps: "Steps" = Field(description="What is done on this way; [] does nothing.")

    def __init__(self, weight: object = None, steps: object = None, /, **fields: Any) -> None:
        """Build from weight and steps: ``Branch(9, [Fail("100%")])``."""
        super().__init__(**with_first("weight", weight, with_first("steps", steps, fields)))


class Choose(Model):
    """Take exactly one of several ways, at random by weight."""

    choose: Annotated[tuple[Branch, ...], Field(min_length=1, max_length=BRANCHES_MAX)] = Field(
        description="The ways; their weights need not add up to anything."
    )

    def __init__(self, /, *branches: object, **fields: Any) -> None:
        """Build from the ways: ``Choose(Branch(1, []), Branch(9, [Work("1ms")]))``."""
        super().__init__(**with_first("choose", spread(branches), fields))

    @property
    def shares(self) -> tuple[float, ...]:
        """Probability of each way, in order."""
        total = sum(branch.weight for branch in self.choose)
        return tuple(branch.weight / total for branch in self.choose)


class SagaStep(Model):
    """One step of a saga, and what undoes it."""

    do: Call = Field(description="The call that does it; by its own timeout and retries.")
    undo: Call | None = Field(
        default=None, description="The call that undoes it. Default: what is done cannot be undone, as after a pivot."
    )
    pivot: Flag = Field(
        default=False, description="Whether the saga only goes forward once this step is done; it is undone no more."
    )

    @model_validator(mode="after")
    def _no_choice(self) -> Self:
        for key, call in (("do", self.do), ("undo", self.undo)):
            for what in ("optional", "fallback", "hedge") if call is not None else ():
                if getattr(call, what):
                    message = "a step of a saga is done or undone, so that '{key}' has no '{what}'; remove it"
                    raise PydanticCustomError("saga_optional", message, {"key": key, "what": what})
        return self


class Saga(Model):
    """Do a business transaction over services step by step; when a step fails, undo those that are done, the last first.

    Example: {saga: order, steps: [{do: {call: stock.reserve}, undo: {call: stock.release}}, {do: {call: payment.charge}}]}
    Source: H. Garcia-Molina, K. Salem, "Sagas", SIGMOD 1987.
    """

    saga: Name = Field(description="Name of the saga, that of its figures; there is no other of the name.")
    by: Literal["orchestrator", "events", "two_phase"] = Field(
        default="orchestrator",
        description="Who leads it: an orchestrator, which calls each step and keeps how far it has come; or nobody, as by "
        "events each service tells the next; two_phase has a coordinator that lets all prepare and then commit, behind locks.",
    )
    answer: Literal["when_started", "when_done"] = Field(
        default="when_done",
        description="When the handler goes on: when the saga has begun, or when it has ended; then it fails unless completed.",
    )
    steps: Annotated[tuple[SagaStep, ...], Field(min_length=1, max_length=SAGA_STEPS_MAX)] = Field(
        description="What is done, in this order, and what undoes it."
    )
    state: SagaStateSettings | None = Field(
        default=None, description="Where how far it has come is kept. Default: it is kept as well, in no time."
    )
    undo_retry: AnyRetry | None = Field(
        default=None,
        description="What follows a failed undo without a retry of its own, and by two_phase a failed commit; the last one in "
        "vain parks the saga.",
    )
    deadline: PositiveDuration | None = Field(
        default=None, description="From when on it goes no further forward: then it is undone, or parked where it cannot be."
    )

    def __init__(self, saga: object = None, /, **fields: Any) -> None:
        """Build from the name and the steps: ``Saga("order", steps=[{"do": {"call": "a.b"}}])``."""
        super().__init__(**with_first("saga", saga, fields))

    @property
    def calls(self) -> tuple[Call, ...]:
        """All its calls: of each step what does it, then what undoes it."""
        return tuple(call for step in self.steps for call in (step.do, self.undo_of(step)) if call is not None)

    def undo_of(self, step: SagaStep) -> Call | None:
        """The call that undoes a step, with the retries that it has; None where nothing does."""
        undo = None if self.by == "two_phase" else step.undo
        return undo if undo is None or undo.retry is not None else undo.model_copy(update={"retry": self.undo_retry})


class Transaction(Model):
    """Do some steps while a connection of a store is held, then commit; when one of them fails, all is rolled back."""

    transaction: TransactionSettings = Field(description="The store, and how long to wait for one of its connections.")
    steps: "Steps" = Field(description="What is done before the commit; a step that fails rolls it all back.")

    def __init__(self, transaction: object = None, steps: object = None, /, **fields: Any) -> None:
        """Build from settings and steps: ``Transaction({"store": "orders"}, [Write("order")])``."""
        super().__init__(**with_first("transaction", transaction, with_first("steps", steps, fields)))


class Lock(Model):
    """Do some steps while a lock of the service is held; who finds it taken waits, first come, first served."""

    lock: LockSettings = Field(description="Which lock, and how long to wait for it.")
    steps: "Steps" = Field(description="What is done while it is held; it is let go of however they end.")

    def __init__(self, lock: object = None, steps: object = None, /, **fields: Any) -> None:
        """Build from settings and steps: ``Lock({"name": "row"}, [Work("5ms")])``."""
        super().__init__(**with_first("lock", lock, with_first("steps", steps, fields)))


VERBS: dict[str, type[Model]] = {
    "work": Work,
    "call": Call,
    "parallel": Parallel,
    "try": Try,
    "wait": Wait,
    "publish": Publish,
    "choose": Choose,
    "fail": Fail,
    "effect": Effect,
    "saga": Saga,
    "transaction": Transaction,
    "lock": Lock,
    "write": Write,
    "outbox": Outbox,
    "load": Load,
    "append": Append,
    "project": Project,
    "read": Read,
    "cache": Cached,
}


class _Verbs:
    """Metadata of a step: the key that is a verb says which step a mapping is."""

    def __get_pydantic_core_schema__(self, _source: Any, handler: "GetCoreSchemaHandler") -> core_schema.CoreSchema:
        union = core_schema.tagged_union_schema(
            choices={tag(verb): handler.generate_schema(cls) for verb, cls in VERBS.items()},
            discriminator=_branch_of,
        )
        return core_schema.no_info_before_validator_function(_one_verb, union)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: "GetJsonSchemaHandler"
    ) -> "JsonSchemaValue":
        return {**handler(schema), "$comment": "step"}


def _one_verb(value: object) -> object:
    if isinstance(value, tuple(VERBS.values())):
        return value
    known = ", ".join(VERBS)
    if not isinstance(value, Mapping):
        raise PydanticCustomError("step", "a step is a mapping with one of the keys {known}", {"known": known})
    verbs = [verb for verb in VERBS if verb in value]
    if len(verbs) > 1:
        raise PydanticCustomError(
            "step_verbs",
            "a step does one thing, this one has {verbs}; write one step for each, with '- ' before it",
            {"verbs": " and ".join(verbs)},
        )
    if not verbs:
        raise PydanticCustomError(
            "step_unknown", "no known step; write one of: {known}", {"known": known, "choices": list(VERBS)}
        )
    return value


def _branch_of(value: Any) -> str:
    found = (verb for verb, cls in VERBS.items() if (verb in value if isinstance(value, Mapping) else isinstance(value, cls)))
    return tag(next(found))


Step = Annotated[
    Work
    | Call
    | Parallel
    | Try
    | Wait
    | Publish
    | Choose
    | Fail
    | Effect
    | Saga
    | Transaction
    | Lock
    | Write
    | Outbox
    | Load
    | Append
    | Project
    | Read
    | Cached,
    _Verbs(),
]
"""Any step; a mapping is told by its verb."""

Steps = Annotated[tuple[Step, ...], Field(max_length=STEPS_MAX)]
"""What a handler does, in order."""

Concurrent = Annotated[
    Annotated[Step, Tag(tag("step"))] | Annotated[Steps, Field(min_length=1), Tag(tag("steps"))],
    Discriminator(lambda value: tag("steps" if isinstance(value, list | tuple) else "step")),
]
"""One of those that are done at once: a step, or a list of steps."""
Cached.model_rebuild(_types_namespace={"Steps": Steps})
