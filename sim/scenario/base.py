"""A scenario that changes another file: ``base: common.yaml``, for twins that have all but their wiring in common.

    common.yaml   {services: {shop: {workers: 8}}, workload: ..., run: ...}       what both have
    events.yaml   {base: common.yaml, architecture: event-driven, brokers: ...}   what is different
                     --merged--> one scenario, each of whose values knows the file that it stands in

Merged as JSON Merge Patch does (RFC 7396): mappings are merged key by key, ``null`` takes away what the base has, everything
else, lists too, takes the place of what the base has. A base may have a base.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
from pathlib import Path
from typing import Any

from sim.scenario.problems import did_you_mean
from sim.scenario.yaml_reader import BYTES_MAX, Document, Node, read_yaml

KEY = "base"
BASES_MAX = 8
"""So many files may stand on each other."""
_NAMED = re.compile(rf"""^{KEY}\s*:\s*(["']?)(?P<name>[^"'#\n]+?)\1\s*(?:#.*)?$""", re.MULTILINE)


def read_with_base(content: bytes, path: str, depth: int = 0) -> Document:
    """Read the bytes of a file as `read_yaml` does, merged with its base where it has one.

    A base is looked for beside the file. What is wrong with the key, or with the base, is among the document's problems.
    """
    document = read_yaml(content, path)
    if not isinstance(document.data, dict) or KEY not in document.data:
        return document
    given = document.data.pop(KEY)
    wrong, base = _base_of(given, path, depth)
    if base is None:
        document.problems.append(document.problem_at(*document.locate((KEY,)), wrong, (KEY,)))
        document.complete = False  # nothing is to be said of what the base may have
        return document
    return merged(base, document)


def _base_of(given: Any, path: str, depth: int) -> tuple[str, Document | None]:
    """The document of a base, or why there is none."""
    if not isinstance(given, str) or not given or Path(given).is_absolute():
        return "a base is the name of a file beside this one, such as common.yaml", None
    if depth + 1 >= BASES_MAX:
        return f"more than {BASES_MAX} files stand on each other, or in a circle; let one of them stand alone", None
    file = Path(path).parent / given
    if file.exists() and not file.is_file():
        return f"'{given}' is no file; write the name of a file beside this one, such as common.yaml", None
    try:
        with file.open("rb") as opened:
            content = opened.read(BYTES_MAX + 1)
    except (OSError, ValueError):  # the second: no name at all, with a zero byte
        beside = [one.name for one in _yaml_files(file.parent) if one.name != Path(path).name]
        return f"there is no file '{given}' beside this one; {did_you_mean(given, beside, noun='there are')}", None
    return "", read_with_base(content, str(file), depth + 1)


def merged(base: Document, own: Document) -> Document:
    """The document of a file on its base: values, where they stand, and what was refused in both."""
    if not isinstance(base.data, dict):
        wrong = [] if base.problems else [base.problem_at(1, 1, "a base is a mapping, as a scenario is; this file is none")]
        return dataclasses.replace(own, problems=[*base.problems, *wrong, *own.problems], complete=False)
    data, root = _merged(base.data, own.data, _of(base.root, base), _of(own.root, own))
    return dataclasses.replace(
        own, data=data, root=root, problems=[*base.problems, *own.problems], complete=own.complete and base.complete
    )


def _merged(base: dict[Any, Any], own: dict[Any, Any], under: Node, over: Node) -> tuple[dict[Any, Any], Node]:
    data, node = dict(base), dataclasses.replace(over, children={**under.children})
    for key, value in own.items():
        if value is None and key in base:
            del data[key]
            node.children.pop(key, None)
        elif isinstance(value, dict) and isinstance(base.get(key), dict):
            data[key], node.children[key] = _merged(base[key], value, under.children[key], over.children[key])
        else:
            data[key] = value
            if key in over.children:
                node.children[key] = over.children[key]
    return data, node


def _of(node: Node | None, document: Document) -> Node:
    """The positions of a document, each of which knows the document; those of its own base know it already."""
    if node is None:
        return Node(1, 1, document=document)
    waiting = [node]
    while waiting:
        one = waiting.pop()
        one.document = one.document or document
        waiting.extend(one.children.values())
    return node


def is_base(path: Path) -> bool:
    """Return whether another file in the folder stands on this one: then it is a part of scenarios, and none itself."""
    return path in bases_in(path.parent)


def bases_in(folder: Path) -> set[Path]:
    """Return the files that those in a folder stand on: there, or in another folder."""
    return set(standing_in(folder))


def standing_in(folder: Path) -> dict[Path, Path]:
    """Return the same, each with the first file of the folder that stands on it."""
    found: dict[Path, Path] = {}
    for file in _yaml_files(folder):
        name = _named_in(file)
        if name:
            found.setdefault(Path(os.path.normpath(folder / name)), file)
    return found


def bases_of(path: Path) -> list[Path]:
    """Return the files that a scenario file stands on, the nearest first."""
    found: list[Path] = []
    while (name := _named_in(path)) and len(found) < BASES_MAX:
        path = path.parent / name
        found.append(path)
    return found


def _named_in(file: Path) -> str:
    """The base that a file names; none where it cannot be read: who loads it is told."""
    content = b""
    with contextlib.suppress(OSError), file.open("rb") as opened:
        content = opened.read(BYTES_MAX)
    match = _NAMED.search(content.decode("utf-8", "replace"))
    return match["name"].strip() if match else ""


def _yaml_files(folder: Path) -> list[Path]:
    """The YAML files in a folder."""
    if not folder.is_dir():
        return []
    return sorted(one for one in folder.iterdir() if one.suffix in {".yaml", ".yml"} and one.is_file())
