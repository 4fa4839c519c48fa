"""Change single values of a scenario by their paths.

    services.payment.replicas=3                     a field of a model, whether the file wrote it or left its default
    services.payment.operations.charge.0.work=8ms   a step by its position, from 0
    brokers.events.topics.order.placed.partitions=6 names with dots are found as they are

Keys are strict: a path leads to what is there, or to a field that a model has; it never invents a service. A misspelt
key is answered with the likely one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from sim.scenario.explain import problems_of
from sim.scenario.other_words import instead
from sim.scenario.problems import Location, Problem, ScenarioError, Severity, did_you_mean, field_path
from sim.scenario.shape import keys_of
from sim.scenario.yaml_reader import read_value

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

S = TypeVar("S", bound="Scenario")

_INDEX = re.compile(r"\[([0-9]{1,6})\]")


@dataclass(frozen=True)
class Override:
    """One value to change.

    Attributes:
        text: how it was asked for, for messages.
        loc: the place, as keys and list positions.
        value: plain data of the new value.
    """

    text: str
    loc: Location
    value: Any

    def covers(self, loc: Location) -> bool:
        """Return whether a place is the changed one, or inside it."""
        return loc[: len(self.loc)] == self.loc

    def problem(self, message: str, loc: Location, *, severity: Severity = "error") -> Problem:
        """Return a problem that this override is to blame for."""
        return Problem(
            field=field_path(loc), message=message, path=f"override '{self.text}'", loc=loc, severity=severity
        )


def parse_override(scenario: Scenario, text: str) -> Override:
    """Return the override that ``path=value`` asks for; raises ``ScenarioError`` when path or value cannot be read."""
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise _refuse(text, "an override is path=value; write for example 'services.payment.replicas=3'")
    loc = _find(scenario, path.strip(), text)
    try:
        return Override(text, loc, read_value(value) if value.strip() else None)
    except ValueError as error:
        raise _refuse(text, str(error), loc) from None


def apply(scenario: S, overrides: Iterable[str]) -> tuple[S, list[Override]]:
    """Return the changed scenario, and the overrides as they were understood; raises ``ScenarioError``."""
    parsed: list[Override] = []
    problems: list[Problem] = []
    for text in overrides:
        try:
            parsed.append(parse_override(scenario, text))
        except ScenarioError as error:
            problems.extend(error.problems)
    if problems:
        raise ScenarioError(problems)
    return (_changed(scenario, parsed) if parsed else scenario), parsed


def override_scenario(scenario: S, overrides: Iterable[str]) -> S:
    """Return a copy of the scenario changed by ``path=value`` texts; raises ``ScenarioError``."""
    return apply(scenario, overrides)[0]


def replace_in_scenario(scenario: S, path: str, value: object) -> S:
    """Return a copy of the scenario with another value at a path; raises ``ScenarioError``."""
    text = f"{path}={value if isinstance(value, str | int | float) else type(value).__name__}"
    return _changed(scenario, [Override(text, _find(scenario, path.strip(), text), _plain(value))])


def _changed(scenario: S, overrides: list[Override]) -> S:
    data = scenario.declared()
    for override in overrides:
        _put(data, scenario, override)
    try:
        return type(scenario).model_validate(data)
    except ValidationError as error:
        problems = []
        for problem in problems_of(error, type(scenario), data):
            blamed = next((item for item in reversed(overrides) if item.covers(problem.loc)), overrides[-1])
            problems.append(blamed.problem(problem.message, problem.loc))
        raise ScenarioError(problems) from None


def _put(data: Any, scenario: BaseModel, override: Override) -> None:
    model: Any = scenario
    for part in override.loc[:-1]:
        model = _child(model, part)
        if isinstance(data, dict) and not isinstance(data.get(part), dict | list):
            kind = getattr(model, "kind", None)
            data[part] = {"kind": kind} if kind is not None else {}
        data = data[part]
    data[override.loc[-1]] = override.value


def _find(scenario: Scenario, path: str, text: str) -> Location:
    """Follow a dotted path through the scenario; raise ``ScenarioError`` with the likely key where it leads nowhere."""
    rest = _INDEX.sub(r".\1", path)
    here: Any = scenario
    loc: list[str | int] = []
    while rest:
        keys = _keys(here)
        if not keys:
            owner = field_path(tuple(loc))
            hint = f"set '{owner}' as a whole" if here is None else "it is a single value"
            raise _refuse(text, f"'{owner}' has nothing inside; {hint}", tuple(loc))
        key = max((key for key in keys if rest == key or rest.startswith(key + ".")), key=len, default=None)
        if key is None:
            word = rest.partition(".")[0]
            inside = f" in '{field_path(tuple(loc))}'" if loc else ""
            remedy = instead(word, loc, keys) or did_you_mean(word, keys, noun="known")
            raise _refuse(text, f"unknown key '{word}'{inside}; {remedy}", tuple(loc))
        part: str | int = int(key) if isinstance(here, list | tuple) else key
        here = _child(here, part)
        loc.append(part)
        rest = rest[len(key) + 1 :]
    return tuple(loc)


def _keys(thing: Any) -> list[str]:
    if isinstance(thing, BaseModel):
        return keys_of(type(thing))
    if isinstance(thing, Mapping):
        return list(thing)
    if isinstance(thing, list | tuple):
        return [str(position) for position in range(len(thing))]
    return []


def _child(thing: Any, part: str | int) -> Any:
    if isinstance(thing, BaseModel):
        names = {field.alias or name: name for name, field in type(thing).model_fields.items()}
        return getattr(thing, names[str(part)])
    return thing[part]


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        written = value.model_dump(mode="json", by_alias=True, exclude_unset=True)
        kind = getattr(value, "kind", None)
        return {"kind": kind, **written} if kind is not None else written
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _refuse(text: str, message: str, loc: Location = ()) -> ScenarioError:
    return ScenarioError([Problem(field=field_path(loc), message=message, path=f"override '{text}'", loc=loc)])
