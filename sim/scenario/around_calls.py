"""What stands around calls: how many of those in parallel are waited for, and when further attempts of one leave.

    - parallel: [{call: stock.reserve}, {call: fraud.score}, {call: stock.audit}]
      until: {quorum: 2, deadline: 150ms}
    - call: recommend.list
      hedge: {after: p95, calls_max: 2, budget: 5%}
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from sim.scenario.model import Flag, Integer, Model, show
from sim.scenario.units import PositiveDuration, Share, format_duration, parse_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

CALLS_MAX = 100
QUORUM_MAX = 1000
PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d)?)")


class Quorum(Model):
    """So many of what is done at once must end well: calls be answered well, branches come to their ends."""

    quorum: Annotated[Integer, Field(ge=1, le=QUORUM_MAX)] = Field(
        description="As soon as so many are, the handler goes on; as soon as so many cannot be any more, the step fails."
    )
    deadline: PositiveDuration | None = Field(
        default=None, description="The step fails when they are not within so long. Default: it waits as long as its calls do."
    )


def _known_until(value: object) -> object:
    if isinstance(value, str) and value not in {"all", "any"}:
        message = "expected all, any, or a quorum such as {example}, got {value}"
        raise PydanticCustomError("until", message, {"value": show(value), "example": "{quorum: 2}"})
    return value


AnyUntil = Annotated[Literal["all", "any"] | Quorum, BeforeValidator(_known_until)]
"""How many of what is done in parallel are waited for."""


def enough(needed: int, shares: Sequence[float]) -> float:
    """Return the probability that so many end well, of things that end well independently, each with its own probability."""
    so_many = [1.0]
    for share in shares:
        one_more = [0.0, *(share * some for some in so_many)]
        so_many = [more + (1.0 - share) * some for more, some in zip(one_more, [*so_many, 0.0], strict=True)]
    return min(1.0, sum(so_many[needed:]))


def _parse_after(value: object) -> int:
    """A duration in ns; a percentile such as ``p95`` as how many of 1000, below 0."""
    if isinstance(value, str) and value.startswith("p"):
        found = PERCENTILE.fullmatch(value)
        mille = round(float(found[1]) * 10) if found else 0
        if mille == 0:
            message = "expected a duration such as 10ms, or a percentile from p0.1 to p99.9, got {value}"
            raise PydanticCustomError("hedge_after", message, {"value": show(value)})
        return -mille
    nanoseconds = parse_duration(value)
    if nanoseconds == 0:
        raise PydanticCustomError("hedge_after", "after zero both would leave at once; write a longer time, or parallel")
    return nanoseconds


def _format_after(value: int) -> str:
    return f"p{-value / 10:g}" if value < 0 else format_duration(value)


After = Annotated[
    int,
    BeforeValidator(_parse_after),
    PlainSerializer(_format_after, return_type=str),
    WithJsonSchema(
        {
            "$comment": "time or percentile",
            "type": "string",
            "pattern": r"^(([0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?(ns|us|µs|ms|s|m|h|d))+|p[0-9]{1,2}(\.[0-9])?)$",
            "examples": ["10ms", "p95"],
        }
    ),
]
"""A duration in ns, or a percentile: below 0, how many of 1000."""


class Hedge(Model):
    """Send a call again while its first attempt is not answered yet; the first good answer wins, the others are left.

    Example: {after: p95, calls_max: 2, budget: 5%}
    Source: J. Dean, L. Barroso, "The Tail at Scale", CACM 56 (2), 2013; gRPC A6, hedging; Polly v8: one more after 2 s.
    """

    after: After = Field(
        description="How long no answer came before the next attempt leaves: a duration, or a percentile of the calls so far, "
        "such as p95, which each replica of the caller estimates for itself."
    )
    calls_max: Annotated[Integer, Field(ge=2, le=CALLS_MAX)] = Field(
        default=2, description="How many attempts there may be at once, the first one too; 2 to 100."
    )
    budget: Annotated[Share, Field(gt=0.0)] | None = Field(
        default=None,
        description="Further attempts as a share of the calls of each replica of the caller so far; what was not used is kept "
        "for at most 10. Default: no bound.",
    )
    failed_next: Flag = Field(
        default=True, description="Whether a failed attempt lets the next one leave at once, as with gRPC."
    )
    elsewhere: Flag = Field(
        default=True, description="Whether a further attempt goes to a replica where none of the call is, if there is one."
    )

    @property
    def mille(self) -> int:
        """The percentile that is waited for, of 1000; 0: a fixed time."""
        return max(0, -self.after)

    def __init__(self, **fields: Any) -> None:
        """Build from the settings: ``Hedge(after="10ms")``."""
        super().__init__(**fields)
