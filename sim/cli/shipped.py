"""The scenarios that come with the toolkit: beside the package in a source tree, inside it in an installed wheel."""

from __future__ import annotations

from pathlib import Path

import sim


def folder() -> Path | None:
    """Where the shipped scenarios are; None when they were not installed."""
    package = Path(sim.__file__).parent
    return next((place for place in (package / "_scenarios", package.parent / "scenarios") if place.is_dir()), None)


def names() -> dict[str, Path]:
    """Every shipped scenario by its name, ``online-boutique/sync``, with its file."""
    root = folder()
    if root is None:
        return {}
    return {path.relative_to(root).with_suffix("").as_posix(): path for path in sorted(root.rglob("*.yaml"))}


def path_of(given: str) -> Path:
    """The file that a path, or the name of a shipped scenario, means; a path that exists comes first."""
    path = Path(given)
    return path if path.exists() else names().get(given, path)
