"""The scenarios that come with the toolkit: beside the package in a source tree, inside it in an installed wheel.

    path_of("online-boutique/sync")   -->  .../scenarios/online-boutique/sync.yaml, wherever one stands
    path_of("mine.yaml")              -->  mine.yaml, which comes first when it exists
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

import sim
from sim.scenario.base import bases_in
from sim.scenario.problems import suggest

SUFFIX = ".yaml"
FIRST = ("sync", "guarded")
"""What comes first of the scenarios of a folder: the chain of calls, and the same with all that guards calls."""


def folder() -> Path | None:
    """Where the shipped scenarios are; None when they were not installed."""
    package = Path(sim.__file__).parent
    return next((place for place in (package / "_scenarios", package.parent / "scenarios") if place.is_dir()), None)


def names() -> dict[str, Path]:
    """Every shipped scenario by its name, ``online-boutique/sync``, with its file."""
    root = folder()
    if root is None:
        return {}
    files = sorted(root.rglob(f"*{SUFFIX}"))
    parts = {part for folder in {path.parent for path in files} for part in bases_in(folder)}
    return {path.relative_to(root).with_suffix("").as_posix(): path for path in files if path not in parts}


def variants(given: str | os.PathLike[str]) -> list[Path]:
    """The scenarios in a folder that share a base in it: the synchronous one first, then the guarded one. [] for no folder.

    A shipped folder may be given by its name, ``"order-flow"``.
    """
    place, root = Path(given), folder()
    if not place.exists() and root is not None:
        place = root / os.fspath(given)
    if not place.is_dir():
        return []
    bases = bases_in(place)
    files = [path for path in sorted(place.glob(f"*{SUFFIX}")) if path not in bases]
    return sorted(files, key=lambda path: FIRST.index(path.stem) if path.stem in FIRST else len(FIRST)) if bases else []


def stories() -> dict[str, str]:
    """The folders of shipped scenarios that have a page, each with its question: the first line of it in italics."""
    root, found = folder(), dict[str, str]()
    if root is None:
        return found
    for page in sorted(root.rglob("README.md")):
        lines = page.read_text(encoding="utf-8").splitlines()
        question = next((line.strip("*") for line in lines if line.startswith("*") and line.endswith("*")), "")
        found[page.parent.relative_to(root).as_posix()] = question
    return found


def path_of(given: str | os.PathLike[str]) -> Path:
    """The file that a path, or the name of a shipped scenario, means; a path that exists comes first.

    Raises ``FileNotFoundError`` with a did-you-mean when it is neither.
    """
    path = Path(given)
    if path.exists():
        return path
    known = names()
    name = os.fspath(given)
    if name in known:
        return known[name]
    likely = suggest(path.as_posix().removesuffix(SUFFIX).removeprefix("scenarios/"), known)
    remedy = f"did you mean '{likely}'?" if likely is not None else "eventflow list scenarios has those"
    raise FileNotFoundError(errno.ENOENT, f"there is no such file, and no shipped scenario of that name; {remedy}", name)
