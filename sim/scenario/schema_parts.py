"""The JSON Schema of what a file says on a base: any part of a scenario, as the rest stands in the base.

    whole     {kind: slowdown, target: pay, factor: 5, at: 20s, for: 5s}      all that must be there
    on a base {factor: 8}                                                    what is different
              null                                                           taken away

Mappings are merged key by key, so nothing in them must be there; a list takes the place of another one, so it is whole. What
is of another kind than in the base may take away keys that its own kind does not have.
"""

from __future__ import annotations

from typing import Any

PART = "on-a-base."
_OF_WHOLES = ("required", "discriminator", "minProperties", "default")
_NAMED = ("properties", "patternProperties")
_REFERENCE = "#/$defs/"


def on_a_base(schema: dict[str, Any], definitions: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what is left of a schema of mappings on a base, and the definitions that this takes besides."""
    waiting: list[str] = []
    found, parts = _part(schema, waiting), dict[str, Any]()
    while waiting:
        name = waiting.pop()
        if f"{PART}{name}" not in parts:
            parts[f"{PART}{name}"] = _part(definitions[name], waiting)
    return found, dict(sorted(parts.items()))


def _part(schema: Any, waiting: list[str]) -> Any:
    """A schema without what must be there; definitions that it refers to are to be made as well."""
    if isinstance(schema, list):
        return [_part(one, waiting) for one in schema]
    if not isinstance(schema, dict) or schema.get("type") == "array":
        return schema
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _NAMED:
            found[key] = {name: _or_null(_part(one, waiting)) for name, one in value.items()}
        elif key == "additionalProperties":
            found[key] = _or_null(_part(value, waiting)) if isinstance(value, dict) else {"type": "null"}
        elif key == "$ref":
            name = value.removeprefix(_REFERENCE)
            waiting.append(name)
            found[key] = f"{_REFERENCE}{PART}{name}"
        elif key == "oneOf":  # a part may be one of several kinds
            found["anyOf"] = _part(value, waiting)
        elif key not in _OF_WHOLES:
            found[key] = _part(value, waiting) if key in {"anyOf", "allOf"} else value
    return found


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The same, or null, which takes away what the base has."""
    return {"anyOf": [schema, {"type": "null"}]}
