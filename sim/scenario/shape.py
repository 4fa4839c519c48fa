"""Which model stands at a place of a scenario, so that a message can name the keys that would be right there.

    ("services", "payment", "operations", "charge", 0, "(call)")  ->  Call  ->  call, timeout, retry, hop, optional

Walks the type annotations along an error's location; parts in parentheses are branches of a union
(``sim.registry.tag``).
"""

import types
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from sim.registry import Kinds, discover, tag
from sim.scenario.problems import Location
from sim.scenario.shapes import Shapes
from sim.scenario.steps import VERBS
from sim.scenario.subscriptions import ByChannel


def keys_at(model: type[BaseModel], loc: Location) -> list[str]:
    """Return the keys that the model at a location has, as they are written in a file; [] where there is no model."""
    found = _walk(model, loc)
    return keys_of(found) if found is not None else []


def description_at(model: type[BaseModel], loc: Location) -> str:
    """Return the first sentence of the documentation of the field at a location; '' where there is none."""
    owner = _walk(model, loc[:-1])
    for name, field in owner.model_fields.items() if owner is not None else ():
        if loc[-1] in {name, field.alias}:
            text = field.description or ""
            return text[:1].lower() + text[1:].partition(". ")[0].rstrip(".")
    return ""


def kinds_at(model: type[BaseModel], loc: Location) -> list[str]:
    """Return the kinds that may stand at a location, where pydantic itself tells them apart by ``kind``."""
    return [kind for found in _found(model, loc) if (kind := _kind_of(found))]


def keys_of(model: type[BaseModel]) -> list[str]:
    """Return the keys of a model, as they are written in a file."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _walk(model: type[BaseModel], loc: Location) -> type[BaseModel] | None:
    return next((found for found in _found(model, loc) if isinstance(found, type) and issubclass(found, BaseModel)), None)


def _found(model: type[BaseModel], loc: Location) -> list[Any]:
    """What may stand at a location."""
    current: list[Any] = [model]
    for part in loc:
        chosen = [candidate for candidate in current if len(current) > 1 and _kind_of(candidate) == part]
        current = chosen or [inner for candidate in current for inner in _inside(candidate, part)]
    return current


def _kind_of(candidate: Any) -> str:
    """The kind that a model is; '' where it is none."""
    field = candidate.model_fields.get("kind") if isinstance(candidate, type) and issubclass(candidate, BaseModel) else None
    words = get_args(field.annotation) if field is not None else ()
    return str(words[0]) if len(words) == 1 else ""


def _inside(candidate: Any, part: str | int) -> Iterator[Any]:
    if isinstance(candidate, dict):
        if part in candidate:
            yield candidate[part]
    elif isinstance(candidate, type) and issubclass(candidate, BaseModel):
        for name, field in candidate.model_fields.items():
            if part in {name, field.alias}:
                yield from _open(field.annotation, field.metadata)
    elif get_origin(candidate) is dict:
        yield from _open(get_args(candidate)[1])
    elif get_origin(candidate) in {tuple, list}:
        yield from _open(get_args(candidate)[0])


def _open(annotation: Any, metadata: Iterable[Any] = ()) -> Iterator[Any]:
    """Yield what an annotation may stand for: models, containers, and unions as {branch: model}."""
    for item in metadata:
        if isinstance(item, Kinds):
            yield {tag(kind): cls for kind, cls in discover(item.package, annotation).items()}
            return
        if isinstance(item, ByChannel | Shapes):
            yield item.branches()
            return
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        yield from _open(inner, more)
    elif origin in {Union, types.UnionType}:
        members = get_args(annotation)
        steps = set(VERBS.values())
        if any(member in steps for member in members):
            yield {tag(verb): cls for verb, cls in VERBS.items()}
        else:
            for member in members:
                yield from _open(member)
    else:
        yield annotation
