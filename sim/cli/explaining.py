"""The pages of ``eventflow explain`` about what can be declared, as the models say it (`sim.scenario.manual`).

    full_jitter: a retry policy
      what it does
      stands at    services.NAME.operations.NAME[].retry, ...
      settings     each with what it takes, its unit, its default or "required"
      example      one that is valid
      source       who defined it, whose defaults it has
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sim.scenario.manual import Part, Setting

WIDTH = 118
PLACES_MAX = 8
"""So many places of a part are named, those that are nearest to the top of a file; how many more there are is said."""


def of_part(word: str) -> Iterator[str]:
    """The pages of all kinds, steps and sections that a word is the name of."""
    from sim.scenario.manual import parts

    for part in parts().values():
        if word in {part.kind or part.words, part.name} and part.name:
            yield page(part)


def of_key(word: str) -> Iterator[str]:
    """What a key means, once for each meaning that it has; with what stands under it."""
    from sim.scenario.manual import STEP, parts

    meanings: dict[tuple[str, ...], list[tuple[Part, Setting]]] = {}
    for part in parts().values():
        for setting in part.settings:
            if setting.key == word and part.words != word:
                meaning = (setting.text, setting.takes, str(setting.default), setting.instead)
                meanings.setdefault(meaning, []).append((part, setting))
    shown: set[str] = set()
    for (text, takes, *_), found in meanings.items():
        owners = [part for part, _ in found]
        setting = found[0][1]
        below = [one for one in map(parts().__getitem__, setting.parts) if not one.kind and one.noun != STEP]
        lines = [f"{word}: a key of {_joined(_titles(owners))}"]
        lines += _told("takes", f"{takes}; {_default(setting)}")
        lines += _wrapped(text)
        lines += _told("stands at", _joined(_first(path or "the top of a file" for one in owners for path in one.paths)))
        lines += _kinds(setting) if setting.noun not in shown else []
        shown.add(setting.noun)
        for one in below:
            if one.name not in shown:
                shown.add(one.name)
                lines += ["", textwrap.indent(page(one), "  ")]
        if not below:
            lines += _told("example", _example(*found[0]))
        yield "\n".join(lines)


def of_value(word: str) -> Iterator[str]:
    """Where a word is one of those that a key takes, and what it means there."""
    from sim.scenario.manual import parts

    found: dict[tuple[str, str, str], list[Part]] = {}
    for part in parts().values():
        for one in part.settings:
            if word in one.values and one.key != "kind":
                found.setdefault((one.key, one.values[word], one.text), []).append(part)
    for (key, meaning, text), owners in found.items():
        yield "\n".join([f"{word}: a value of `{key}` of {_joined(_titles(owners))}", *_wrapped(meaning), *_wrapped(text)])


def of_other(word: str) -> Iterator[str]:
    """What a word of other products is called here, and what that is."""
    from sim.scenario.other_words import PAGE, instead, ours

    for path in ours(word):
        one = _of_call(path)
        lines = [f"{word}: a word of other products; here it is `{path}` of a call"]
        lines += _told("takes", f"{one.takes}; {_default(one)}")
        yield "\n".join([*lines, *_wrapped(one.text), f"  {PAGE} has tables of such words, with their values"])
    if not ours(word) and instead(word):
        yield f"{word}: a word of other products; {instead(word)}"


def _of_call(path: str) -> Setting:
    """The setting at a path within a call, of the first kind that has it."""
    from sim.scenario.manual import parts
    from sim.scenario.steps import Call

    found: list[Setting] = []
    owners = [parts()[Call.__name__]]
    for key in path.split("."):
        found = [one for owner in owners for one in owner.settings if one.key == key]
        owners = [parts()[name] for one in found for name in one.parts]
    return found[0]


def _example(part: Part, setting: Setting) -> str:
    """How a key is written: as in the example of what it belongs to, or one by itself."""
    from sim.scenario.manual import example, example_of
    from sim.scenario.yaml_writer import write_flow

    return f"{setting.key}: {write_flow(example(part).get(setting.key, example_of(setting)))}"


def page(part: Part) -> str:
    """All about a part."""
    from sim.scenario.manual import STEP, example
    from sim.scenario.yaml_writer import write_flow

    is_one = part.noun and (part.kind or part.noun == STEP)
    what = f"{'an' if part.noun[:1] in 'aeio' else 'a'} {part.noun}" if is_one else "a part of a scenario"
    lines = [f"{part.kind or part.words}: {what}", *_wrapped(part.text)]
    lines += _told("stands at", _joined(places(part)))
    own = [one for one in part.settings if one.key != "kind"]
    if own:
        lines.append("  settings")
    for one in own:
        line = f"{one.key}  ({one.takes}; {_default(one)})"
        lines += textwrap.wrap(line, WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 8, break_on_hyphens=False)
        lines += textwrap.wrap(one.text, WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 8)
    lines += _told("example", write_flow(example(part)))
    for source in part.sources:
        lines += _told("source", source)
    return "\n".join(lines)


def places(part: Part) -> list[str]:
    """Where it may stand, as paths of a file, and of what else may have it the first path of that."""
    from sim.scenario.manual import parts

    found = [f"{parts()[owner].path}.{key}".removeprefix(".") for owner, key in part.places]
    return _first([*part.paths, *(one for one in found if not any(path.startswith(one) for path in part.paths))])


def _first(found: Iterable[str]) -> list[str]:
    """The first of different ones, and how many more there are."""
    all_of_them = list(dict.fromkeys(found))
    more = len(all_of_them) - PLACES_MAX
    return [*all_of_them[:PLACES_MAX], *([f"{more} more"] if more > 0 else [])]


def _kinds(setting: Setting) -> list[str]:
    """The kinds that may stand under a key, each with what it does in a line."""
    from sim.scenario.manual import parts

    found = [parts()[name] for name in setting.parts if parts()[name].kind]
    if not found:
        return []
    width = max(len(one.kind) for one in found)
    usual = f"; {setting.usual} where none is given" if setting.usual else ""
    lines = [f"    {one.kind:<{width}}  {one.text.splitlines()[0]}" for one in found]
    return [f"  kinds, each explained by its name{usual}", *lines]


def _default(setting: Setting) -> str:
    if setting.default is None:
        return f"required without {setting.instead}" if setting.instead else "required"
    return "default none" if setting.default == "null" else f"default {setting.default}"


def _told(label: str, text: str) -> list[str]:
    return textwrap.wrap(f"{label:<11}{text}", WIDTH, initial_indent="  ", subsequent_indent=" " * 13, break_on_hyphens=False)


def _wrapped(text: str) -> list[str]:
    paragraphs = text.split("\n\n") if text else []
    return [line for one in paragraphs for line in textwrap.wrap(one, WIDTH, initial_indent="  ", subsequent_indent="  ")]


def _titles(owners: Iterable[Part]) -> list[str]:
    """What the parts are called, kinds of one thing together."""
    kinds: dict[str, list[str]] = {}
    for one in owners:
        kinds.setdefault(one.noun if one.kind else one.title, []).append(one.kind)
    return [f"the {noun} {_joined(words)}" if all(words) else noun for noun, words in kinds.items()]


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else "nowhere"
