"""``eventflow doctor``: what is installed here, which machine code the compiled engine uses, and what is missing."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from typing import Any

from sim import shipped
from sim.cli import exits, options
from sim.cli.output import echo, echo_json

PLACE = 9
EXTRAS = {"notebook": ("jupyter", "nbclient", "pandas", "ipywidgets", "tqdm")}


def command(form: options.TextOrJson = "text") -> int:
    """Check this installation: versions, extras, the compiled engine's cache, the shipped scenarios."""
    facts = findings()
    if form == "json":
        echo_json(facts)
    else:
        for name, version in facts["versions"].items():
            echo(f"{name:<12}  {version}")
        for name in ("platform", "processors", "engine", "cache", "scenarios"):
            echo(f"{name:<12}  {facts[name]}")
        for name, missing in facts["extras"].items():
            echo(f"{name:<12}  " + (f"not installed: {', '.join(missing)}; {remedy(name)}" if missing else "installed"))
        for problem in facts["problems"]:
            echo(f"problem: {problem}")
    return exits.INTERNAL if facts["problems"] else exits.OK


def remedy(extra: str) -> str:
    """How to install an extra."""
    return f"pip install 'eventflow-sim[{extra}]'"


def findings() -> dict[str, Any]:
    """Everything about this installation, as plain data."""
    from sim.report.manifest import versions  # reading metadata takes a while

    problems: list[str] = []
    found = versions()
    problems += [f"{name} is not installed" for name, version in found.items() if version == "not installed"]
    engine, cache = _engine(problems)
    count = len(shipped.names())
    if not count:
        problems.append("the shipped scenarios are missing; reinstall eventflow-sim")
    return {
        "versions": found,
        "platform": f"{platform.platform()}, {platform.machine()}",
        "processors": os.cpu_count() or 1,
        "engine": engine,
        "cache": cache,
        "scenarios": f"{count} in {shipped.folder()}" if count else "none",
        "extras": {name: [package for package in packages if not _has(package)] for name, packages in EXTRAS.items()},
        "problems": problems,
    }


def _engine(problems: list[str]) -> tuple[str, str]:
    """Which machine code of the compiled engine is in use, and where such is kept that is made here."""
    try:
        from sim.engine.compiled_engine import library  # loads LLVM
    except ImportError as error:
        problems.append(f"the compiled engine cannot be loaded: {error}")
        return "not available", "none"
    folder = library.cache_folder()
    parent = next(place for place in (folder, *folder.parents) if place.exists())
    if not os.access(parent, os.W_OK):
        problems.append(f"the cache folder {folder} cannot be written; set EVENTFLOW_CACHE to one that can")
    return library.in_use(), str(folder)


def _has(package: str) -> bool:
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True
