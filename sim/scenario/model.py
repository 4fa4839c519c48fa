"""The ground that every declared thing stands on: strict, frozen, with named types for names, counts and flags.

A misspelt key is an error, not a silent default; a declared thing never changes after it was checked, so it can be
shared, hashed and compared. ``defer_build`` leaves the building of the validators to the first use, when all kinds can
be found.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
DOTTED_NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
LABEL_CHARACTERS_MAX = 200
SHOWN_CHARACTERS_MAX = 60


class Model(BaseModel):
    """A declared thing: unknown keys are refused, values are frozen, fields are built at first use."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        defer_build=True,
        allow_inf_nan=False,
        use_attribute_docstrings=False,
    )


def _refuse_lax_integer(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticCustomError(
            "whole_number", "expected a whole number such as 3, got {value}", {"value": show(value)}
        )
    return value


def _refuse_lax_number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number", "expected a number such as 1.5, got {value}", {"value": show(value)})
    return value


def _refuse_lax_flag(value: object) -> object:
    if not isinstance(value, bool):
        raise PydanticCustomError("flag", "expected true or false, got {value}", {"value": show(value)})
    return value


def _check_label(value: str) -> str:
    if len(value) > LABEL_CHARACTERS_MAX:
        raise PydanticCustomError(
            "label",
            "the text has {n} characters; at most {limit} fit",
            {"n": len(value), "limit": LABEL_CHARACTERS_MAX},
        )
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"} for character in value):
        raise PydanticCustomError("label", "the text holds control or direction characters; remove them")
    if unicodedata.normalize("NFC", value) != value:
        raise PydanticCustomError(
            "label", "the text is not in Unicode form NFC; type the accented letters as one character"
        )
    return value


def show(value: object) -> str:
    """Write a refused value for a message, cut to a readable length."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = repr(value)
    return text if len(text) <= SHOWN_CHARACTERS_MAX else text[: SHOWN_CHARACTERS_MAX - 4] + "...'"


def described(noun: str, pattern: str, *examples: str) -> WithJsonSchema:
    """Return the schema of a text: what it is called, how it looks, and examples, which editors and ``explain`` show."""
    return WithJsonSchema({"$comment": noun, "type": "string", "pattern": pattern, "examples": list(examples)})


def told(meanings: Mapping[str, str]) -> WithJsonSchema:
    """Return the schema of one of several words, each with what it means."""
    return WithJsonSchema({"oneOf": [{"const": word, "description": meaning} for word, meaning in meanings.items()]})


Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN), described("name", NAME_PATTERN, "payment")]
"""Name of a service, operation, flow, consumer group, fault or broker: letters, digits, ``_``, ``-``; no dot."""

DottedName = Annotated[
    str, StringConstraints(pattern=DOTTED_NAME_PATTERN), described("name", DOTTED_NAME_PATTERN, "order.placed")
]
"""Name of a topic or a scenario: as ``Name``, and dots."""

Label = Annotated[str, AfterValidator(_check_label)]
"""Free text shown to people: one line, at most 200 characters."""

Integer = Annotated[int, BeforeValidator(_refuse_lax_integer)]
"""A whole number, written as one: ``3.0``, ``"3"`` and ``true`` are refused."""

Number = Annotated[float, BeforeValidator(_refuse_lax_number), Field(allow_inf_nan=False)]
"""A finite number: texts and ``true`` are refused."""

Flag = Annotated[bool, BeforeValidator(_refuse_lax_flag)]
"""``true`` or ``false``, nothing else."""

ZERO_DELAY: Any = "0s"
"""Default of a delay: validated like a value of a file, so that it becomes a distribution."""
