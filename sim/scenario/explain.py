"""Turn pydantic's errors into problems: where in the data, what is wrong, what would be right.

{"type": "extra_forbidden", "loc": ("services", "payment", "replica")}
    -> services.payment.replica: unknown key 'replica'; did you mean 'replicas'?
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from sim.scenario.model import DOTTED_NAME_PATTERN, NAME_PATTERN, show
from sim.scenario.other_words import instead, value
from sim.scenario.problems import Location, Problem, did_you_mean, field_path, strange, strangeness, suggest
from sim.scenario.shape import description_at, keys_at, keys_of, kinds_at
from sim.scenario.steps import OPERATION_PATTERN, Call

PROBLEMS_MAX = 1000
"""So many errors are explained; nobody reads more, and a hostile file would have us explain for minutes."""

CALL = "call"
_SILENT = frozenset({"default_factory_not_called"})
_QUOTED = re.compile(r"'([^']*)'")
_PATTERNS = {
    NAME_PATTERN: "is not a name; use letters, digits, '_' and '-', at most 64, the first a letter or a digit",
    DOTTED_NAME_PATTERN: (
        "is not a name; use letters, digits, '.', '_' and '-', at most 64, the first a letter or a digit"
    ),
    OPERATION_PATTERN: "is not an operation; write service.operation",
}


def problems_of(error: ValidationError, model: type[BaseModel], data: object) -> list[Problem]:
    """Return the problems of a validation, without positions."""
    found: dict[tuple[Location, str], Problem] = {}
    for details in error.errors(include_url=False)[:PROBLEMS_MAX]:
        if details["type"] in _SILENT or _is_echo(dict(details)):
            continue
        loc, message, at_key = _explain(dict(details), model, data)
        mark = strange(details["input"]) if isinstance(details["input"], str) and details["type"] != "label" else ""
        if mark and "U+" not in message:
            message = f"{message.partition('; ')[0]}; {strangeness(details['input'])[1]}"
        problem = Problem(field=field_path(loc), message=message, loc=loc, at_key=at_key, mark=mark)
        found.setdefault((loc, message), problem)
    return list(found.values())


def _is_echo(details: dict[str, Any]) -> bool:
    """Return whether a list is called too short only because its entries were refused."""
    return details["type"] == "too_short" and len(details["input"]) >= int(details["ctx"]["min_length"])


def _explain(  # noqa: PLR0911 - one return for each kind of error that needs more than a sentence
    details: dict[str, Any], model: type[BaseModel], data: object
) -> tuple[Location, str, bool]:
    kind, raw, given = details["type"], tuple(details["loc"]), details["input"]
    context: Mapping[str, Any] = details.get("ctx", {})
    loc = _place(raw, data)
    if kind == "missing":
        return (*loc, str(raw[-1])), _explain_missing(model, raw), True
    if kind == "kind_missing":
        return (*loc, "kind"), details["msg"], True
    if kind == "kind_unknown":
        message = f"unknown {context['noun']} {show(context['word'])}; "
        loc = (*loc, "kind") if isinstance(given, Mapping) else loc
        return loc, message + _likely_or_all(context["word"], context["choices"]), False
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        return _explain_kind(loc, given, kinds_at(model, raw))
    if kind == "step_unknown":
        return _explain_step(loc, given, context["choices"])
    if kind == "extra_forbidden":
        keys = keys_at(model, raw[:-1])
        return (*loc, str(raw[-1])) if loc[-1:] != raw[-1:] else loc, _unknown_key(str(raw[-1]), keys, loc), True
    if kind == "string_pattern_mismatch":
        at_key = raw[-1] == "[key]"
        what, _, remedy = _PATTERNS.get(context["pattern"], "does not fit; write another").partition("; ")
        return loc, f"{show(given)} {what}; {strangeness(str(given))[1] or remedy}", at_key
    write = _WRITERS.get(kind)
    message = write(given, context) if write is not None else details["msg"].removeprefix("Value error, ")
    return (*loc, *_blamed(context.get("at", ()), given)), message, False


def _blamed(at: str | tuple[str, ...], given: Any) -> Location:
    """The part of a value that an error is about, a key or a path of keys, as far as the value has it."""
    found: list[str] = []
    for part in (at,) if isinstance(at, str) else at:
        if not isinstance(given, Mapping) or part not in given:
            break
        found.append(part)
        given = given[part]
    return tuple(found)


def _place(raw: tuple[str | int, ...], data: Any) -> Location:
    """Keep the parts of an error's location that are in the data: no branches of unions, no shorthand's fields."""
    loc: list[str | int] = []
    for part in raw:
        if isinstance(data, Mapping) and part in data:  # noqa: SIM114 - one line for each kind of data
            data = data[part]
        elif isinstance(data, list | tuple) and isinstance(part, int) and 0 <= part < len(data):
            data = data[part]
        elif isinstance(data, BaseModel) and isinstance(part, str) and hasattr(data, part):
            data = getattr(data, part)
        else:
            continue
        loc.append(part)
    return tuple(loc)


def _unknown_key(key: str, keys: list[str], loc: Location) -> str:
    shown = key if len(key) <= 64 else key[:61] + "..."  # noqa: PLR2004 - length of a name
    if strange(key):
        return f"unknown key {show(key)}; {strangeness(key)[1]}"
    remedy = instead(key, loc, keys) or ("" if suggest(key, keys) else _of_calls(key))
    if key == "true" and "on" in keys:
        remedy = "a tool that reads YAML 1.1 takes an unquoted on for true; write the key 'on', for such tools in quotes"
    return f"unknown key '{shown}'; {remedy or did_you_mean(key, keys, noun='known keys')}"


def _of_calls(key: str) -> str:
    """Where a key belongs that only calls have; '' for any other."""
    if key not in keys_of(Call) or key == CALL:
        return ""
    return f"it is a key of a call: write it beside 'call', services.NAME.operations.NAME[].{key}"


def _explain_kind(loc: Location, given: Any, kinds: list[str]) -> tuple[Location, str, bool]:
    """What is said of a kind that is none, or is not given."""
    word = given.get("kind") if isinstance(given, Mapping) else None
    if word is None:
        meant = [value(str(one)) for one in given.values()] if isinstance(given, Mapping) else []
        likely = next((f"kind: {one}" for one in meant if one in kinds), f"one of: {', '.join(kinds)}")
        return loc, f"missing key 'kind'; write {likely}", False
    likely = value(word) if isinstance(word, str) else ""
    remedy = f"write '{likely}'" if likely in kinds else _likely_or_all(word, kinds)
    return (*loc, "kind"), f"unknown kind {show(word)}; {remedy}", False


def _explain_missing(model: type[BaseModel], raw: tuple[str | int, ...]) -> str:
    description = description_at(model, raw)
    return f"missing key '{raw[-1]}'; add it" + (f": {description}" if description else "")


def _explain_step(loc: Location, given: Any, verbs: list[str]) -> tuple[Location, str, bool]:
    for key in given if isinstance(given, Mapping) else ():
        likely = suggest(str(key), verbs)
        if likely is not None:
            return (*loc, str(key)), f"unknown step '{key}'; did you mean '{likely}'?", True
    for key in given if isinstance(given, Mapping) else ():
        remedy = _of_calls(str(key)) or instead(str(key))
        if remedy:
            return (*loc, str(key)), f"'{key}' is no step; {remedy}", True
    keys = ", ".join(f"'{key}'" for key in list(given)[:3]) or "an empty mapping"
    return loc, f"no known step in {keys}; write one of: {', '.join(verbs)}", False


def _likely_or_all(word: object, choices: list[str]) -> str:
    if isinstance(word, str):
        return did_you_mean(word, choices, noun="write one of")
    return f"write one of: {', '.join(choices)}"


def _literal(given: Any, context: Mapping[str, Any]) -> str:
    choices = _QUOTED.findall(context["expected"])
    return f"{show(given)} is not known here; {_likely_or_all(given, choices)}"


def _too_short(_given: Any, context: Mapping[str, Any]) -> str:
    return f"empty; write at least {context['min_length']} entry"


def _too_long(_given: Any, context: Mapping[str, Any]) -> str:
    return f"more than {context['max_length']} entries; split the scenario"


def _mapping(given: Any, _context: Mapping[str, Any]) -> str:
    return f"expected a mapping (key: value), got {show(given)}"


def _list(given: Any, _context: Mapping[str, Any]) -> str:
    return f"expected a list, got {show(given)}; begin each entry with '- '"


def _text(given: Any, _context: Mapping[str, Any]) -> str:
    remedy = "; write one" if given is None else "; put it in quotes" if isinstance(given, int | float) else ""
    return f"expected a text, got {show(given)}{remedy}"


def _bound(word: str, remedy: str, bound: str) -> Callable[[Any, Mapping[str, Any]], str]:
    def write(given: Any, context: Mapping[str, Any]) -> str:
        limit = context[bound]
        shown = int(limit) if limit == int(limit) else limit
        return f"{show(given)} is too {word}; write {remedy} {shown}"

    return write


_WRITERS: dict[str, Callable[[Any, Mapping[str, Any]], str]] = {
    "literal_error": _literal,
    "too_short": _too_short,
    "too_long": _too_long,
    "dict_type": _mapping,
    "mapping_type": _mapping,
    "model_type": _mapping,
    "model_attributes_type": _mapping,
    "tuple_type": _list,
    "list_type": _list,
    "string_type": _text,
    "greater_than_equal": _bound("small", "at least", "ge"),
    "greater_than": _bound("small", "more than", "gt"),
    "less_than_equal": _bound("large", "at most", "le"),
    "less_than": _bound("large", "less than", "lt"),
    "finite_number": lambda given, _context: f"{show(given)} is not a finite number; write a number",
}
