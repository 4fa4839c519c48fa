"""What must hold of every trace that has ended: how often its effects were applied, one sum against another.

    "charged == booked + refunded"          "reserved <= 2 * packed"          "booked - cancelled >= 0"

    of a trace    charged 1, booked 1, refunded 0    ->   1 == 1 + 0    held
                  charged 1, booked 0, refunded 0    ->   1 == 0 + 0    broken: money was taken, and nothing booked

An effect that is idempotent counts once however often it is repeated. The text is parsed strictly: one that is almost right is
refused with the remedy. Whether the effects exist is checked against the steps (`sim.scenario.flow_invariants`).
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from sim.scenario.model import Model, show

Relation = Literal["==", "<=", ">="]

INVARIANT_CHARACTERS_MAX = 300
NUMBER_MAX = 1000
"""The largest number in an invariant, so that its sums stay far below 64 bits."""
_SIDES = re.compile(r"(?P<left>[^<>=!]+)(?P<relation>[<>=!]+)(?P<right>[^<>=!]+)")
_TERM = re.compile(r"(?:(?P<factor>[0-9]+)\s*\*\s*)?(?P<effect>[A-Za-z][A-Za-z0-9._-]*)|(?P<number>[0-9]+)")
_REMEDY = "write for example 'charged == booked + refunded'"


class Invariant(Model):
    """A linear relation between how often effects are applied in one trace."""

    model_config = ConfigDict(defer_build=False)

    text: str = Field(description="The invariant as it is written, with single spaces.")
    terms: tuple[tuple[str, int], ...] = Field(description="Effects with their factors, all brought to the left side.")
    constant: int = Field(description="What is added to them.")
    relation: Relation = Field(description="How the sum must compare with 0.")

    def __str__(self) -> str:
        """Return the invariant as it is written in a scenario."""
        return self.text

    def below_zero(self) -> tuple[dict[str, int], int, bool]:
        """Return factors of effects, and a constant, whose sum must be 0, or 0 or less where the last one is False."""
        sign = -1 if self.relation == ">=" else 1
        return {effect: sign * factor for effect, factor in self.terms}, sign * self.constant, self.relation == "=="


def parse_invariant(value: object) -> Invariant:
    """Return the invariant that a text states.

    Raises ``PydanticCustomError`` (a ``ValueError``) with the remedy when the text is no such relation.
    """
    if isinstance(value, Invariant):
        return value
    if not isinstance(value, str):
        raise _refuse(f"an invariant is a text, got {show(value)}")
    match = _SIDES.fullmatch(value)
    if match is None or len(value) > INVARIANT_CHARACTERS_MAX:
        raise _refuse(f"{show(value)} is not an invariant")
    if match["relation"] not in {"==", "<=", ">="}:
        raise _refuse(f"unknown comparison '{match['relation']}'", "write one of: ==, <=, >=")
    factors: dict[str, int] = {}
    constant = 0
    for side, sign in (("left", 1), ("right", -1)):
        for effect, factor in _terms(match[side], value):
            if effect:
                factors[effect] = factors.get(effect, 0) + sign * factor
            else:
                constant += sign * factor
    terms = tuple((effect, factor) for effect, factor in factors.items() if factor)
    if not terms:
        raise _refuse(f"{show(value)} says nothing of any effect")
    text = f"{_spaced(match['left'])} {match['relation']} {_spaced(match['right'])}"
    return Invariant(text=text, terms=terms, constant=constant, relation=cast("Relation", match["relation"]))


def _terms(side: str, whole: str) -> Iterator[tuple[str, int]]:
    """The terms of one side: an effect and its factor, or '' and a number. A minus has spaces, as names may hold one."""
    sign, wanted = 1, True
    for part in re.split(r"(\+|(?<=\s)-(?=\s))", side):
        text = part.strip()
        if not wanted:
            sign, wanted = (1 if text == "+" else -1), True
            continue
        match = _TERM.fullmatch(text)
        if match is None:
            raise _refuse(f"{show(text)} in {show(whole)} is no effect and no whole number")
        number = int(match["number"] or match["factor"] or 1)
        if number > NUMBER_MAX:
            raise _refuse(f"{number} in {show(whole)} is more than {NUMBER_MAX}")
        yield match["effect"] or "", sign * number
        wanted = False


def _spaced(side: str) -> str:
    return re.sub(r"\s*([+*])\s*", r" \1 ", " ".join(side.split()))


def _refuse(what: str, remedy: str = _REMEDY) -> PydanticCustomError:
    return PydanticCustomError("invariant", "{what}; {remedy}", {"what": what, "remedy": remedy})


def _as_text(value: Any) -> str:
    return str(value)


AnyInvariant = Annotated[
    Invariant,
    BeforeValidator(parse_invariant),
    PlainSerializer(_as_text, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["charged == booked + refunded", "reserved >= booked"]}),
]
"""An invariant, written as text."""
