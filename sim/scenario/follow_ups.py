"""What the users of a flow ask for later: one follow-up, or the steps of a session, each after the answer of the one before.

    then: {operation: shop.status, every: 1s, until: order.charged}               one follow-up
    then: [{operation: shop.cart, after: 2s}, {operation: shop.pay, after: 5s, probability: 60%}]      a session

    request --answer--think--> cart --answer--60%--think--> pay --answer--> completed
               | failed                | failed  | 40%         | failed
               abandoned               abandoned left          abandoned
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.distributions import Distribution
from sim.scenario.model import DottedName, Integer, Model
from sim.scenario.problems import Location
from sim.scenario.shapes import Shapes
from sim.scenario.steps import OperationName
from sim.scenario.units import PositiveDuration, Share

FOLLOW_UPS_MAX = 1000


class FollowUp(Model):
    """What a user asks for after a good answer: so many times after a think time, or again and again until it knows.

    Example: {operation: shop.status, every: 1s, until: order.charged}
    """

    operation: OperationName = Field(
        description="The operation that the user asks; with the flow's timeout, retry, hop and guards. It only asks: "
        "nothing it leads to publishes, or has an effect."
    )
    after: Distribution | None = Field(
        default=None, description="Think time of the user, from one answer to the next request; a draw each time."
    )
    times: Annotated[Integer, Field(ge=1, le=FOLLOW_UPS_MAX)] | None = Field(
        default=None, description="How many requests follow each other, each after a think time of its own; default: one."
    )
    every: PositiveDuration | None = Field(
        default=None, description="In place of after and times: how long after one answer the user asks again."
    )
    until: DottedName | None = Field(
        default=None,
        description="What the user waits for: an effect, which an answer reports once it is done; or a projection, of which a "
        "read on behalf of the answer found what the user's request had published. Until then it asks every so often, or until "
        "the flow's deadline.",
    )

    @property
    def asks(self) -> int:
        """How many requests follow each other; of who asks until it knows, one."""
        return self.times or 1

    @property
    def pause_ns(self) -> float:
        """Return how long the user waits before each request, in the mean."""
        return self.after.mean_ns if self.after is not None else float(self.every or 0)

    @property
    def abandons(self) -> bool:
        """Whether a failure ends what the user does: not of one follow-up, which is asked so many times all the same."""
        return False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.after is None) == (self.every is None):
            message = "write either 'after', a think time, or 'every' with 'until', to ask until it is so"
            raise PydanticCustomError("then", message)
        if (self.every is None) != (self.until is None):
            missing, given = ("until", "every") if self.until is None else ("every", "until")
            raise PydanticCustomError(
                "then", "'{given}' needs '{missing}'; add it", {"given": given, "missing": missing, "at": given}
            )
        if self.every is not None and self.times is not None:
            raise PydanticCustomError("then", "'times' goes with 'after'; who asks until it knows asks as often as it takes")
        return self


STEPS_MAX = 100


class SessionStep(FollowUp):
    """One step of a session: what a user asks for after the answer of the step before.

    Example: {operation: shop.pay, after: {kind: exponential, mean: 5s}, probability: 60%, timeout: 3s}
    """

    probability: Annotated[Share, Field(gt=0.0)] = Field(
        default=1.0,
        description="Share of the users who came so far that go on to this step; the others leave, which is no failure.",
    )
    timeout: PositiveDuration | None = Field(
        default=None, description="Longest wait for one attempt's answer; default: the flow's."
    )
    on_failure: Literal["abandon", "continue"] | None = Field(
        default=None,
        description="What a user does whose request failed, with all its retries: abandons the session, or goes on as after an "
        "answer. Default: abandon; of a step with until: continue.",
    )

    @property
    def abandons(self) -> bool:
        """Whether a failure ends the session."""
        return self.on_failure == "abandon" or (self.on_failure is None and self.until is None)


def _is_session(value: object) -> int:
    return int(isinstance(value, list | tuple))


Session = Annotated[tuple[SessionStep, ...], Field(min_length=1, max_length=STEPS_MAX)]
Then = Annotated[FollowUp | tuple[SessionStep, ...], Shapes((FollowUp, Session), _is_session)]


def reached(steps: Sequence[FollowUp]) -> Iterator[tuple[FollowUp, float]]:
    """Yield each step with the share of users who come to it, when nothing fails."""
    share = 1.0
    for step in steps:
        share *= step.probability if isinstance(step, SessionStep) else 1.0
        yield step, share


def located(flow: str, then: FollowUp | Sequence[FollowUp] | None) -> Iterator[tuple[Location, FollowUp]]:
    """Yield each step of what a flow's users ask for later, with its place in the file."""
    loc: Location = ("workload", flow, "then")
    if isinstance(then, FollowUp):
        yield loc, then
    else:
        yield from (((*loc, number), step) for number, step in enumerate(then or ()))


def step_name(flow: str, number: int, then: FollowUp | Sequence[FollowUp] | None) -> str:
    """Return what a follow-up is called: those of a session are numbered, from 1 on."""
    return f"{flow}.then" if isinstance(then, FollowUp) else f"{flow}.then.{number + 1}"
