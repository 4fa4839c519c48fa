"""What can be declared explains itself: found by walking the schema, so that what comes later is asked too."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel, ValidationError

from sim.cli.commands.explain import explanations
from sim.cli.commands.list_ import FAMILIES, kinds
from sim.cli.explaining import of_key, of_part, of_value
from sim.scenario.manual import Part, example, example_of, parts
from sim.scenario.model import Model
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

WITHOUT_UNIT = ("a text", "a value", "a list", "")
SOURCED = ("sim.policies", "sim.faults", "sim.brokers", "sim.scenario.arrivals", "sim.scenario.distributions")


def below(cls: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Every class that stands on a class."""
    for one in cls.__subclasses__():
        yield one
        yield from below(one)


@cache
def models() -> dict[str, Any]:
    """The models by their names in the schema; of those that were decorated, the decorated ones."""
    names = set(parts())
    found: dict[str, Any] = {"": Scenario}
    for cls in below(Model):
        long = f"{cls.__module__}.{cls.__qualname__}".replace(".", "__")
        found[long if long in names else cls.__name__] = cls
    return found


def complaints(part: Part) -> Iterator[str]:
    """What a part does not say of itself."""
    if not part.text:
        yield "has no docstring"
    if part.name and not (part.path and part.noun and part.places):
        yield "stands nowhere"
    if part.kind and models()[part.name].__module__.startswith(SOURCED) and not part.sources:
        yield "names no source; write 'Source: ...' into its docstring"
    for one in part.settings:
        if not one.text:
            yield f"{one.key} has no description"
        if one.takes in WITHOUT_UNIT:
            yield f"{one.key} does not say how it is written: it takes {one.takes!r}; give its type a schema with examples"
    try:
        models()[part.name].model_validate(example(part))
    except ValidationError as error:
        yield f"its example {example(part)} is not valid; write 'Example: ...' into its docstring: {error}"


def complaints_of_keys(part: Part) -> Iterator[str]:
    """Examples of single keys that are not valid where they stand; those that need another key beside them may be."""
    for one in part.settings:
        if one.key in example(part):
            continue
        try:
            models()[part.name].model_validate({**example(part), one.key: example_of(one)})
        except ValidationError as error:
            if any(found["loc"][:1] == (one.key,) for found in error.errors()):
                yield f"{one.key}: {example_of(one)} is not valid: {error}"


def test_all_that_can_be_declared_says_what_it_is() -> None:
    """Role and unit of each setting, where each part may stand, a valid example, and of policies the source."""
    found = {part.kind or part.words: [*complaints(part), *complaints_of_keys(part)] for part in parts().values()}
    assert len(found) > 100
    assert {name: said for name, said in found.items() if said} == {}


def test_every_kind_is_listed_and_has_a_page() -> None:
    """What lies in a folder of kinds is found by list and by explain; no folder is forgotten by list."""
    folders = {package for package, _, _ in FAMILIES.values()}
    of_folders = {models()[part.name] for part in parts().values() if part.kind and not part.noun.startswith("kind of ")}
    lacking = {cls.__name__ for cls in of_folders if cls.__module__.rpartition(".")[0] not in folders}
    assert lacking == set(), "their folders are not in FAMILIES"
    listed = {cls: kind for family in FAMILIES for kind, cls in kinds(family).items()}
    assert {models()[part.name] for part in parts().values()} >= listed.keys()


def test_a_page_has_role_settings_defaults_example_and_source() -> None:
    """Each kind, step and section: its settings are there with a default or 'required'."""
    for part in parts().values():
        if not part.name:
            continue
        pages = list(of_part(part.name))
        assert len(pages) == 1, part.name
        for word in ("stands at", "example", *(["source"] if part.sources else [])):
            assert f"\n  {word} " in pages[0], (part.name, word)
        settings = pages[0].partition("\n  settings\n")[2]
        for one in part.settings:
            if one.key != "kind":
                assert f"    {one.key}  (" in settings, (part.name, one.key)
        shown = " ".join(settings.split())
        count = shown.count("; default ") + shown.count("; required")
        assert count >= len([one for one in part.settings if one.key != "kind"]), part.name


def test_a_key_is_explained_at_each_of_its_places() -> None:
    """Of a key that several parts have, each part is named; what means another thing has a paragraph of its own."""
    keys = {one.key for part in parts().values() for one in part.settings} - {"kind"}
    for key in sorted(keys):
        said = " ".join("\n".join([*of_key(key), *of_part(key)]).split())
        for part in parts().values():
            if any(one.key == key for one in part.settings):
                path = part.path or "the top of a file"
                assert part.kind in said, (key, part.name)
                assert path in said or " more" in said, (key, part.name)


def test_every_word_that_a_key_takes_is_explained() -> None:
    """Values such as `none` of `acks`, and the products whose defaults or orders there are, with their sources."""
    for part in parts().values():
        for one in part.settings:
            for word in one.values:
                assert one.key == "kind" or any(f"`{one.key}`" in said for said in of_value(word)), (part.name, one.key, word)
    assert any("Source: resilience4j CircuitBreakerConfig" in " ".join(said.split()) for said in of_value("resilience4j"))
    assert any("Source: the order of its Spring aspects" in said for said in of_value("resilience4j"))


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("full_jitter", ["a retry policy", "base  (a duration such as 250ms; required)", "source     M. Brooker"]),
        ("timeout", ["a key of a call", "a key of a flow", "a key of a check", "an outcome"]),
        ("at", ["a duration such as 30s; required without random", "a redrive", "the arrival process spike"]),
        ("bulkhead", ["a key of a call", "semaphore where none is given"]),
        ("minimum", ["stands at  services.NAME.operations.NAME[].breaker and workload.NAME.breaker"]),
        ("cap", ["stands at  services.NAME.operations.NAME[].retry, subscriptions.NAME.retry and workload.NAME.retry"]),
        ("slow", ["stands at  services.NAME.operations.NAME[].breaker.slow and workload.NAME.breaker.slow"]),
        ("refused_by", ["refused_by.bulkhead; each is explained by its name"]),
        ("codel", ["target  (a duration such as 250ms; default 5ms)"]),
        ("token_bucket", ["a retry budget", "a rate_limit", "ITU-T I.371", "gRPC A6"]),
    ],
)
def test_explain_says_it_as_a_new_user_asks(word: str, said: list[str]) -> None:
    """One word: all that it means, with units, defaults and sources."""
    text = "\n".join(explanations(word))
    for one in said:
        assert one in text
