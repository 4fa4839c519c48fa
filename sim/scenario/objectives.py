"""What must hold: a metric of a subject, compared with a limit.

    "checkout.latency.p99 < 300ms"
     subject  metric     op limit     subject: a flow, service, topic or subscription; none: the whole run
                                      limit:   a duration, a rate, a percentage or a number

The text is parsed strictly: a text that is almost right is refused with the remedy, never half understood. Whether the
metric exists, and measures what the limit's unit says, is checked against the metrics' own list
(``sim.scenario.checks``).
"""

import re
from functools import cache
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from sim.scenario.guards import slots
from sim.scenario.model import Model, show
from sim.scenario.units import format_duration, format_rate, parse_duration, parse_rate, parse_share

Operator = Literal["<", "<=", ">", ">="]
Unit = Literal["duration", "rate", "share", "number"]

OBJECTIVE_CHARACTERS_MAX = 300
_OBJECTIVE = re.compile(r"\s*(?P<name>[^\s<>=!]+)\s*(?P<op>[<>=!]+)\s*(?P<limit>[^\s<>=!]+)\s*")
_NAME = (
    r"(?:(?P<subject>[A-Za-z0-9][A-Za-z0-9._-]*?)\.)?"
    r"(?P<metric>(?!(?:p\d{1,2}|mean|max)(?:\.|$))(?!(?<=_by\.)(?:GUARDS)$)[A-Za-z][A-Za-z0-9_]*)"
    r"(?P<detail>\.(?:p\d{1,2}(?:\.\d{1,3})?|mean|max)|(?<=_by)\.(?:GUARDS))?"
)
"""What a metric is of, the metric, and a quantile; of one that ends in ``_by`` the key of guards: ``refused_by.breaker``."""
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?")
_REMEDY = "write for example 'checkout.latency.p99 < 300ms'"


class Objective(Model):
    """A threshold on a metric of one subject of the scenario."""

    model_config = ConfigDict(defer_build=False)

    subject: str = Field(description="Name of the flow, service, topic or subscription judged; '' is the whole run.")
    metric: str = Field(description="The metric, with its quantile or guard where it has one: 'latency.p99'.")
    op: Operator = Field(description="How the metric must compare with the limit.")
    limit: float = Field(
        description="The limit: nanoseconds of a duration, per second of a rate, else the number itself."
    )
    unit: Unit = Field(description="What the limit measures.")

    def __str__(self) -> str:
        """Return the objective as it is written in a scenario."""
        name = f"{self.subject}.{self.metric}" if self.subject else self.metric
        return f"{name} {self.op} {format_limit(self.limit, self.unit)}"


def parse_objective(value: object) -> Objective:
    """Return the objective that a text states.

    Raises ``PydanticCustomError`` (a ``ValueError``) with the remedy when the text is not ``subject.metric op limit``.
    """
    if isinstance(value, Objective):
        return value
    if not isinstance(value, str):
        raise _refuse(f"an objective is a text, got {show(value)}")
    match = _OBJECTIVE.fullmatch(value)
    if match is None or len(value) > OBJECTIVE_CHARACTERS_MAX:
        raise _refuse(f"{show(value)} is not an objective")
    if match["op"] not in {"<", "<=", ">", ">="}:
        raise _refuse(f"unknown comparison '{match['op']}'", "write one of: <, <=, >, >=")
    name = _pattern().fullmatch(match["name"])
    if name is None:
        raise _refuse(f"'{match['name']}' is not a metric")
    limit, unit = parse_limit(match["limit"])
    metric = name["metric"] + (name["detail"] or "")
    op = cast("Operator", match["op"])
    return Objective(subject=name["subject"] or "", metric=metric, op=op, limit=limit, unit=unit)


@cache
def _pattern() -> re.Pattern[str]:
    """How what is compared is written; the guards that there are, are known once their folder has been looked into."""
    return re.compile(_NAME.replace("GUARDS", "|".join(slots())))


def parse_limit(text: str) -> tuple[float, Unit]:
    """Return a limit as a number and what it measures; the unit written decides."""
    if _NUMBER.fullmatch(text):
        return float(text), "number"
    if text.endswith("%"):
        return parse_share(text), "share"
    if "/" in text:
        return parse_rate(text), "rate"
    return float(parse_duration(text)), "duration"


_QUANTILE = re.compile(r"p?0?[.,]?(\d{1,6})(?:th|%)?|p(\d{1,2})[_,-](\d{1,3})")
_WORDS_FOR = {
    **dict.fromkeys(("avg", "average"), "mean"),
    **dict.fromkeys(("median", "med"), "p50"),
    **dict.fromkeys(("maximum", "p100", "100", "worst", "highest"), "max"),
}
"""What other tools call it."""


def likely_detail(word: str) -> str:
    """Return the detail that a word of other tools means: ``p999`` is p99.9, ``avg`` is mean; '' when it is none.

    Those that are written right are returned as they are.
    """
    lower = word.lower()
    if re.fullmatch(r"p\d{1,2}(?:\.\d{1,3})?|mean|max", lower):
        return lower
    if lower in _WORDS_FOR:
        return _WORDS_FOR[lower]
    match = _QUANTILE.fullmatch(lower)
    if match is None:
        return ""
    whole, rest = (match[2], match[3]) if match[2] else (match[1][:2], match[1][2:5])
    return f"p{whole}.{rest}" if rest else f"p{whole}"


def format_limit(limit: float, unit: Unit) -> str:
    """Return the text of a limit, as it is written in an objective."""
    if unit == "duration":
        return format_duration(round(limit))
    if unit == "rate":
        return format_rate(limit)
    if unit == "share":
        return f"{float(f'{limit * 100:.12g}'):g}%"
    return str(int(limit)) if limit == int(limit) else repr(limit)


def _refuse(what: str, remedy: str = _REMEDY) -> PydanticCustomError:
    return PydanticCustomError("objective", "{what}; {remedy}", {"what": what, "remedy": remedy})


def _as_text(value: Any) -> str:
    return str(value)


AnyObjective = Annotated[
    Objective,
    BeforeValidator(parse_objective),
    PlainSerializer(_as_text, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["checkout.latency.p99 < 300ms", "checkout.errors < 1%"]}),
]
"""An objective, written as text."""
