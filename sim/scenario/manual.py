"""What can be declared, read from the schema: each part with its settings, where it may stand, an example and its source.

    a model and its fields  ->  JSON Schema  ->  Part(name, text, example, sources, settings, places)

Nothing is listed here. A part says what it does in its docstring, where a line ``Example:`` may show how it is written,
and lines ``Source:`` say who defined it or whose defaults it has; a setting says it in its description. An example that is not
given is made of what must be there. What a value is (a duration) is the ``$comment`` of its schema.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from sim.scenario.scenario import whole_schema
from sim.scenario.yaml_writer import write_flow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = ""
"""The name of the whole scenario among the parts."""
STEP = "step"
"""What a step is a kind of."""
EXAMPLE, SOURCE = "Example: ", "Source: "
PATHS_MAX, WAYS_MAX = 3, 20
"""So many places of a part are told, one for each section of a file, of so many that are looked at."""
OTHERS_MAX = 3
"""So many settings are in an example that is made, unless more must be there."""
_REFERENCE = "#/$defs/"
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+|[0-9]+")
Schema = dict[str, Any]


@dataclass(frozen=True)
class Setting:
    """A key of a part.

    takes: what may stand there, in words, with its unit.
    default: how the default is written; None where the key must be given.
    instead: other keys, with which it need not be given.
    parts: the names of parts that may stand there.
    values: words that may stand there, each with what it means, where that is said.
    noun: what the parts are kinds of; empty where they are none.
    usual: the kind that is meant where none is given; empty where one must be.
    """

    key: str
    text: str
    takes: str
    default: str | None
    instead: str
    parts: tuple[str, ...]
    values: Mapping[str, str]
    noun: str
    usual: str
    schema: Schema


@dataclass
class Part:
    """A mapping that can be declared: a kind of something, a step, a section.

    name: its name in the schema.
    kind: the word under ``kind``; empty where it has none.
    noun: what it is a kind of; or what it is.
    places: who has it under which key.
    path: where it stands in a file, the shortest way.
    paths: the first place in each section of a file, that one included; in services before others, where most is looked for.
    """

    name: str
    kind: str
    text: str
    given: str
    sources: tuple[str, ...]
    settings: tuple[Setting, ...]
    noun: str = ""
    path: str = ""
    places: list[tuple[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """What it is called where it is no kind: ``queue subscription``."""
        return _words(self.name)

    @property
    def title(self) -> str:
        """What it is called in a sentence."""
        return f"the {self.noun} {self.kind}" if self.kind else _with_article(self.words)


@cache
def parts() -> Mapping[str, Part]:
    """Return all that can be declared by its name in the schema, the whole scenario first."""
    schema = whole_schema()
    found = {name: _part(name, one, schema["$defs"]) for name, one in {ROOT: schema, **schema["$defs"]}.items()}
    waiting, seen = deque([ROOT]), {ROOT}
    ways: dict[str, list[tuple[Part, str]]] = {}
    while waiting:
        owner = found[waiting.popleft()]
        for setting in owner.settings:
            for name, way in _references(setting.schema):
                one = found[name]
                one.places.append((owner.name, setting.key))
                ways.setdefault(owner.name, []).append((one, f".{setting.key}{way}"))
                if name not in seen:
                    seen.add(name)
                    waiting.append(name)
                    one.path = f"{owner.path}.{setting.key}{way}".removeprefix(".")
                    one.noun = setting.noun or f"kind of {setting.key}"
    _all_ways(found, ways)
    return {name: one for name, one in found.items() if name in seen}


def _all_ways(found: Mapping[str, Part], ways: Mapping[str, Sequence[tuple[Part, str]]]) -> None:
    """Find the first paths of every part, the shortest ways first; ``ways``: what stands in each part, and under what."""
    waiting = deque([(ROOT, "")])
    found[ROOT].paths.append("")
    while waiting:
        owner, above = waiting.popleft()
        for one, way in ways.get(owner, ()):
            path = f"{above}{way}".removeprefix(".")
            if len(one.paths) < WAYS_MAX and path not in one.paths:
                one.paths.append(path)
                waiting.append((one.name, path))
    for one in found.values():
        ordered = sorted(one.paths, key=lambda path: not path.startswith("services."))
        firsts = {path.partition(".")[0]: path for path in reversed(ordered)}
        one.paths = [path for path in ordered if path in firsts.values()][:PATHS_MAX]
        one.paths += [one.path] if one.path not in one.paths else []


def example(part: Part) -> dict[str, Any]:
    """Return an example of a part: the one that it gives, or one of what must be there and little more."""
    if part.given:
        given: dict[str, Any] = yaml.safe_load(part.given)
        return given
    needed = [one for one in part.settings if one.default is None or one.key == "kind"]
    spare = [one for one in part.settings if one not in needed and "default" in one.schema and _is_plain(one.schema["default"])]
    shown = [*needed, *spare[: max(0, OTHERS_MAX - len(needed))]]
    return {one.key: example_of(one) for one in part.settings if one in shown}


def example_of(setting: Setting) -> Any:
    """Return an example of what stands under a key: one that it gives, its default, or one of its type."""
    default = setting.schema.get("default")
    return default if _is_plain(default) and setting.default is not None else _value(setting.schema)


def _part(name: str, schema: Schema, definitions: Mapping[str, Schema]) -> Part:
    text, given, sources = _told(schema.get("description", ""))
    properties: Mapping[str, Schema] = schema.get("properties", {})
    needed = [one["required"] for one in schema.get("anyOf", ()) if one.keys() == {"required"}]
    instead = " and ".join(key for other in needed[1:] for key in other)
    must = {**dict.fromkeys(needed[0] if needed else (), instead), **dict.fromkeys(schema.get("required", ()), "")}
    settings = tuple(_setting(key, one, must, definitions) for key, one in properties.items())
    return Part(name, properties.get("kind", {}).get("const", ""), text, given, sources, settings)


def _told(text: str) -> tuple[str, str, tuple[str, ...]]:
    """A docstring without the lines of its example and its sources; these; each goes on until an empty line, or the next."""
    plain: list[str] = []
    found: list[str] = []
    for line in text.splitlines():
        if line.startswith((EXAMPLE, SOURCE)):
            found.append(line)
        elif found and line.strip():
            found[-1] += f" {line.strip()}"
        elif line.strip() or not found:
            plain.append(line)
    examples = [line.removeprefix(EXAMPLE) for line in found if line.startswith(EXAMPLE)]
    sources = tuple(line.removeprefix(SOURCE) for line in found if line.startswith(SOURCE))
    return "\n".join(plain).strip(), examples[0] if examples else "", sources


def _setting(key: str, schema: Schema, must: Mapping[str, str], definitions: Mapping[str, Schema]) -> Setting:
    named = tuple(dict.fromkeys(name for name, _ in _references(schema)))
    kinds = {name: definitions[name].get("properties", {}).get("kind", {}).get("const", "") for name in named}
    default = None if key in must else write_flow(schema.get("default"))
    text = schema.get("description") or " ".join(_told(definitions[name].get("description", ""))[0] for name in named[:1])
    noun = _noun(schema) if any(kinds.values()) else ""
    usual = _told_within(schema, "x-kind")
    values = dict(_values(schema))
    return Setting(key, text, _takes(schema, kinds), default, must.get(key, ""), named, values, noun, usual, schema)


def _ways(schema: Schema) -> list[Schema]:
    """The schemas of which one must hold; null is no way of its own."""
    ways = schema.get("anyOf") or schema.get("oneOf") or []
    return [way for way in ways if way.get("type") != "null"]


def _inner(schema: Schema) -> Iterator[tuple[Schema, str]]:
    """The schemas of what stands in a mapping or a list, with how a path goes there."""
    if "items" in schema:
        yield schema["items"], "[]"
    named = [*schema.get("patternProperties", {}).values()]
    more = schema.get("additionalProperties")
    for one in [*named, *([more] if isinstance(more, dict) else [])]:
        yield one, ".NAME"


def _references(schema: Schema, way: str = "") -> Iterator[tuple[str, str]]:
    """The parts that may stand there, each with how a path goes on to it."""
    if "$ref" in schema:
        yield schema["$ref"].removeprefix(_REFERENCE), way
    for one in _ways(schema):
        yield from _references(one, way)
    for one, step in _inner(schema):
        yield from _references(one, f"{way}{step}")


def _noun(schema: Schema) -> str:
    """What the kinds that may stand there are kinds of, where their schema says it."""
    return _told_within(schema, "$comment") if any(True for _ in _references(schema)) else ""


def _told_within(schema: Schema, word: str) -> str:
    """What the schema of kinds says under a keyword, as deep as it lies."""
    if word in schema and any("$ref" in way or "oneOf" in way for way in _ways(schema)):
        return str(schema[word])
    below = [*_ways(schema), *(one for one, _ in _inner(schema))]
    return next((told for told in (_told_within(one, word) for one in below) if told), "")


def _values(schema: Schema) -> Iterator[tuple[str, str]]:
    """The words that may stand there, with what is said of each."""
    yield from ((word, "") for word in schema.get("enum", ()) if isinstance(word, str))
    if isinstance(schema.get("const"), str):
        yield schema["const"], schema.get("description", "")
    for one in [*_ways(schema), *(inner for inner, _ in _inner(schema))]:
        yield from _values(one)


def _takes(schema: Schema, kinds: Mapping[str, str]) -> str:
    """What may stand there, in words."""
    ways = _ways(schema)
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REFERENCE)
        return kinds[name] or f"a mapping, explained as '{_words(name)}'"
    if len(ways) == 1 and "examples" in schema:
        return _takes({**ways[0], "examples": schema["examples"]}, kinds)
    if ways and not ("$comment" in schema and "examples" in schema) and schema.get("$comment") != STEP:
        noun = _with_article(schema["$comment"]) if "$comment" in schema and any("$ref" in way for way in ways) else ""
        return f"{noun}{': ' if noun else ''}{_or(list(dict.fromkeys(_takes(way, kinds) for way in ways)))}"
    if schema.get("type") == "array":
        return f"a list of: {_takes(schema['items'], kinds)}" if "items" in schema else "an empty list"
    if schema.get("type") == "object":
        return "; ".join(f"by name: {_takes(one, kinds)}" for one, _ in _inner(schema)) or "a mapping"
    return _of_type(schema)


def _of_type(schema: Schema) -> str:
    """What a plain value is, with its bounds."""
    words = [str(word) for word in schema.get("enum", [schema["const"]] if "const" in schema else [])]
    nouns = {"integer": "a whole number", "number": "a number", "boolean": "true or false", "string": "a text"}
    usual = str(nouns.get(schema.get("type", ""), schema.get("description", "a value")))
    noun = _or(words) if words else _with_article(schema["$comment"]) if "$comment" in schema else usual
    bounds = [("from", "minimum"), ("above", "exclusiveMinimum"), ("to", "maximum"), ("below", "exclusiveMaximum")]
    said = [f"{word} {schema[key]:,}" for word, key in bounds if key in schema]
    such = [f"such as {write_flow(one)}" for one in schema.get("examples", ())[:1]]
    return " ".join([noun, *said, *such])


def _value(schema: Schema) -> Any:
    """An example of a value by its type."""
    shown = [*schema.get("examples", ()), *([schema["const"]] if "const" in schema else schema.get("enum", ()))]
    ways = _ways(schema)
    inner = [one for one, _ in _inner(schema)]
    if shown:
        found: Any = shown[0]
    elif "$ref" in schema:
        found = example(parts()[schema["$ref"].removeprefix(_REFERENCE)])
    elif ways:
        found = _value(next((way for way in ways if "examples" in way), ways[0]))
    elif schema.get("type") == "array":
        found = [_value(one) for one in inner] * schema.get("minItems", 1)
    elif inner:
        found = {"a": _value(inner[0])}
    else:
        least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        found = {"integer": least, "number": float(least), "boolean": True}.get(schema.get("type", ""), "a")
    return found


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) or (isinstance(value, dict) and bool(value))


def _words(name: str) -> str:
    """The words of a class's name; of one that two classes have, what follows its module."""
    return " ".join(_WORDS.findall(name.rpartition("__")[2].removesuffix("Settings"))).lower() or "scenario"


def _with_article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeio' else 'a'} {noun}"


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
